// Command cledit runs the whole pipeline in one process.
package main

import (
	"github.com/cledit/pipeline/cledit"
	"github.com/cledit/pipeline/pkg/service"
)

func main() { service.Main(cledit.App()) }
