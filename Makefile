# Every target sets up what it needs. `make help` lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VERSION = $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS = -s -w -X github.com/cledit/pipeline/pkg/service.version=$(VERSION)
SERVICES := planner fetcher-kobis fetcher-tmdb loader console
MAINS := $(foreach s,$(SERVICES),./services/$(s)/cmd/$(s)) ./cledit/cmd/cledit ./sim/cmd/upstream-sim

# Of `make demo`, `make up` and `make bench-load`: a folder of recorded API answers, and any other
# arguments of the command. Settings such as KOBIS_API_KEYS are taken from the
# environment or from the command line of make.
DATA ?=
ARGS ?=
# Of `make bench`: which benchmarks.
BENCH ?= .

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## Run the whole pipeline once on simulated sources (DATA=folder of recorded answers, ARGS=more arguments)
	@scripts/setup run
	@$(MAKE) --no-print-directory build
	@bin/cledit demo $(if $(DATA),--data '$(DATA)') $(ARGS)

.PHONY: up
up: ## Run the whole pipeline until stopped (DATA=, ARGS= as for demo)
	@scripts/setup run
	@$(MAKE) --no-print-directory build
	@bin/cledit up $(if $(DATA),--data '$(DATA)') $(ARGS)

.PHONY: reset
reset: build ## Empty the folder where demo and up keep their data (ARGS=more arguments)
	@bin/cledit reset $(ARGS)

.PHONY: test
test: ## Check and test everything: formatting, generated code, modules, lint, tests
	@scripts/setup test
	@scripts/check generated workspace modules lint tests

.PHONY: test-console
test-console: ## Look at each page of the console in Chromium (CONSOLE_ALL=1: in every language, theme and width; CHROMIUM=, CONSOLE_SCREENSHOTS=folder)
	@scripts/setup console
	cd services/console && CGO_ENABLED=0 go test -vet=off -trimpath -tags=grpcnotrace,browser -count 1 -timeout 20m -run 'Browser|Keyboard|WithoutAScript' .

.PHONY: test-calendar
test-calendar: ## Run what counts days on a leap day, at New Year, 400 days on, around midnight in Seoul, and in Honolulu
	@scripts/setup test
	@scripts/calendar all

.PHONY: test-slowest
test-slowest: ## List the ten slowest tests, without the race detector
	@scripts/setup test
	go test -vet=off -count 1 -json work | jq -rn '[inputs | select(.Action == "pass" and .Test and (.Test | contains("/") | not))] | sort_by(-.Elapsed)[:10][] | "\(.Elapsed) s  \(.Package | sub("github.com/cledit/pipeline/"; ""))  \(.Test)"'

.PHONY: test-race
test-race: ## Run all tests with the race detector (half an hour)
	@scripts/setup test
	CGO_ENABLED=1 go test -vet=off -race -timeout 1h work

.PHONY: test-quick
test-quick: ## Run the tests alone, without the race detector and without what takes long
	@scripts/setup run
	CGO_ENABLED=0 go test -short -vet=off -trimpath -tags=grpcnotrace work

.PHONY: lint
lint: ## Run the linters
	@scripts/setup test
	@scripts/check lint

.PHONY: fmt
fmt: ## Format the code and order the imports
	@scripts/setup test
	@scripts/check --fix format

.PHONY: fix
fix: ## Format, and change what the linters can change themselves
	@scripts/setup test
	@scripts/check --fix format lint

.PHONY: generate
generate: ## Generate the code of the SQL queries
	@scripts/setup test
	@scripts/check --fix generated

.PHONY: build
build: ## Build the binaries into bin/
	@scripts/build '$(LDFLAGS)' $(MAINS)

.PHONY: bench
bench: ## Run the benchmarks (BENCH=pattern)
	@scripts/setup run
	go test -run '^$$' -bench '$(BENCH)' -benchmem -timeout 3h work

.PHONY: bench-quota
bench-quota: ## Measure the quota ledger, with replicas as processes, beside other ways to keep a limit (50 minutes)
	cd pkg && go test -run '^$$' -bench . -benchtime 1x -timeout 3h -v ./quota/quotabench

.PHONY: images
images: ## Build the images as :dev with the Docker engine (TAG=)
	@bash -c '. deploy/verify/lib.sh && build_images "$${TAG:-dev}"'

.PHONY: release-check
release-check: ## Build what a release consists of into dist/, without pushing anything
	@scripts/release check

.PHONY: support
support: ## Try each version of Postgres and NATS that docs/upgrade.md names (half an hour; ARGS=postgres:17 nats:v2.14.0)
	@scripts/setup test
	@scripts/support $(ARGS)

.PHONY: kind-load
kind-load: ## Load those images into a cluster of kind (CLUSTER=)
	@kind load docker-image --name "$${CLUSTER:-kind}" $(foreach s,$(SERVICES) upstream-sim nats-cli,cledit/$(s):dev)

.PHONY: verify-compose
verify-compose: ## Run the compose file on this Docker engine: demo to the end, disturbed, compared, replayed
	@deploy/verify/compose

.PHONY: verify-k8s
verify-k8s: ## Run the manifests on the cluster of kubectl's context, likewise (VERIFY_LOAD=command that loads images into it)
	@deploy/verify/k8s

.PHONY: verify-keda
verify-keda: ## Run the component keda there, with a KEDA and a Prometheus whose images the Docker engine must have
	@deploy/verify/keda

