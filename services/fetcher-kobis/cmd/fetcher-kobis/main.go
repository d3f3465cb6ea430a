// Command fetcher-kobis answers jobs with calls of the KOBIS Open API.
package main

import (
	fetcherkobis "github.com/cledit/pipeline/services/fetcher-kobis"

	"github.com/cledit/pipeline/pkg/service"
)

func main() {
	service.Main(service.App{
		Name: "fetcher-kobis", Short: "Answer jobs with calls of the KOBIS Open API",
		Commands: []service.Command{service.NewCommand("run", "Answer jobs until stopped", fetcherkobis.Run)},
	})
}
