//go:build race

package quota

// The race detector makes simulations six times slower, and has seen all there is to
// see after a short one: the long ones run without it.
const histories = 2

var crowds = []int{1, 4}
