package loader

import (
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/services/loader/command/audit"
	"github.com/cledit/pipeline/services/loader/command/curate"
	"github.com/cledit/pipeline/services/loader/command/hold"
	"github.com/cledit/pipeline/services/loader/command/migrate"
	"github.com/cledit/pipeline/services/loader/command/person"
	"github.com/cledit/pipeline/services/loader/command/purge"
	"github.com/cledit/pipeline/services/loader/command/rematch"
	"github.com/cledit/pipeline/services/loader/command/republish"
	"github.com/cledit/pipeline/services/loader/command/title"
)

// App is the loader's binary.
func App() service.App {
	return service.App{
		Name:  "loader",
		Short: "Loads the answers in RAW into the database",
		Commands: []service.Command{
			service.NewCommand("run", "Load until stopped", Run),
			service.NewCommand("migrate", "Bring the database up to this program's schema", migrate.Run),
			service.NewCommand("republish", "Fill RAW again from the database, without one API call", republish.Run),
			service.NewCommand("match", "Decide by hand which film of TMDB a film is, or show what was decided and why", curate.Run).With(
				service.Verb{Use: "pin MOVIE_CD TMDB_ID", Short: "Say that a film is this record of TMDB"},
				service.Verb{Use: "ban MOVIE_CD TMDB_ID", Short: "Say that a film is not this record of TMDB"},
				service.Verb{Use: "none MOVIE_CD", Short: "Say that TMDB has no record of a film"},
				service.Verb{Use: "unpin MOVIE_CD [TMDB_ID]", Short: "Take a decision back; the rules decide again"},
				service.Verb{Use: "explain MOVIE_CD", Short: "Show what was decided about a film, and why"},
			),
			service.NewCommand("person", "Decide by hand who a credit is and which codes are one person, or show why", person.Run).With(
				service.Verb{Use: "pin MOVIE_CD NAME PART PEOPLE_CD", Short: "Say that a credit is a person"},
				service.Verb{Use: "ban MOVIE_CD NAME PART PEOPLE_CD", Short: "Say that a credit is not a person"},
				service.Verb{Use: "merge PEOPLE_CD PEOPLE_CD...", Short: "Say that the first is whom the others are"},
				service.Verb{Use: "split PEOPLE_CD PEOPLE_CD", Short: "Say that two are not one person"},
				service.Verb{Use: "undo VERDICT", Short: "Take a verdict back; the rules decide again"},
				service.Verb{Use: "explain PERSON", Short: "Show who a person is, why each credit is theirs, and what was decided"},
				service.Verb{Use: "list", Short: "Show all verdicts about people"},
			),
			service.NewCommand("rematch", "Apply this program's rules to what is stored, without one API call", rematch.Run),
			service.NewCommand("title", "Show where each field of a title is from, or its credits", title.Run).With(
				service.Verb{Use: "explain TITLE", Short: "Show where each field of a title is from"},
				service.Verb{Use: "credits TITLE...", Short: "Show the credits of titles as a page would print them"},
			),
			service.NewCommand("audit", "Count what a reader of credits would notice, by kind", audit.Run),
			service.NewCommand("hold", "List the kinds of which too many answers break their contract, or let one go on", hold.Run).With(
				service.Verb{Use: "list", Short: "List the kinds that are held, and why"},
				service.Verb{Use: "release SOURCE.KIND", Short: "Let a kind that is held go on"},
			),
			service.NewCommand("purge", "Remove everything that came from a source, for good", purge.Run),
		},
	}
}
