module github.com/cledit/pipeline/services/planner

go 1.26.0
