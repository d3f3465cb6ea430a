// Command fetcher-kobis answers jobs with calls of the KOBIS Open API.
package main

import (
	fetcherkobis "github.com/cledit/pipeline/services/fetcher-kobis"

	"github.com/cledit/pipeline/pkg/service"
)

func main() { service.Main(fetcherkobis.App()) }
