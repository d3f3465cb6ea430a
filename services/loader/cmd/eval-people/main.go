// Command eval-people measures how well credits of both sources are told to be one
// person's, and which person of KOBIS a credit is, on a folder of recorded answers
// (--data).
//
// The judge is a fact that the rules don't look at, except where names leave two
// people over: the part played. KOBIS writes it in Hangul, TMDB in Latin letters,
// and where the two agree for one actor alone on either side the credits are one
// person's. The control merges the cast of each film with that of another: what is
// merged there by anything weaker than an equal name is wrong, or somebody who
// played in both.
//
// KOBIS' people are judged by a list made from the credits of recorded details, where
// somebody is a name with its English name: of half of the people that is lost, some are
// split in two, some films have two actors of one name, and some people, and films of
// people, are newer than the list. Recorded filmographies and names of two people are judges of their own.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	data := flag.String("data", "", "folder of recorded answers")
	flag.Parse()
	if *data == "" {
		fmt.Fprintln(os.Stderr, "eval-people: --data: the folder of recorded answers is missing")
		os.Exit(2)
	}
	films, err := readFilms(*data)
	if err == nil {
		var directed []film
		if directed, err = readDirected(*data); err == nil {
			report(os.Stdout, films, directed)
			err = reportIdentity(os.Stdout, *data)
		}
	}
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "eval-people:", err)
	os.Exit(1)
}
