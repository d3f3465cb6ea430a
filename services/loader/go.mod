module github.com/cledit/pipeline/services/loader

go 1.26.0
