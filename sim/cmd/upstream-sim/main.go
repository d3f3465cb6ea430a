// Command upstream-sim serves simulated KOBIS and TMDB.
package main

import (
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/sim/audit"
	"github.com/cledit/pipeline/sim/serve"
)

func main() {
	service.Main(service.App{
		Name: "upstream-sim", Short: "Serve simulated KOBIS and TMDB",
		Commands: []service.Command{
			service.NewCommand("run", "Serve both until stopped", serve.Run),
			service.NewCommand("health", "Print the counters of the running simulators; exit 1 when they don't answer", serve.Health),
			service.NewCommand("audit", "Compare a pipeline's tables and traffic with what the simulators have", audit.Run),
		},
	})
}
