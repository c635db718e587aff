.DEFAULT_GOAL := help
.NOTPARALLEL:
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
GOTOOL = go tool -modfile=tools.mod

# For how long each fuzz target runs: a time (30s) or a number of inputs (20000x).
FUZZTIME ?= 30s

# For how long an input that is interesting is made smaller, in the same units. The default of the go command is a minute.
MINIMIZETIME ?= 1000x

# The packages in which goroutines meet. The others are functions, where the race detector would find nothing and take long.
CONCURRENT = /(runtime|generated|pool|internal/proc|examples|cmd|kitchenfsm|doorfsm|linkfsm|watch|console)(/|$$)

# Tests of those packages that do one thing after the other on one goroutine, and are many; or that others race already.
SEQUENTIAL = ^(TestFsmgen_Scripts|TestConformance|TestCore_AgreesWithModel|TestMutations|TestRollout_.*|TestSimulation_.*)$$

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: ## Regenerate, then serve sessions from a pool of Python workers that are killed on the way
	@go generate ./...
	@go run ./examples/sessions

.PHONY: generate
generate: ## Regenerate everything that a spec makes
	go generate ./...
	cd bench && go generate ./...

.PHONY: drift
drift: ## Fail if a generated file is not what its spec says
	go tool fsmgen generate --check ./...
	@sums() { find . -type f -not -path './.git/*' -not -path '*/node_modules/*' -exec cksum {} + | sort; }; \
	before=$$(sums); go generate ./...; diff <(echo "$$before") <(sums)

.PHONY: lint
lint: ## gofumpt, vet, modernizers, staticcheck, and fsmgen check
	@unformatted=$$($(GOTOOL) gofumpt -l .); test -z "$$unformatted" || { echo "gofumpt would change:"; echo "$$unformatted"; exit 1; }
	go vet ./...
	go fix -diff ./...
	$(GOTOOL) staticcheck ./...
	go tool fsmgen check --strict ./...

.PHONY: test
test: drift lint ## Everything CI runs: drift, lint, a little fuzzing, all tests with the race detector
	$(MAKE) fuzz FUZZTIME=1000x MINIMIZETIME=50x
	cd bench && go vet ./... && go test ./...
	go test -race -count=1 -skip '$(SEQUENTIAL)' $$(go list ./... | grep -E '$(CONCURRENT)')
	go test -count=1 $$(go list ./... | grep -vE '$(CONCURRENT)')
	go test -count=1 -run '$(SEQUENTIAL)' ./cmd/fsmgen ./runtime ./runtime/statem ./pool ./pool/internal/core/sim
	SIM_STEPS=1000000 go run ./pool/internal/core/simulate
	STRESS_SECONDS=15 go run ./examples/stress

# What takes long, or needs Node, Python or the network. The rest is unit tests.
SLOW = /(pool|internal/proc|pool/(python|internal/(linktest|programcheck))|examples/.*|toolcheck.*)$$

.PHONY: quick
quick: ## Unit tests without Node, Python and the network, in less than a minute
	go test -short -vet=off $$(go list ./... | grep -vE '$(SLOW)')
	SIM_SECONDS=5 go run ./pool/internal/core/simulate

.PHONY: fuzz
fuzz: ## Each fuzz target for FUZZTIME (30s)
	@grep -rEo --include='*_test.go' --exclude-dir=node_modules --exclude-dir=bench '^func Fuzz\w+' . | sed -E 's,/[^/]+:func , ,' | sort | \
	while read -r dir target; do go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime $(MINIMIZETIME) "$$dir" < /dev/null; done

.PHONY: sim
sim: ## Random worlds against the core of the pool for SIM_SECONDS (30), from SIM_SEED; its invariants after every step
	go run ./pool/internal/core/simulate

.PHONY: stress
stress: ## Random faults for STRESS_SECONDS (60), with books of its own; STRESS_SEED repeats them; then services killed 1,000 times
	go run ./examples/stress
	FSM_ORPHANS=1000 go test ./internal/proc -run Orphans -count=1 -timeout 1h

.PHONY: upgrade
upgrade: ## Replace the code of Python workers under load, twice; BAD=1 with a release that is rolled back
	@go run ./examples/upgrade $(if $(BAD),-bad)

.PHONY: mutations
mutations: ## Put the mistakes that packages list into them, and see their tests notice at least 97 % of each list
	go run ./internal/mutation/cmd/mutations

.PHONY: bench
bench: ## Compare with the peers, on standard output, and the full pool with a basic one, into docs/comparison.md
	cd bench && go run ./cmd/compare
	cd bench && go run ./cmd/comparison -write ../docs/comparison.md

.PHONY: validation
validation: ## Run the tests of each requirement, into docs/validation.md; with KIND='real Python', only show those of one kind
	go run ./internal/validation/cmd/validation $(if $(KIND),-kind '$(KIND)')
