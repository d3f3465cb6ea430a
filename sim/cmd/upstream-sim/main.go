// Command upstream-sim serves simulated KOBIS and TMDB.
package main

import (
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/sim/serve"
)

func main() {
	service.Main(service.App{
		Name: "upstream-sim", Short: "Serve simulated KOBIS and TMDB",
		Commands: []service.Command{service.NewCommand("run", "Serve both until stopped", serve.Run)},
	})
}
