// Command console shows in a browser what the pipeline does.
package main

import (
	"github.com/cledit/pipeline/services/console"

	"github.com/cledit/pipeline/pkg/service"
)

func main() { service.Main(console.App()) }
