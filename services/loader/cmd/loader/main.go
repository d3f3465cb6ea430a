// Command loader loads the answers in RAW into the database.
package main

import (
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/services/loader"
)

func main() { service.Main(loader.App()) }
