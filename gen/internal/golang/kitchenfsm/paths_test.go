package kitchenfsm

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// steps is an observer that keeps what it sees.
type steps []fsm.Step

func (s *steps) Observe(_ *fsm.Info, step fsm.Step) { *s = append(*s, step) }

// trace is everything that can be seen of a kitchen.
type trace struct {
	Errors []string
	Ran    []string
	Steps  steps
	Now    Snapshot
}

// move is an event, or time that passes.
type move struct {
	Event Event
	Wait  time.Duration
}

// send sends an event by its method.
func (k *kitchen) send(ev Event) (err error) {
	switch ev := ev.(type) {
	case OrderEvent:
		_, err = k.Order(ev.Table, ev.Dish)
	case ServeEvent:
		err = k.Serve(ev.Table)
	case BurnEvent:
		err = k.Burn(ev.Table, ev.Reason)
	case PauseEvent:
		err = k.Pause()
	case ResumeEvent:
		err = k.Resume()
	case RestartEvent:
		err = k.Restart()
	case CloseEvent:
		err = k.Close()
	case KnockEvent:
		err = k.Knock()
	}
	return err
}

// play makes the moves, with events that are sent by their methods or in boxes.
func play(t *testing.T, route Route, moves []move, boxed bool) trace {
	var tr trace
	k := coldKitchen(t)
	k.route, k.soldOut = route, "cake"
	k.engine.Watch("kitchen", &tr.Steps, nil, nil)
	k.heated(1, nil)
	for _, move := range moves {
		var err error
		switch {
		case move.Event == nil:
			k.wait(move.Wait)
		case boxed:
			err = k.engine.Take(k.Machine, move.Event)
		default:
			err = k.send(move.Event)
		}
		if err != nil {
			tr.Errors = append(tr.Errors, err.Error())
		}
	}
	tr.Ran, tr.Now = k.told(), k.Snapshot()
	return tr
}

func TestKitchen_BoxedEventsDoTheSame(t *testing.T) {
	events := rapid.SampledFrom([]Event{
		OrderEvent{Table: 1, Dish: "soup"},
		OrderEvent{Table: 2, Dish: "cake"},
		ServeEvent{Table: 1},
		ServeEvent{},
		BurnEvent{Table: 1, Reason: errBlack},
		PauseEvent{},
		ResumeEvent{},
		RestartEvent{},
		KnockEvent{},
		CloseEvent{},
	})
	waits := rapid.Map(rapid.IntRange(1, 40), func(s int) move { return move{Wait: time.Duration(s) * 999 * time.Millisecond} })
	moves := rapid.SliceOfN(rapid.OneOf(rapid.Map(events, func(ev Event) move { return move{Event: ev} }), waits), 0, 30)
	rapid.Check(t, func(r *rapid.T) {
		route, drawn := rapid.SampledFrom([]Route{RoutePan, RouteOven, RouteRefuse}).Draw(r, "route"), moves.Draw(r, "moves")
		sameError := cmp.Comparer(func(a, b error) bool { return a == b })
		if diff := cmp.Diff(play(t, route, drawn, false), play(t, route, drawn, true), sameError); diff != "" {
			r.Fatalf("boxed differs from direct (-direct +boxed):\n%s", diff)
		}
	})
}
