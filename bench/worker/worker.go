package worker

import "github.com/fsmgen/fsmgen/bench/compare"

// All is everything that the implementations are measured with.
func All() []compare.Loops {
	return []compare.Loops{Cycle(), Rejection(), Guarded(), Shared(1), Shared(2)}
}
