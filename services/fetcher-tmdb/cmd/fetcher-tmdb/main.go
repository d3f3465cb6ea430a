// Command fetcher-tmdb answers jobs with calls of the TMDB API.
package main

import (
	fetchertmdb "github.com/cledit/pipeline/services/fetcher-tmdb"

	"github.com/cledit/pipeline/pkg/service"
)

func main() {
	service.Main(service.App{
		Name: "fetcher-tmdb", Short: "Answer jobs with calls of the TMDB API",
		Commands: []service.Command{service.NewCommand("run", "Answer jobs until stopped", fetchertmdb.Run)},
	})
}
