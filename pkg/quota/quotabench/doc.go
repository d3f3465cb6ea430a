// Package quotabench measures package quota against other ways to keep a limit, with
// replicas in processes of their own and an HTTP server that audits what arrives. It
// holds benchmarks, and tests that need processes to kill and to freeze:
//
//	go test -run '^$' -bench . -benchtime 1x -timeout 60m ./quota/quotabench
package quotabench
