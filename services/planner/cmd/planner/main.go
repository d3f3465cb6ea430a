// Command planner decides what is fetched next.
package main

import (
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/services/planner"
)

func main() { service.Main(planner.App()) }
