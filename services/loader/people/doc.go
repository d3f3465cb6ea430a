// Package people says which person of KOBIS a credit of a film is.
//
// Films credit people by name alone. A person of the list has that name and the titles
// of its films; a filmography has the films themselves with the part in each. A credit
// is somebody's by the list where exactly one person of the name has a film of the
// title and nothing speaks against it, and by filmographies where one person has the
// film with the part. Names and colleagues in common decide nothing.
//
// All functions are pure: the same film and the same people give the same decisions, in
// whatever order they come.
//
// How it fails: a credit of which it is not sure has no person, with the reason, who
// may be meant, and whose filmography would tell. Facts that contradict each other are
// never averaged.
package people
