package cledit

import "github.com/cledit/pipeline/pkg/service"

// App is the binary.
func App() service.App {
	return service.App{
		Name:  "cledit",
		Short: "The whole pipeline in one process: NATS, Postgres, simulated sources, the four services and the console",
		Commands: []service.Command{
			service.NewCommand("demo", "Run to the end on simulated sources and show what landed", Demo),
			service.NewCommand("up", "Run until stopped; on the real sources when keys are given", Up),
			service.NewCommand("status", "Show how the pipeline is that up or demo runs in the folder", Status),
			service.NewCommand("plan", "Show what it would call, in which order, and until when", Plan),
			service.NewCommand("reset", "Empty the folder of the database, streams and logs", Reset),
		},
	}
}
