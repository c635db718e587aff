package export

import (
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/fsmgen/fsmgen/spec"
)

// step is one event of a walk through a machine, or the end of an invoke, and what guards and choices answer while it is
// handled.
type step struct {
	Event   string
	Done    string            // state.invoke
	Failed  string            // state.invoke
	Guards  map[string]bool   // by their text
	Choices map[string]string // outcomes
}

// walker is a machine that does nothing but change its state. It knows what the model says, and no more than that.
type walker struct {
	m      *spec.Machine
	leaf   *spec.State
	memory map[*spec.State]*spec.State // the leaf that was left last, by parent
	queue  []spec.Trigger
	answer step
	stuck  bool // its eventless transitions went on and on
}

func newWalker(m *spec.Machine, answer step) *walker {
	w := &walker{m: m, leaf: m.Start().Leaf, memory: map[*spec.State]*spec.State{}, answer: answer}
	w.entered()
	w.settle()
	return w
}

func (w *walker) take(s step) {
	w.answer = s
	for t := range w.m.Triggers() {
		if s.names(t) {
			w.react(t)
			break
		}
	}
	w.settle()
}

// names reports whether the step is what a trigger waits for.
func (s step) names(t spec.Trigger) bool {
	switch t.Kind {
	case spec.OnEvent:
		return t.Event.Name == s.Event
	case spec.OnInvokeDone:
		return t.State.Name+"."+t.Invoke.Src.Value == s.Done
	case spec.OnInvokeError:
		return t.State.Name+"."+t.Invoke.Src.Value == s.Failed
	default:
		return false
	}
}

// settle takes eventless transitions and what is queued until nothing is left.
func (w *walker) settle() {
	const most = 100
	for range most {
		if w.always() {
			continue
		}
		if len(w.queue) == 0 || w.over() {
			return
		}
		next := w.queue[0]
		w.queue = w.queue[1:]
		if next.State == nil || next.State.Contains(w.leaf) {
			w.react(next)
		}
	}
	w.stuck = true
}

// clone is a walker that is where this one is.
func (w *walker) clone() *walker {
	c := *w
	c.memory, c.queue = maps.Clone(w.memory), slices.Clone(w.queue)
	return &c
}

func (w *walker) over() bool { return w.leaf.Kind == spec.Final && w.leaf.Parent == nil }

func (w *walker) always() bool {
	for s := range w.leaf.Ancestors() {
		if len(s.Always) > 0 && w.react(spec.Trigger{Kind: spec.OnAlways, State: s}) {
			return true
		}
	}
	return false
}

// react takes the first transition whose guard holds, and reports whether there is one.
func (w *walker) react(t spec.Trigger) bool {
	for _, a := range w.m.Decide(w.leaf, t).Transitions {
		if a.Guard != nil && !w.answer.Guards[a.Guard.Value] {
			continue
		}
		if a.Choose != nil {
			name := w.answer.Choices[a.Choose.Src.Value]
			i := slices.IndexFunc(a.Choose.Outcomes, func(o *spec.Outcome) bool { return o.Value == name })
			a = a.Choose.Outcomes[i].Transition
		}
		w.follow(a)
		return true
	}
	return false
}

func (w *walker) follow(a *spec.Transition) {
	plan := spec.Plan(w.leaf, a)
	left := w.leaf
	last := (*spec.State)(nil)
	for _, s := range plan.Exits {
		w.memory[s] = left
	}
	for _, e := range a.Raise {
		w.queue = append(w.queue, spec.Trigger{Kind: spec.OnEvent, Event: e.Event})
	}
	if w.leaf = plan.Leaf; plan.History != nil {
		last = w.memory[plan.History.Parent]
		w.leaf = spec.Resume(plan.History, last).Leaf
	}
	if w.leaf != left || len(plan.Exits) > 0 {
		w.entered()
	}
}

func (w *walker) entered() {
	if p := w.leaf.Parent; w.leaf.Kind == spec.Final && p != nil {
		w.queue = append(w.queue, spec.Trigger{Kind: spec.OnDone, State: p})
	}
}

// randomWalk is a walk of events that are not postponed where they come, and the states that it leads through. It leaves
// out answers with which eventless transitions would never end.
func randomWalk(m *spec.Machine, r *rand.Rand, length int) (walk []step, states []string) {
	w := newWalker(m, answers(m, r))
	for w.stuck {
		w = newWalker(m, answers(m, r))
	}
	walk, states = []step{w.answer}, []string{w.leaf.Name}
	for range length {
		fit := w.fit()
		if w.over() || len(fit) == 0 {
			break
		}
		next, chosen := answers(m, r), fit[r.IntN(len(fit))]
		next.Event, next.Done, next.Failed = chosen.Event, chosen.Done, chosen.Failed
		ahead := w.clone()
		if ahead.take(next); ahead.stuck {
			continue
		}
		w = ahead
		walk, states = append(walk, next), append(states, w.leaf.Name)
	}
	return walk, states
}

// fit are the steps that the machine can take where it is.
func (w *walker) fit() []step {
	var fit []step
	for t := range w.m.Triggers() {
		switch {
		case t.State != nil && !t.State.Contains(w.leaf):
		case t.Kind == spec.OnEvent && t.Event.Timer == nil && w.m.Cell(w.leaf, t.Event).End != spec.Postponed:
			fit = append(fit, step{Event: t.Event.Name})
		case t.Kind == spec.OnInvokeDone:
			fit = append(fit, step{Done: t.State.Name + "." + t.Invoke.Src.Value})
		case t.Kind == spec.OnInvokeError:
			fit = append(fit, step{Failed: t.State.Name + "." + t.Invoke.Src.Value})
		}
	}
	return fit
}

// answers are random ones to everything that the machine asks.
func answers(m *spec.Machine, r *rand.Rand) step {
	s := step{Guards: map[string]bool{}, Choices: map[string]string{}}
	for t := range m.Triggers() {
		for _, leaf := range m.Leaves() {
			for _, a := range m.Decide(leaf, t).Transitions {
				if a.Guard != nil {
					s.Guards[a.Guard.Value] = r.IntN(2) == 0
				}
			}
		}
	}
	for _, c := range m.Choices {
		s.Choices[c.Name] = c.Outcomes[r.IntN(len(c.Outcomes))].Value
	}
	return s
}
