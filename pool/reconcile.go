package pool

import (
	"context"
	"fmt"

	"github.com/fsmgen/fsmgen/generated/workerfsm"
)

// reconcile compares what the index believes of the workers with what their machines say. A difference is normal for a
// moment; one that is there twice is wrong: it is logged with the machine's history, and repaired.
func (k *keeper) reconcile(all []member) {
	doubts := make(map[string]bool)
	for _, m := range all {
		what := k.p.index.disagrees(m.worker, m.State)
		if what == "" {
			continue
		}
		doubt := fmt.Sprintf("worker %d in %s %s", m.id, m.State, what)
		doubts[doubt] = true
		if k.doubts[doubt] {
			k.repair(m, doubt)
			delete(doubts, doubt)
		}
	}
	k.doubts = doubts
}

// disagrees says what the index has wrong of a worker in that state, empty if nothing.
func (x *index) disagrees(w *worker, state workerfsm.State) string {
	x.mu.Lock()
	defer x.mu.Unlock()
	_, serving := x.serving[w.id]
	switch ready := state == workerfsm.StateReady; {
	case w.spot.offered && !ready:
		return "is offered"
	case ready && !w.spot.offered && x.closed == nil:
		return "is not offered"
	case serving && !state.In(workerfsm.StateServing):
		return "is listed as serving"
	case ready && w.spot.free() && x.next(w) != nil:
		return "is free while somebody waits for it"
	default:
		return ""
	}
}

// repair makes the index what the machine says. The snapshot may be old by now, so it is taken again.
func (k *keeper) repair(m member, doubt string) {
	err := m.fsm.Runtime().Inspect(context.Background(), func() {
		switch state := m.fsm.State(); {
		case m.fsm.Err() != nil: // it has crashed meanwhile, and told the index so
		case state == workerfsm.StateReady:
			k.p.index.offer(m.worker)
		case state.In(workerfsm.StateServing):
			k.p.index.withdraw(m.worker)
		default:
			k.p.index.remove(m.worker)
		}
	})
	attrs := []any{"pool", k.p.name, "what", doubt, "err", err}
	if m.history != nil {
		attrs = append(attrs, "history", m.history.Steps())
	}
	k.p.conf().Logger.Error("the books of the pool were wrong, and are repaired", attrs...)
	k.p.counters.repairs.Add(1)
	k.p.observe(Event{Kind: Repaired, Worker: m.id, Reason: doubt})
}
