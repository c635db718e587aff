package verify

import (
	"fmt"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/simulate"
)

// space is the graph of the configurations that a machine can reach.
type space struct {
	m        *spec.Machine
	limits   Limits
	nodes    []*node
	steps    int
	complete bool

	byKey   map[string]*node
	known   map[string]bool // edges, by from, trigger and to
	answers map[string][]string
	firsts
}

// firsts are the first edges, nearest to the start, by which something happens.
type firsts struct {
	entered map[string]*edge           // a state, by its name
	taken   map[*spec.Transition]*edge // a transition
	accepts map[acceptance]*edge       // an event in a leaf
	lost    map[*spec.Event]*edge      // what a timer delivers, where no state handles it
}

// acceptance is an event, by its name, that a transition takes in a leaf.
type acceptance struct{ leaf, event string }

// node is a configuration between two events.
type node struct {
	number int
	at     simulate.Configuration
	before order // of the timers that run
	ended  bool
	failed error // why the machine has ended; nil after a normal end
	parent *edge // by which it was found; its from is nil at the start
	out    []*edge
	in     []*edge
}

// edge is one thing that happens to a machine in a configuration.
type edge struct {
	from, to      *node
	trigger       spec.Trigger // zero: the machine begins
	answers       []simulate.Stimulus
	postponesOnly bool     // all that becomes of the event is that it waits
	timers        []string // that were started, stopped or delivered, sorted
	started       []string // of these, that were started
}

// start adds the configurations in which the machine begins, one for each answer of its guards.
func (s *space) start() {
	s.branch(func(c *chooser) *outcome {
		machine, err := simulate.New(s.m, c, s.unknown())
		return s.outcome(machine, err, nil, c)
	}, func(o *outcome) { s.arrive(&edge{}, o) })
}

// unknown returns params of which no value is known.
func (s *space) unknown() simulate.Values {
	values := simulate.Values{}
	for _, p := range s.m.Params {
		values[p.Name] = nil
	}
	return values
}

// explore builds the space of a machine, breadth first.
func explore(m *spec.Machine, l Limits) *space {
	s := &space{
		m: m, limits: l, complete: true,
		byKey: map[string]*node{}, known: map[string]bool{}, answers: map[string][]string{},
		firsts: firsts{map[string]*edge{}, map[*spec.Transition]*edge{}, map[acceptance]*edge{}, map[*spec.Event]*edge{}},
	}
	s.start()
	for i := 0; i < len(s.nodes); i++ {
		if n := s.nodes[i]; !n.ended {
			s.leave(n)
		}
	}
	return s
}

// leave tries everything that can happen in a configuration.
func (s *space) leave(n *node) {
	for _, ev := range s.m.Events {
		if s.matters(n, ev) {
			s.happen(n, spec.Trigger{Kind: spec.OnEvent, Event: ev})
		}
	}
	for i, t := range n.at.Timers {
		if n.before.mayFire(i, len(n.at.Timers)) {
			s.happen(n, t.Trigger)
		}
	}
	for _, v := range n.at.Invokes {
		s.happen(n, spec.Trigger{Kind: spec.OnInvokeDone, Invoke: v})
		s.happen(n, spec.Trigger{Kind: spec.OnInvokeError, Invoke: v})
	}
}

// matters reports whether an event can change anything. One that no state decides only stops the event time-out.
func (s *space) matters(n *node, ev *spec.Event) bool {
	cell := s.m.Cell(n.at.Leaf, ev)
	for _, t := range n.at.Timers {
		if t.Trigger.Kind == spec.OnEventTimeout {
			return true
		}
	}
	if len(cell.Transitions) > 0 {
		return true
	}
	if cell.End != spec.Postponed {
		return false
	}
	for _, w := range n.at.Postponed {
		if w.Event == ev {
			return false
		}
	}
	if len(n.at.Postponed) >= s.limits.Waiting {
		s.complete = false
		return false
	}
	return true
}

// happen lets one thing happen, with every answer that guards can give.
func (s *space) happen(n *node, trigger spec.Trigger) {
	s.branch(func(c *chooser) *outcome {
		at := n.at
		at.Timers = poised(at.Timers, trigger)
		machine, err := simulate.Resume(s.m, c, s.unknown(), at)
		if err == nil {
			err = provoke(machine, trigger)
		}
		return s.outcome(machine, err, n, c)
	}, func(o *outcome) { s.arrive(&edge{from: n, trigger: trigger}, o) })
}

// provoke makes the trigger happen.
func provoke(m *simulate.Machine, t spec.Trigger) error {
	switch t.Kind {
	case spec.OnInvokeDone:
		m.Conclude(t.Invoke, nil, nil)
	case spec.OnInvokeError:
		m.Conclude(t.Invoke, nil, errInvoke)
	case spec.OnEvent:
		if t.Event.Timer == nil {
			_, _ = m.Send(t.Event.Name, nil) // what becomes of it is in the transcript
			return nil
		}
		fallthrough
	default:
		m.Advance(soon)
	}
	return nil
}

// arrive adds an edge and the configuration to which it leads, unless there is an equal one.
func (s *space) arrive(e *edge, o *outcome) {
	n, known := s.byKey[o.key]
	if !known && len(s.nodes) >= s.limits.Configurations {
		s.complete = false
		return
	}
	if !known {
		n = &node{number: len(s.nodes), at: o.at, before: o.before, ended: o.ended, failed: o.failed, parent: e}
		s.byKey[o.key] = n
		s.nodes = append(s.nodes, n)
	}
	e.to, e.answers, e.postponesOnly = n, o.answers, o.postponesOnly()
	e.timers, e.started = o.timers(simulate.TimerSet, simulate.TimerFired, simulate.TimerCancelled), o.timers(simulate.TimerSet)
	s.record(e, o.entries)
	if key := e.key(); !s.known[key] {
		s.known[key] = true
		n.in = append(n.in, e)
		if e.from != nil {
			e.from.out = append(e.from.out, e)
		}
	}
}

// key is the same for edges that cannot be told apart but by their answers.
func (e *edge) key() string {
	if e.from == nil {
		return fmt.Sprint("start ", e.to.number)
	}
	return fmt.Sprintf("%d %p %p %p %d %d %t %q %q", e.from.number, e.trigger.Event, e.trigger.Timer, e.trigger.Invoke, e.trigger.Kind,
		e.to.number, e.postponesOnly, e.timers, e.started)
}

// record notes what the edge is the first to do.
func (s *space) record(e *edge, entries []simulate.Entry) {
	for _, entry := range entries {
		switch entry.Kind {
		case simulate.Entered:
			first(s.entered, entry.State, e)
		case simulate.Took:
			first(s.taken, entry.Transition, e)
			first(s.accepts, acceptance{entry.State, entry.Name}, e)
		case simulate.Rejected:
			if ev := e.trigger.Event; ev != nil && ev.Timer != nil && ev.Name == entry.Name && !entry.Refused {
				first(s.lost, ev, e)
			}
		}
	}
}

func first[K comparable](found map[K]*edge, key K, e *edge) {
	if found[key] == nil {
		found[key] = e
	}
}
