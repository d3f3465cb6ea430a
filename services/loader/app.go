package loader

import "github.com/cledit/pipeline/pkg/service"

// App is the loader's binary.
func App() service.App {
	return service.App{
		Name:  "loader",
		Short: "Loads the answers in RAW into the database",
		Commands: []service.Command{
			service.NewCommand("run", "Load until stopped", Run),
			service.NewCommand("migrate", "Bring the database up to this program's schema", Migrate),
			service.NewCommand("republish", "Fill RAW again from the database, without one API call", Republish),
			service.NewCommand("match", "Decide by hand which film of TMDB a film is, or show what was decided and why", Match),
			service.NewCommand("rematch", "Apply this program's rules to what is stored, without one API call", Rematch),
			service.NewCommand("title", "Show where each field of a title is from, or its credits", Title),
			service.NewCommand("audit", "Count what a reader of credits would notice, by kind", Audit),
			service.NewCommand("hold", "List the kinds of which too many answers break their contract, or let one go on", Hold),
			service.NewCommand("purge", "Remove everything that came from a source, for good", Purge),
		},
	}
}
