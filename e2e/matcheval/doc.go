// Package matcheval measures how well films of KOBIS are matched to records of
// TMDB, on recorded data.
//
// World serves both sources from a folder of recordings (or the built-in tables),
// and finds films as planner and loader do together: search after search, each
// answer decoded and decided on, details read where the verdict wants them. What
// that takes in calls is counted.
//
// Gold is the truth to compare with. A pair belongs to it where two dumps that
// know nothing of each other agree in three facts, or in two of which one is a
// day, a director or the cast; facts are compared letter by letter, with none of
// the matcher's rules, and the cast is a fact that the matcher never looks at.
// Where only two weak facts agree, somebody looked at the pair:
// tables/decided.tsv. All other films have no record in the recording; the hard
// ones among them share a title with one.
//
// It fails where the recording lacks what decides: most records of TMDB in it are
// rows of lists, without directors and with one title.
package matcheval
