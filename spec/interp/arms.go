package interp

import (
	"iter"

	"github.com/fsmgen/fsmgen/spec"
)

// Arms yields every arm of a machine that something can trigger, state by state; in the place of an arm that chooses, the
// arm and then those of its outcomes.
func Arms(m *spec.Machine) iter.Seq[*spec.Arm] {
	return func(yield func(*spec.Arm) bool) {
		for s := range m.All() {
			for _, list := range lists(s) {
				if !yieldAll(list, yield) {
					return
				}
			}
		}
	}
}

func yieldAll(list []*spec.Arm, yield func(*spec.Arm) bool) bool {
	for _, a := range list {
		if !yield(a) {
			return false
		}
		if a.Choose == nil {
			continue
		}
		for _, o := range a.Choose.Outcomes {
			if !yield(o.Arm) {
				return false
			}
		}
	}
	return true
}

func lists(s *spec.State) [][]*spec.Arm {
	var all [][]*spec.Arm
	for _, h := range s.On {
		all = append(all, h.Arms)
	}
	for _, t := range s.After {
		all = append(all, t.Arms)
	}
	if s.EventTimeout != nil {
		all = append(all, s.EventTimeout.Arms)
	}
	all = append(all, s.Always, s.OnDone)
	for _, v := range s.Invokes {
		all = append(all, v.OnDone, v.OnError)
	}
	return all
}
