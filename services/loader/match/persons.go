package match

// ComparePeople tells what the names of somebody at one source and of somebody at
// the other say, in whatever scripts: that they are the same, by the measure by which
// a director speaks for a match; that they are others, by that by which one speaks
// against it; or neither.
func ComparePeople(names, others []string) (same, other bool) {
	relation := compare(people(names), people(others))
	return relation == agrees, relation == disagrees
}
