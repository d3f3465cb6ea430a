package planner

import "github.com/cledit/pipeline/pkg/service"

// App is the planner's binary.
func App() service.App {
	return service.App{
		Name:  "planner",
		Short: "Decides what is fetched next",
		Commands: []service.Command{
			service.NewCommand("run", "Plan until stopped", Run),
			service.NewCommand("once", "Publish everything that is due now, then end", Once),
			service.NewCommand("plan", "Show what would be called, in which order, and until when", Plan),
			service.NewCommand("status", "Show what the planner does, and why nothing more runs", showStatus),
			service.NewCommand("report", "Show what the last day was like, in a line", showDigest),
			service.NewCommand("topology", "Show how the streams differ from the configuration", Topology),
		},
	}
}
