package runtime_test

import (
	"slices"
	"testing"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// listener writes down the events that it gets, and does something in the first.
type listener struct {
	engine fsm.Engine
	first  func(e *fsm.Engine)
	heard  []any
}

func (l *listener) Step(ev fsm.Event) (any, error) {
	if l.heard = append(l.heard, ev.Content); len(l.heard) == 1 {
		l.first(&l.engine)
	}
	return nil, nil
}

func (l *listener) Terminate(error) {}

func TestWithdraw_EventIsNotHandled(t *testing.T) {
	type done struct{}
	tests := []struct {
		name  string
		first func(e *fsm.Engine)
		want  []any
	}{
		{"nothing was raised", func(e *fsm.Engine) { e.Withdraw(done{}) }, []any{"go"}},
		{
			"it goes, as often as it was raised",
			func(e *fsm.Engine) {
				e.Raise(done{})
				e.Raise("other")
				e.Raise(done{})
				e.Withdraw(done{})
			},
			[]any{"go", "other"},
		},
		{
			"what is raised after that stays",
			func(e *fsm.Engine) {
				e.Raise(done{})
				e.Withdraw(done{})
				e.Raise(done{})
			},
			[]any{"go", done{}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := &listener{first: test.first}
			l.engine.Init(lampInfo, fsm.NewVirtualClock(), 1)
			if err := l.engine.Take(l, "go"); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(l.heard, test.want) {
				t.Errorf("the machine heard %v; want %v", l.heard, test.want)
			}
		})
	}
}

func TestWithdraw_ByLaterStep(t *testing.T) {
	l := new(listener)
	l.first = func(e *fsm.Engine) {
		e.Raise("withdraw")
		e.Raise("done")
	}
	l.engine.Init(lampInfo, fsm.NewVirtualClock(), 1)
	w := &withdrawer{l}
	if err := l.engine.Take(w, "go"); err != nil {
		t.Fatal(err)
	}
	if want := []any{"go", "withdraw"}; !slices.Equal(l.heard, want) {
		t.Errorf("the machine heard %v; want %v", l.heard, want)
	}
}

// withdrawer withdraws done when it is told to.
type withdrawer struct{ *listener }

func (w *withdrawer) Step(ev fsm.Event) (any, error) {
	if ev.Content == "withdraw" {
		w.engine.Withdraw("done")
	}
	return w.listener.Step(ev)
}
