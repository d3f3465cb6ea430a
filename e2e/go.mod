module github.com/cledit/pipeline/e2e

go 1.26.0
