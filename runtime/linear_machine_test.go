package runtime_test

import (
	"context"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// letter is one event of many senders. Nobody sends two with one number.
type letter struct {
	sender, number int
	word           word
}

// word is what the one who keeps the ledger is told.
type word string

const (
	add    word = "add"    // one to the total; the reply is the total
	lock   word = "lock"   // the ledger; waiting is no use then
	unlock word = "unlock" // it again
	wait   word = "wait"   // until it is not locked, then add
	boom   word = "boom"   // panic
)

// entryInLedger is one time that a letter was handled.
type entryInLedger struct {
	letter
	verdict string // "handled", "postponed" or "crashed"
	total   int    // after it; what a call is told
}

// ledger writes down in which order the letters were handled. Only the machine writes, one letter at a time: if it were two,
// the race detector would say so.
type ledger struct{ entries []entryInLedger }

// read says what is to be done with a letter, and writes it down.
func (l *ledger) read(ev letter, locked bool, total int) (postpone, lockedNow bool, totalNow int) {
	note := func(verdict string) { l.entries = append(l.entries, entryInLedger{ev, verdict, total}) }
	switch ev.word {
	case boom:
		note("crashed")
		panic("boom")
	case wait:
		if locked {
			note("postponed")
			return true, locked, total
		}
		total++
	case add:
		total++
	default:
		locked = ev.word == lock
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

// callback is the ledger as it is written by hand.
func (l *ledger) callback() *fsm.Callback[int, int] {
	type turn = fsm.Turn[int, int]
	return &fsm.Callback[int, int]{
		Name: "ledger",
		Init: func(x turn) fsm.Result[int, int] { return x.Next(ledgerOpen) },
		Handle: func(x turn) fsm.Result[int, int] {
			postpone, locked, total := l.read(x.Event.Content.(letter), x.State == ledgerLocked, x.Data)
			if postpone {
				return x.Keep(fsm.Postpone(true))
			}
			x.Data = total
			return x.Next(ledgerState(locked), fsm.Reply(x.Event.From, total))
		},
	}
}

// The transitions of the generated ledger.
const (
	arcOpen = iota
	arcLock
	arcUnlock
	arcLocked
)

const (
	eventLetter = 0
)

var ledgerInfo = fsm.NewInfo(fsm.Info{
	Machine: "ledger",
	States:  []string{"", "open", "locked"},
	Events:  []string{"letter"},
	Calls:   []bool{true},
	Handles: [][]int{nil, {eventLetter}, {eventLetter}},
	Transitions: []fsm.TransitionInfo{
		{From: "open", Event: "letter", To: "open", Internal: true},
		{From: "open", Event: "letter", To: "locked"},
		{From: "locked", Event: "letter", To: "open"},
		{From: "locked", Event: "letter", To: "locked", Internal: true},
	},
})

// generatedLedger is the ledger as fsmgen would write it, with a method that runs a letter directly.
type generatedLedger struct {
	*ledger
	server fsm.Server
	engine fsm.Engine
	total  int
}

func (l *ledger) generated(c fsm.Config) *generatedLedger {
	g := &generatedLedger{ledger: l}
	g.engine.Init(ledgerInfo, c.Clock(), ledgerOpen)
	g.server.Open(g, &g.engine, c)
	if !g.server.Release(nil) {
		var err error
		g.server.Leave(&err, nil)
	}
	return g
}

func (g *generatedLedger) Step(ev fsm.Event) (any, error) { return g.onLetter(ev.Content.(letter)) }

func (g *generatedLedger) Terminate(error) {}

func (g *generatedLedger) onLetter(ev letter) (int, error) {
	state := g.engine.State()
	postpone, locked, total := g.read(ev, state == ledgerLocked, g.total)
	if postpone {
		return 0, g.engine.Postpone(eventLetter)
	}
	g.total = total
	switch to := ledgerState(locked); {
	case to == state && locked:
		g.engine.Stay(arcLocked)
	case to == state:
		g.engine.Stay(arcOpen)
	case locked:
		g.engine.Commit(to, arcLock)
	default:
		g.engine.Commit(to, arcUnlock)
	}
	return total, nil
}

// Letter is the typed method.
func (g *generatedLedger) Letter(ctx context.Context, ev letter) (int, error) {
	if g.server.Enter() {
		if reply, err := g.direct(ev); err != fsm.ErrPending {
			return reply, err
		}
	}
	return fsm.Call[int](ctx, &g.server, ev)
}

func (g *generatedLedger) direct(ev letter) (reply int, err error) {
	err = fsm.ErrUnfinished
	defer func() {
		if !g.server.Release(err) {
			g.server.Leave(&err, recover())
		}
	}()
	reply, err = g.onLetter(ev)
	if err == fsm.ErrPending {
		g.entries = g.entries[:len(g.entries)-1] // nothing has happened: the letter comes again, in a box
	}
	return reply, err
}
