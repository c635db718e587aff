module github.com/fsmgen/fsmgen/bench

go 1.26.0

require (
	github.com/anggasct/fluo v1.0.0
	github.com/felixgeelhaar/statekit v1.0.1
	github.com/fsmgen/fsmgen v0.0.0-00010101000000-000000000000
	github.com/google/go-cmp v0.7.0
	github.com/jackc/puddle/v2 v2.2.2
	github.com/looplab/fsm v1.0.3
	github.com/qmuntal/stateless v1.7.2
	go.opentelemetry.io/otel/metric v1.47.0
	golang.org/x/sys v0.49.0
)

require (
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/dave/jennifer v1.7.1 // indirect
	github.com/rogpeppe/go-internal v1.16.0 // indirect
	go.opentelemetry.io/otel v1.47.0 // indirect
	go.opentelemetry.io/otel/trace v1.47.0 // indirect
	go.yaml.in/yaml/v4 v4.0.0 // indirect
	golang.org/x/sync v0.22.0 // indirect
	golang.org/x/tools v0.49.0 // indirect
	mvdan.cc/gofumpt v0.12.0 // indirect
)

replace github.com/fsmgen/fsmgen => ../
