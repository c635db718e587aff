module github.com/fsmgen/fsmgen/bench

go 1.26.0

require (
	github.com/fsmgen/fsmgen v0.0.0-00010101000000-000000000000
	github.com/google/go-cmp v0.7.0
	github.com/looplab/fsm v1.0.3
	github.com/qmuntal/stateless v1.7.2
)

require golang.org/x/sys v0.49.0 // indirect

replace github.com/fsmgen/fsmgen => ../
