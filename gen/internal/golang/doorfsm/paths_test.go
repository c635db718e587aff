package doorfsm

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// steps is an observer that keeps what it sees, without the times and the callers that waited outside.
type steps []fsm.Step

func (s *steps) Observe(_ *fsm.Info, step fsm.Step) {
	step.At, step.InState, step.Mailbox = time.Time{}, 0, 0
	*s = append(*s, step)
}

// trace is everything that can be seen of a door.
type trace struct {
	Errors []string
	Ran    []string
	Steps  steps
	State  State
	Data   Data
}

func (tr *trace) result(err error) {
	text := "ok"
	if err != nil {
		text = err.Error()
	}
	tr.Errors = append(tr.Errors, text)
}

// watched returns a door with one owner that is observed.
func watched(h *house, tr *trace) (*Machine, error) {
	m, err := New(h.hooks(), Params{})
	if err == nil {
		m.engine.Watch("door", &tr.Steps, nil, nil)
	}
	return m, err
}

// direct sends events by their methods.
func direct(h *house, events []Event) (tr trace, err error) {
	m, err := watched(h, &tr)
	if err != nil {
		return tr, err
	}
	for _, ev := range events {
		switch ev := ev.(type) {
		case ButtonEvent:
			tr.result(m.Button(ev.Digit))
		case EnterEvent:
			_, err := m.Enter(ev.Who)
			tr.result(err)
		case KnockEvent:
			tr.result(m.Knock())
		case LockEvent:
			tr.result(m.Lock())
		case ScrapEvent:
			tr.result(m.Scrap(ev.Reason))
		}
	}
	tr.Ran, tr.State, tr.Data = h.ran, m.State(), m.Data()
	return tr, nil
}

// boxed sends the same events through the queues of the engine.
func boxed(h *house, events []Event) (tr trace, err error) {
	m, err := watched(h, &tr)
	if err != nil {
		return tr, err
	}
	for _, ev := range events {
		tr.result(m.engine.Take(m, ev))
	}
	tr.Ran, tr.State, tr.Data = h.ran, m.State(), m.Data()
	return tr, nil
}

// posted sends the same events to a live door, and no caller waits. There are no errors to see.
func posted(h *house, events []Event) (tr trace, err error) {
	s, err := Start(h.hooks(), Params{}, fsm.Config{Observer: &tr.Steps, Mailbox: -1})
	if err != nil {
		return tr, err
	}
	for _, ev := range events {
		if err := s.Post(ev); err != nil && !errors.Is(err, fsm.ErrStopped) {
			return tr, err
		}
	}
	snap, err := s.Snapshot(context.Background())
	tr.Ran, tr.State, tr.Data = h.ran, snap.State, snap.Data
	return tr, err
}

// called sends the same events to a live door by its methods. A call of a locked door would wait for the events behind it,
// so no caller waits for it.
func called(h *house, events []Event) (tr trace, err error) {
	s, err := Start(h.hooks(), Params{}, fsm.Config{Observer: &tr.Steps, Mailbox: -1})
	if err != nil {
		return tr, err
	}
	ctx := context.Background()
	for _, ev := range events {
		switch ev := ev.(type) {
		case ButtonEvent:
			tr.result(s.Button(ctx, ev.Digit))
		case EnterEvent:
			tr.result(s.Post(ev))
		case KnockEvent:
			tr.result(s.Knock(ctx))
		case LockEvent:
			tr.result(s.Lock(ctx))
		case ScrapEvent:
			tr.result(s.Scrap(ctx, ev.Reason))
		}
	}
	snap, err := s.Snapshot(ctx)
	tr.Ran, tr.State, tr.Data = h.ran, snap.State, snap.Data
	return tr, err
}

// exceptCalls drops the results of the calls, which differ where no caller waits for them.
func exceptCalls(errs []string, events []Event) []string {
	var kept []string
	for i, ev := range events {
		if _, call := ev.(EnterEvent); !call {
			kept = append(kept, errs[i])
		}
	}
	return kept
}

func TestDoor_EveryWayToSendGivesOneTrace(t *testing.T) {
	event := rapid.OneOf(
		rapid.Map(rapid.IntRange(1, 2), func(digit int) Event { return ButtonEvent{Digit: digit} }),
		rapid.SampledFrom([]Event{EnterEvent{Who: "Ada"}, KnockEvent{}, LockEvent{}}),
		rapid.SampledFrom([]Event{EnterEvent{Who: "Bob"}, KnockEvent{}, LockEvent{}, ScrapEvent{}}),
	)
	rapid.Check(t, func(t *rapid.T) {
		events := rapid.SliceOfN(event, 0, 30).Draw(t, "events")
		raises := rapid.SampledFrom([]Event{nil, ButtonEvent{Digit: 2}, LockEvent{}, EnterEvent{Who: "Eve"}}).Draw(t, "raises")
		newHouse := func() *house {
			h := &house{code: "12"}
			h.inKey = func(x *Ctx) {
				if raises != nil && len(x.Data().Digits)%5 == 0 {
					x.Raise(raises)
				}
			}
			return h
		}
		want, err := direct(newHouse(), events)
		if err != nil {
			t.Fatal(err)
		}
		got, err := boxed(newHouse(), events)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("boxed differs from direct (-direct +boxed):\n%s", diff)
		}
		got, err = called(newHouse(), events)
		if err != nil {
			t.Fatal(err)
		}
		want.Errors, got.Errors = exceptCalls(want.Errors, events), exceptCalls(got.Errors, events)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("called differs from direct (-direct +called):\n%s", diff)
		}
		got, err = posted(newHouse(), events)
		if err != nil {
			t.Fatal(err)
		}
		got.Errors = want.Errors
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("posted differs from direct (-direct +posted):\n%s", diff)
		}
	})
}
