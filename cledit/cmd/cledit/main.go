// Command cledit runs the whole pipeline in one process.
package main

import (
	"github.com/cledit/pipeline/cledit"
	"github.com/cledit/pipeline/pkg/service"
)

func main() {
	service.Main(service.App{
		Name:  "cledit",
		Short: "The whole pipeline in one process: NATS, Postgres, simulated sources and the four services",
		Commands: []service.Command{
			service.NewCommand("demo", "Run to the end on simulated sources and show what landed", cledit.Demo),
			service.NewCommand("up", "Run until stopped; on the real sources when keys are given", cledit.Up),
			service.NewCommand("reset", "Empty the folder of the database, streams and logs", cledit.Reset),
		},
	})
}
