module github.com/cledit/pipeline/cledit

go 1.26.0
