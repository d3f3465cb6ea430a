module github.com/cledit/pipeline/services/fetcher-tmdb

go 1.26.0