.PHONY: verify-monitoring
verify-monitoring: ## Have a Prometheus of this machine scrape the pipeline and fire its alerts (half an hour; CLEDIT_PROMETHEUS_PORT=)
	@scripts/setup run
	@deploy/verify/monitoring

.PHONY: bench-load
bench-load: ## Compare the loader with bare and plain COPY loops, load a catalogue, replay it twice (DATA=folder of recorded answers)
	@scripts/setup run
	cd services/loader && CLEDIT_DATA='$(abspath $(DATA))' BENCH_FILMS=61000 BENCH_ROUNDS=5 \
		go test -timeout 60m -run '^$$' -bench 'Throughput|Catalogue|Replay' -benchtime 1x .

.PHONY: bench-rematch
bench-rematch: ## Match a whole catalogue again against stored candidates (DATA=folder of recorded answers)
	@scripts/setup run
	cd services/loader && CLEDIT_DATA='$(abspath $(DATA))' go test -timeout 30m -run '^$$' -bench Rematch -benchtime 3x .

.PHONY: bench-people
bench-people: ## Load a list of 250,000 people over three million credits, change one, read filmographies (BENCH_PEOPLE=; half an hour)
	@scripts/setup run
	cd services/loader && BENCH_PEOPLE=$${BENCH_PEOPLE:-250000} go test -timeout 3h -run '^$$' -bench '^BenchmarkPeople$$' -benchtime 1x .

.PHONY: bench-search
bench-search: ## Look for names among a million, in each way of typing
	@scripts/setup run
	cd services/console && go test -timeout 60m -run '^$$' -bench Search -benchtime 1x .

.PHONY: test-doors
test-doors: ## Hold fetchers and loader to one reading of recorded answers, as they came and spoiled (DATA=folder of recorded answers)
	cd e2e && CLEDIT_DATA='$(abspath $(DATA))' go test -count=1 ./doors -rapid.checks=20000

.PHONY: eval-match
eval-match: ## Measure how well films are matched (DATA=folder of recorded answers, else the built-in tables; ARGS=more arguments)
	@go run ./e2e/cmd/eval-match --data '$(DATA)' $(ARGS)

.PHONY: audit-data
audit-data: build ## Load recorded answers and count what a reader of credits would notice (DATA=folder of recorded answers, ARGS="--catalogue all" for all films)
	@scripts/audit-data '$(DATA)' $(ARGS)

.PHONY: eval-people
eval-people: ## Measure how well people of both sources are told to be one (DATA=folder of recorded answers)
	@go run ./services/loader/cmd/eval-people --data '$(DATA)'

.PHONY: eval-editions
eval-editions: ## Measure which films are joined as editions by title, director and year (DATA=folder of recorded answers; ARGS="--sample 60" prints some)
	@go run ./services/loader/cmd/eval-editions --data '$(DATA)' $(ARGS)

.PHONY: month
month: ## Live through a simulated month with the whole pipeline on a clock that is wound forward
	@scripts/setup run
	cd e2e && MONTH=full go test -count 1 -timeout 60m -v -run '^(TestMonth|TestEstimateForTMDB)$$' .

.PHONY: worth
worth: ## Measure what a call buys: edits that are there within a day, with 50 to 400 calls to KOBIS a day
	@scripts/setup run
	cd e2e && go test -timeout 3h -run '^$$' -bench WhatACallBuys -benchtime 1x -v .

.PHONY: setup
setup: ## Install what the machine lacks for all of these, and say what and why
	@scripts/setup test

.PHONY: clean
clean: ## Remove what was built; tools and the data of demo and up stay
	rm -rf bin coverage.out

.PHONY: test-faults
test-faults: ## Run the loader through 200 seeded runs of faults of Postgres, NATS and itself (FAULT_RUNS=, FAULT_SEED=, FAULT_NATS=)
	@scripts/setup test
	cd e2e && FAULT_RUNS=$${FAULT_RUNS:-200} FAULT_NATS=$${FAULT_NATS:-3} go test -count 1 -timeout 12h -v -run FaultsLeave .

.PHONY: test-hostile
test-hostile: ## Run the services against hostile sources, from 50 seeds (HOSTILE_RUNS=, HOSTILE_SEED=, HOSTILE_ONLY=the one mutation's name, HOSTILE_KEPT=1 what seeds have found)
	@scripts/setup test
	cd e2e && HOSTILE_RUNS=$${HOSTILE_RUNS:-50} HOSTILE_SEED=$${HOSTILE_SEED:-1} go test -count 1 -timeout 12h -v -run HostileSources .

.PHONY: test-poison
test-poison: ## Load 1,000 poisoned payloads among 20,000 good ones (POISON=)
	@scripts/setup run
	cd services/loader && POISON=$${POISON:-1000} go test -count 1 -v -run PoisonGoes .

.PHONY: fuzz
fuzz: ## Fuzz every decoder of messages and bodies, five minutes each (FUZZTIME=)
	for dir in services/loader/decode pkg/contract pkg/messages; do for target in $$(grep -ho 'func Fuzz[A-Za-z]*' $$dir/*_test.go | cut -c6-); do \
		(cd $$dir && go test -run '^$$' -fuzz "^$$target\$$" -fuzztime "$${FUZZTIME:-5m}" .); done; done
