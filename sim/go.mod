module github.com/cledit/pipeline/sim

go 1.26.0
