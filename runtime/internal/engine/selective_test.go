package engine_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/internal/engine"
)

// chooser is an observer that wants some kinds of step.
type chooser struct {
	wants []fsm.StepKind
	saw   []string
}

func (c *chooser) Wants(kind fsm.StepKind) bool {
	return slices.Contains(c.wants, kind)
}

func (c *chooser) Observe(_ *fsm.Info, s fsm.Step) {
	c.saw = append(c.saw, s.Kind.String()+" "+s.Event)
}

func TestSelective_GetsWantedKinds(t *testing.T) {
	tests := []struct {
		name  string
		wants []fsm.StepKind
		want  []string
	}{
		{"nothing", nil, nil},
		{"rejections", []fsm.StepKind{fsm.StepRejected}, []string{"rejected push"}},
		{
			"timers",
			[]fsm.StepKind{fsm.StepTimerSet, fsm.StepTimerCancelled, fsm.StepTimerFired},
			[]string{"timer_set open", "timer_cancelled open", "timer_set open", "timer_fired open"},
		},
		{"replies", []fsm.StepKind{fsm.StepReplied}, []string{"replied push", "replied coin", "replied push", "replied coin"}},
		{
			"transitions and timers that fire",
			[]fsm.StepKind{fsm.StepAccepted, fsm.StepTimerFired},
			[]string{"accepted coin", "accepted push", "accepted coin", "timer_fired open", "accepted after"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := &chooser{wants: tt.wants}
				s := start(fsm.Config{Observer: c}, func(x *turnstile) { x.openTime = time.Minute })
				_ = s.Push(t.Context())
				_, _ = s.Coin(t.Context())
				_ = s.Push(t.Context())
				_, _ = s.Coin(t.Context())
				time.Sleep(time.Hour)
				synctest.Wait()
				stop(t, s)
				if diff := cmp.Diff(tt.want, c.saw); diff != "" {
					t.Errorf("saw (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestObserver_PostponedEventReportedOnceWithFields sends a visit in every way. The push that follows records nothing, and
// must not be shown with the fields of the visit.
func TestObserver_PostponedEventReportedOnceWithFields(t *testing.T) {
	ways := map[string]func(t *testing.T, s *liveTurnstile){
		"direct": func(t *testing.T, s *liveTurnstile) { go func() { _ = s.Visit(t.Context(), "ada") }() },
		"boxed": func(t *testing.T, s *liveTurnstile) {
			go func() { _, _ = engine.Call[struct{}](t.Context(), &s.server, visit{"ada"}) }()
		},
		"cast": func(_ *testing.T, s *liveTurnstile) { _ = s.server.Cast(visit{"ada"}) },
		"post": func(_ *testing.T, s *liveTurnstile) { _ = s.server.Post(visit{"ada"}) },
		"send": func(_ *testing.T, s *liveTurnstile) { _, _ = engine.Send[struct{}](&s.server, visit{"ada"}) },
		"raised": func(t *testing.T, s *liveTurnstile) {
			_ = s.server.Inspect(t.Context(), func() { s.t.engine.Raise(visit{"ada"}) })
		},
	}
	visited := []fsm.Field{{Name: "who", Value: "ada"}}
	type seen struct {
		What   string
		Fields []fsm.Field
	}
	want := []seen{
		{"postponed visit", visited},
		{"rejected push", nil},
		{"accepted coin", nil},
		{"accepted visit", visited},
		{"accepted push", nil},
	}
	for name, send := range ways {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got []seen
				observer := observerFunc(func(_ *fsm.Info, s fsm.Step) {
					if s.Kind != fsm.StepStopped {
						got = append(got, seen{s.Kind.String() + " " + s.Event, s.Fields})
					}
				})
				s := start(fsm.Config{Observer: observer})
				defer stop(t, s)
				send(t, s)
				synctest.Wait()
				_ = s.Push(t.Context())
				_, _ = s.Coin(t.Context())
				_ = s.Push(t.Context())
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("observed (-want +got):\n%s", diff)
				}
			})
		})
	}
}
