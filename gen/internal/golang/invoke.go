package golang

import (
	"slices"
	"strconv"

	"github.com/fsmgen/fsmgen/spec"
)

// invoke is work beside the machine that a state begins.
type invoke struct {
	*spec.Invocation
	at        *state
	id        string // invokeServingStart, its number
	work      string // servingStart, the type of what the runtime runs
	result    string // StartResult, the type of what it comes to; empty if it has none
	done, err *trigger
}

func (p *plan) planInvokes(taken *claims) {
	for _, s := range p.states {
		for _, v := range s.Invokes {
			what := "invoke " + v.Src.Value + " of state " + s.Name
			name := invokeName(s.State, v)
			planned := &invoke{
				Invocation: v, at: s,
				id:   taken.claim("", "invoke"+spec.GoName(s.Name)+name, what, v.Pos),
				work: taken.claim("", spec.GoLocal(s.Name)+name, what, v.Pos),
				done: p.byTrigger[spec.Trigger{Kind: spec.OnInvokeDone, State: s.State, Invoke: v}],
				err:  p.byTrigger[spec.Trigger{Kind: spec.OnInvokeError, State: s.State, Invoke: v}],
			}
			if len(v.Src.Hook.Result) > 0 {
				planned.result = resultType(v.Src.Hook)
			}
			p.invokes = append(p.invokes, planned)
		}
	}
	for _, h := range p.spec.Invokes {
		if len(h.Result) > 0 {
			taken.claim("", resultType(h), "invoke "+h.Name, h.Pos)
		}
	}
}

// invoke returns the plan of the invoke that a trigger is the end of.
func (p *plan) invoke(t *trigger) *invoke {
	i := slices.IndexFunc(p.invokes, func(v *invoke) bool { return v.done == t || v.err == t })
	return p.invokes[i]
}

// resultType is the type of what the work of an invoke comes to.
func resultType(h *spec.Hook) string { return spec.GoName(h.Name) + "Result" }

// invokeName returns an invoke as a part of Go names: Start. The second of one state that does the same is Start2.
func invokeName(s *spec.State, v *spec.Invocation) string {
	count := 0
	for _, other := range s.Invokes {
		if other.Src.Value == v.Src.Value {
			count++
		}
		if other == v {
			break
		}
	}
	if count > 1 {
		return spec.GoName(v.Src.Value) + strconv.Itoa(count)
	}
	return spec.GoName(v.Src.Value)
}
