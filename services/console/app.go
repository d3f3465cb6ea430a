package console

import "github.com/cledit/pipeline/pkg/service"

// App is the console's binary.
func App() service.App {
	return service.App{
		Name:     "console",
		Short:    "Shows in a browser what the pipeline does, and why",
		Commands: []service.Command{service.NewCommand("run", "Serve the pages until stopped", Run)},
	}
}
