package lineartest

import (
	"context"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/internal/engine"
	"github.com/fsmgen/fsmgen/runtime/statem"
)

// event is one event of a sender. Its number is unique for the sender.
type event struct {
	sender, number int
	op             operation
}

// operation is the content of an event.
type operation string

const (
	add    operation = "add"    // add one to the total; the reply is the total
	lock   operation = "lock"   // lock the ledger: events with wait are postponed
	unlock operation = "unlock" // unlock the ledger
	wait   operation = "wait"   // postpone until the ledger is open, then add
	crash  operation = "boom"   // panic
)

// record is one handling of an event.
type record struct {
	event
	verdict string // "handled", "postponed" or "crashed"
	total   int    // the total after it, which is the reply
}

// ledger is a machine that records the order in which it handles events. Only the goroutine that
// runs the machine writes the records, without a lock: two at a time are a data race.
type ledger struct{ records []record }

// handle returns the effect of an event, and records it.
func (l *ledger) handle(ev event, locked bool, total int) (postpone, lockedNow bool, totalNow int) {
	note := func(verdict string) { l.records = append(l.records, record{ev, verdict, total}) }
	switch ev.op {
	case crash:
		note("crashed")
		panic("crash")
	case wait:
		if locked {
			note("postponed")
			return true, locked, total
		}
		total++
	case add:
		total++
	default:
		locked = ev.op == lock
	}
	note("handled")
	return false, locked, total
}

// The states of a ledger.
const (
	ledgerOpen = iota + 1
	ledgerLocked
)

func ledgerState(locked bool) int {
	if locked {
		return ledgerLocked
	}
	return ledgerOpen
}

// callback returns the ledger written by hand.
func (l *ledger) callback() *statem.Callback[int, int] {
	type turn = statem.Turn[int, int]
	return &statem.Callback[int, int]{
		Name: "ledger",
		Init: func(x turn) statem.Result[int, int] { return x.Next(ledgerOpen) },
		Handle: func(x turn) statem.Result[int, int] {
			postpone, locked, total := l.handle(x.Event.Content.(event), x.State == ledgerLocked, x.Data)
			if postpone {
				return x.Keep(statem.Postpone(true))
			}
			x.Data = total
			return x.Next(ledgerState(locked), statem.Reply(x.Event.From, total))
		},
	}
}

// The transitions of the generated ledger.
const (
	transitionOpen = iota
	transitionLock
	transitionUnlock
	transitionLocked
)

const (
	eventHandle = 0
)

var ledgerInfo = engine.NewInfo(engine.Info{
	Machine: "ledger",
	States:  []string{"", "open", "locked"},
	Events:  []string{"event"},
	Calls:   []bool{true},
	Handles: [][]int{nil, {eventHandle}, {eventHandle}},
	Transitions: []fsm.TransitionInfo{
		{From: "open", Event: "event", To: "open", Internal: true},
		{From: "open", Event: "event", To: "locked"},
		{From: "locked", Event: "event", To: "open"},
		{From: "locked", Event: "event", To: "locked", Internal: true},
	},
})

// generatedLedger is the ledger in the form of generated code, with a method that handles an event
// directly.
type generatedLedger struct {
	*ledger
	server engine.Server
	engine engine.Engine
	total  int
}

func (l *ledger) generated(c fsm.Config) *generatedLedger {
	g := &generatedLedger{ledger: l}
	g.engine.Init(ledgerInfo, ledgerOpen)
	g.server.Open(g, &g.engine, c)
	if !g.server.Release(nil) {
		var err error
		g.server.Leave(&err, nil)
	}
	return g
}

func (g *generatedLedger) Step(ev engine.Event) (any, error) { return g.onEvent(ev.Content.(event)) }

func (g *generatedLedger) Terminate(error) {}

func (g *generatedLedger) onEvent(ev event) (int, error) {
	state := g.engine.State()
	postpone, locked, total := g.handle(ev, state == ledgerLocked, g.total)
	if postpone {
		return 0, g.engine.Postpone(eventHandle)
	}
	g.total = total
	switch to := ledgerState(locked); {
	case to == state && locked:
		g.engine.Stay(transitionLocked)
	case to == state:
		g.engine.Stay(transitionOpen)
	case locked:
		g.engine.Commit(to, transitionLock)
	default:
		g.engine.Commit(to, transitionUnlock)
	}
	return total, nil
}

// Handle is the typed method.
func (g *generatedLedger) Handle(ctx context.Context, ev event) (int, error) {
	if g.server.Enter() {
		if reply, err := g.direct(ev); err != fsm.ErrPending {
			return reply, err
		}
	}
	return engine.Call[int](ctx, &g.server, ev)
}

func (g *generatedLedger) direct(ev event) (reply int, err error) {
	err = engine.ErrUnfinished
	defer func() {
		if !g.server.Release(err) {
			g.server.Leave(&err, recover())
		}
	}()
	reply, err = g.onEvent(ev)
	if err == fsm.ErrPending {
		g.records = g.records[:len(g.records)-1] // not handled: the event comes again, in a box
	}
	return reply, err
}
