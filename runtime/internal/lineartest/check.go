// Package lineartest checks that a live machine is linearizable: several goroutines send to it, and a core that gets the same
// events in the order of the machine must leave the same records.
package lineartest

import (
	"context"

	"pgregory.net/rapid"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// Implementation is a way to write the ledger.
type Implementation struct {
	Name string
	open func(t *rapid.T, l *ledger) (*fsm.Server, method)
}

// Implementations returns the ledger as a callback and as a generated machine.
func Implementations() []Implementation {
	return []Implementation{
		{"written by hand", func(t *rapid.T, l *ledger) (*fsm.Server, method) {
			m, err := fsm.Start(l.callback(), fsm.Config{Mailbox: -1})
			if err != nil {
				t.Fatal(err)
			}
			return m.Runtime(), func(ctx context.Context, ev event) (int, error) { return fsm.Call[int](ctx, m.Runtime(), ev) }
		}},
		{"generated", func(_ *rapid.T, l *ledger) (*fsm.Server, method) {
			g := l.generated(fsm.Config{Mailbox: -1})
			return &g.server, g.Handle
		}},
	}
}

// Check runs one random workload on a live ledger and audits its records.
func (i Implementation) Check(t *rapid.T) {
	o := &workload{
		ledger:       new(ledger),
		senders:      make([]sender, 1+rapid.IntRange(1, 6).Draw(t, "senders")),
		interruption: rapid.SampledFrom(interruptions).Draw(t, "disturbance"),
	}
	o.server, o.method = i.open(t, o.ledger)
	o.begin()
	defer o.close()
	t.Repeat(o.actions())
	o.close()
	o.audit(t)
}
