// Command fetcher-tmdb answers jobs with calls of the TMDB API.
package main

import (
	fetchertmdb "github.com/cledit/pipeline/services/fetcher-tmdb"

	"github.com/cledit/pipeline/pkg/service"
)

func main() { service.Main(fetchertmdb.App()) }
