// Package lineartest checks that a live machine is linearizable: several goroutines send to it, and a core that gets the same
// events in the order of the machine must leave the same records.
package lineartest

import (
	"context"

	"pgregory.net/rapid"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/internal/engine"
	"github.com/fsmgen/fsmgen/runtime/statem"
)

// Implementation is a way to write the ledger.
type Implementation struct {
	Name string
	open func(t *rapid.T, l *ledger) live
}

// live is a ledger that is open, with the ways to send to it.
type live struct {
	server
	method method
	call   method
	send   func(ev event) (pending, error)
}

// server has the methods that the live machines of both implementations share.
type server interface {
	fsm.Control
	Cast(content any) error
	Post(content any) error
	Done() <-chan struct{}
	Err() error
}

// pending is a call that waits for its reply.
type pending interface {
	Wait(ctx context.Context) (int, error)
	Abandon() bool
}

// Implementations returns the ledger as a callback and as a generated machine.
func Implementations() []Implementation {
	return []Implementation{
		{"written by hand", func(t *rapid.T, l *ledger) live {
			m, err := statem.Start(l.callback(), fsm.Config{Mailbox: -1})
			if err != nil {
				t.Fatal(err)
			}
			call := func(ctx context.Context, ev event) (int, error) { return statem.Call[int](ctx, m, ev) }
			return live{m, call, call, func(ev event) (pending, error) { return statem.Send[int](m, ev) }}
		}},
		{"generated", func(_ *rapid.T, l *ledger) live {
			g := l.generated(fsm.Config{Mailbox: -1})
			call := func(ctx context.Context, ev event) (int, error) { return engine.Call[int](ctx, &g.server, ev) }
			return live{&g.server, g.Handle, call, func(ev event) (pending, error) { return engine.Send[int](&g.server, ev) }}
		}},
	}
}

// Check runs one random workload on a live ledger and audits its records.
func (i Implementation) Check(t *rapid.T) {
	w := &workload{
		ledger:       new(ledger),
		senders:      make([]sender, 1+rapid.IntRange(1, 6).Draw(t, "senders")),
		interruption: rapid.SampledFrom(interruptions).Draw(t, "disturbance"),
	}
	w.live = i.open(t, w.ledger)
	w.begin()
	defer w.close()
	t.Repeat(w.actions())
	w.close()
	w.audit(t)
}
