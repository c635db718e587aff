package kitchenfsm

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// brigade has all hooks of one kitchen and writes down which of them ran. Only the machine that has it may touch it, but for
// heat, which runs beside.
type brigade struct {
	soldOut string // the dish that is not there
	route   Route  // where every dish is made; 0 is the pan
	confirm error  // what Confirm fails with; nil: it does not
	ran     []string
	callers []AskCaller
	heat    func(ctx context.Context) (int, error) // nil: the stove is hot at once

	calmed, patience int // how often the guests were calmed, and how often it takes; 0 is never
}

func (b *brigade) hooks() Hooks { return Hooks{Kitchen: b, Board: b, Waiter: b, Stove: b} }

func (b *brigade) say(format string, args ...any) {
	b.ran = append(b.ran, fmt.Sprintf(format, args...))
}

// told returns what has run since it was asked last.
func (b *brigade) told() []string {
	ran := b.ran
	b.ran = nil
	return ran
}

func (b *brigade) SoldOut(_ *View, dish string) bool { return dish == b.soldOut }

func (b *brigade) Note(_ *Ctx, table int) { b.say("note %d", table) }

func (b *brigade) Wipe(*Ctx) { b.say("wipe") }

func (b *brigade) Keep(_ *Ctx, table int, caller AskCaller) {
	b.say("keep %d", table)
	b.callers = append(b.callers, caller)
}

func (b *brigade) Remember(_ *Ctx, pid int) { b.say("remember %d", pid) }

func (b *brigade) Complain(_ *Ctx, err error) { b.say("complain: %v", err) }

func (b *brigade) Curse(x *Ctx, reason error) {
	x.Data().Burnt++
	x.Data().Trouble = reason
	b.say("curse: %v", reason)
}

func (b *brigade) Ring(x *Ctx) { b.say("ring in %v", x.State()) }

func (b *brigade) Clean(*Ctx) { b.say("clean") }

func (b *brigade) Calm(x *Ctx) {
	if b.calmed++; b.calmed == b.patience {
		x.Data().Mood = "calm"
	}
}

func (b *brigade) Confirm(_ *View, table int, dish string) (Slip, error) {
	return Slip{Table: table, Dish: dish}, b.confirm
}

func (b *brigade) Route(*View, string) Route { return max(b.route, RoutePan) }

func (b *brigade) Heat(ctx context.Context, _ Data) (int, error) {
	if b.heat == nil {
		return 7, nil
	}
	return b.heat(ctx)
}

func (b *brigade) Terminated(_ *Ctx, reason error) { b.say("terminated: %v", reason) }

// kitchen is a machine with one owner, on a clock of its own.
type kitchen struct {
	*Machine
	*brigade
	clock *fsm.Clock
	t     *testing.T
}

// coldKitchen returns a kitchen whose stove is being heated.
func coldKitchen(t *testing.T) *kitchen {
	t.Helper()
	k := &kitchen{new(Machine), new(brigade), fsm.NewVirtualClock(), t}
	if err := k.init(k.brigade.hooks(), Params{}); err != nil {
		t.Fatal(err)
	}
	k.engine.OpenBare(fsm.BareConfig{Clock: k.clock})
	k.enter()
	k.engine.Settle(k.Machine)
	return k
}

// openKitchen returns a kitchen that waits for orders.
func openKitchen(t *testing.T) *kitchen {
	t.Helper()
	k := coldKitchen(t)
	k.heated(7, nil)
	k.told()
	return k
}

// heated ends the work of heating.
func (k *kitchen) heated(pid int, failure error) {
	k.t.Helper()
	begun := k.Invocations()
	if len(begun) != 1 {
		k.t.Fatalf("%d invocations have begun; want that of heating", len(begun))
	}
	begun[0].Resolve(HeatResult{PID: pid}, failure)
	if err := k.Finish(begun[0]); err != nil {
		k.t.Fatal(err)
	}
}

// wait lets time pass, and handles each time-out when it is due.
func (k *kitchen) wait(d time.Duration) {
	end := k.clock.Now() + d
	for next, ok := k.Expire(); ok && next <= end; next, ok = k.Expire() {
		k.clock.Advance(max(next, k.clock.Now()))
	}
	k.clock.Advance(end)
	k.Expire()
}

// is checks the state, and what has run since the last time.
func (k *kitchen) is(state State, ran ...string) {
	k.t.Helper()
	if k.State() != state {
		k.t.Errorf("the state is %v; want %v", k.State(), state)
	}
	if got := k.told(); fmt.Sprint(got) != fmt.Sprint(ran) {
		k.t.Errorf("the hooks that ran are %q; want %q", got, ran)
	}
}

// must fails the test over an error.
func (k *kitchen) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Error(err)
	}
}

func (k *kitchen) order() {
	k.t.Helper()
	slip, err := k.Order(4, "soup")
	if want := (Slip{4, "soup"}); slip != want || err != nil {
		k.t.Errorf("Order() = %v, %v; want %v", slip, err, want)
	}
}

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
