// Command eval-people measures how well credits of both sources are told to be one
// person's, on a folder of recorded answers (--data).
//
// The judge is a fact that the rules don't look at, except where names leave two
// people over: the part played. KOBIS writes it in Hangul, TMDB in Latin letters,
// and where the two agree for one actor alone on either side the credits are one
// person's. The control merges the cast of each film with that of another: what is
// merged there by anything weaker than an equal name is wrong, or somebody who
// played in both.
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
			return
		}
	}
	fmt.Fprintln(os.Stderr, "eval-people:", err)
	os.Exit(1)
}
