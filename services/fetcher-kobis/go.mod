module github.com/cledit/pipeline/services/fetcher-kobis

go 1.26.0
