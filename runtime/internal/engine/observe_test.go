package engine_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/impl"
	"github.com/fsmgen/fsmgen/runtime/internal/engine"
)

// observerFunc makes a function an observer.
type observerFunc func(info *fsm.Info, step fsm.Step)

func (f observerFunc) Observe(info *fsm.Info, step fsm.Step) { f(info, step) }

func summary(s fsm.Step) string {
	return fmt.Sprintf("%s %s: %s -> %s, %v in state", s.Kind, s.Event, s.From, s.To, s.InState)
}

func TestObserver_GetsResultOfEveryEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []string
		s := start(fsm.Config{Name: "north gate", Observer: observerFunc(func(info *fsm.Info, step fsm.Step) {
			if info != &turnstileInfo.Info || step.Machine != "north gate" {
				t.Errorf("observed a step of %s, %s", info.Machine, step.Machine)
			}
			got = append(got, summary(step))
		})})
		go func() { _ = s.Visit(t.Context(), "ann") }()
		synctest.Wait()
		_ = s.Push(t.Context())
		time.Sleep(2 * time.Second)
		_, _ = s.Coin(t.Context())
		time.Sleep(3 * time.Second)
		_ = s.Push(t.Context())
		stop(t, s)
		want := []string{
			"postponed visit: locked -> locked, 0s in state",
			"rejected push: locked -> locked, 0s in state",
			"accepted coin: locked -> open, 2s in state",
			"accepted visit: open -> open, 0s in state",
			"accepted push: open -> locked, 3s in state",
			"stopped : locked -> locked, 0s in state",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("observed (-want +got):\n%s", diff)
		}
	})
}

func TestObserver_PanicDoesNotEndMachine(t *testing.T) {
	var report bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&report, nil)))
	defer slog.SetDefault(before)

	seen := 0
	s := start(fsm.Config{
		Logger:   slog.New(brokenHandler{}),
		Observer: observerFunc(func(*fsm.Info, fsm.Step) { seen++; panic("cannot look") }),
	})
	defer stop(t, s)
	for range 3 {
		if err := s.Do(t.Context(), func(*turnstile) {}); err != nil {
			t.Fatalf("Do() with broken observers = %v", err)
		}
	}
	if seen != 1 {
		t.Errorf("the observer was called %d times; want once, then never again", seen)
	}
	for _, want := range []string{"logger removed", "observer removed"} {
		if strings.Count(report.String(), want) != 1 {
			t.Errorf("log %q; want one line with %q", report.String(), want)
		}
	}
}

type brokenHandler struct{}

func (brokenHandler) Enabled(context.Context, slog.Level) bool  { return true }
func (brokenHandler) Handle(context.Context, slog.Record) error { panic("cannot write") }
func (h brokenHandler) WithAttrs([]slog.Attr) slog.Handler      { return h }
func (h brokenHandler) WithGroup(string) slog.Handler           { return h }

// Rows: S5.
func TestLogger_Levels(t *testing.T) {
	var out bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey || a.Key == "in_state" {
				return slog.Attr{}
			}
			return a
		},
	}))
	s := start(fsm.Config{Logger: logger})
	_ = s.Push(t.Context())
	_ = s.Do(t.Context(), func(x *turnstile) { x.engine.Record(impl.RecordInt("digit", 7)) })
	stop(t, s)
	want := `level=WARN msg=fsm machine=turnstile kind=rejected event=push from=locked to=locked
level=DEBUG msg=fsm machine=turnstile kind=accepted event=do from=locked to=locked digit=7
level=DEBUG msg=fsm machine=turnstile kind=stopped event="" from=locked to=locked
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

// Rows: S4.
func TestHistory_KeepsLastSteps(t *testing.T) {
	tests := []struct {
		size, steps int
		want        []string
	}{
		{size: 3, steps: 2, want: []string{"coin", "push"}},
		{size: 3, steps: 5, want: []string{"coin", "push", "coin"}},
		{size: 1, steps: 4, want: []string{"push"}},
		{size: 0, steps: 4, want: nil},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%d of %d", tt.size, tt.steps), func(t *testing.T) {
			history := fsm.NewHistory(tt.size)
			s := start(fsm.Config{History: history})
			defer stop(t, s)
			for i := range tt.steps {
				if i%2 == 0 {
					_, _ = s.Coin(t.Context())
				} else {
					_ = s.Push(t.Context())
				}
			}
			var got []string
			for _, step := range history.Steps() {
				got = append(got, step.Event)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Steps() (-want +got):\n%s", diff)
			}
			if history.Total() != uint64(tt.steps) {
				t.Errorf("Total() = %d; want %d", history.Total(), tt.steps)
			}
		})
	}
}

func TestStep_InStateWithVirtualClock(t *testing.T) {
	clock, history := fsm.NewVirtualClock(), fsm.NewHistory(1)
	m := newTurnstile(clock)
	m.engine.Watch("north gate", nil, history, nil)
	clock.Advance(5 * time.Second)
	_, _ = m.Coin()
	if step := history.Steps()[0]; step.InState != 5*time.Second {
		t.Errorf("InState = %v; want 5s", step.InState)
	}
}

func TestTrace_BeganLaterInStateUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(fsm.Config{})
		defer stop(t, s)
		time.Sleep(time.Hour)
		var lasted []time.Duration
		if err := s.server.Trace(t.Context(), observerFunc(func(_ *fsm.Info, step fsm.Step) {
			if step.From != step.To {
				lasted = append(lasted, step.InState)
			}
		})); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		_, _ = s.Coin(t.Context())
		time.Sleep(time.Second)
		_ = s.Push(t.Context())
		if diff := cmp.Diff([]time.Duration{0, time.Second}, lasted); diff != "" {
			t.Errorf("InState (-want +got):\n%s", diff)
		}
	})
}

func TestStep_At(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		history := fsm.NewHistory(1)
		s := start(fsm.Config{History: history})
		defer stop(t, s)
		time.Sleep(time.Hour)
		_, _ = s.Coin(t.Context())
		if at := history.Steps()[0].At; !at.Equal(time.Now()) {
			t.Errorf("At = %v; want %v", at, time.Now())
		}
	})
}

var lampInfo = engine.NewInfo(engine.Info{
	Machine: "lamp",
	States:  []string{"", "off", "on"},
	Events:  []string{"press"},
	Calls:   []bool{false},
	Handles: [][]int{{}, {0}, {0}},
	Transitions: []fsm.TransitionInfo{
		{From: "off", Event: "press", To: "on", Pos: "lamp.fsm.yaml:8"},
		{From: "on", Event: "press", To: "off", Pos: "lamp.fsm.yaml:10"},
	},
})

func TestCoverage_AppendsEachTransitionOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "taken")
	if err := os.WriteFile(path, []byte("from before\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	c := fsm.NewCoverage(path)
	for range 3 {
		c.Observe(&lampInfo.Info, fsm.Step{Kind: fsm.StepAccepted, Transition: 1})
		c.Observe(&lampInfo.Info, fsm.Step{Kind: fsm.StepRejected, Transition: -1})
	}
	c.Observe(&lampInfo.Info, fsm.Step{Kind: fsm.StepAccepted, Transition: 0})
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := "from before\nlamp\t1\ton\tpress\toff\tlamp.fsm.yaml:10\nlamp\t0\toff\tpress\ton\tlamp.fsm.yaml:8\n"
	if string(content) != want || c.Err() != nil {
		t.Errorf("the file is %q, %v; want %q", content, c.Err(), want)
	}
}

func TestCoverage_WithoutPath(t *testing.T) {
	c := fsm.NewCoverage("")
	c.Observe(&lampInfo.Info, fsm.Step{Kind: fsm.StepAccepted})
	if err := c.Err(); err != nil {
		t.Error(err)
	}
}

func TestCoverage_KeepsFirstError(t *testing.T) {
	c := fsm.NewCoverage(filepath.Join(t.TempDir(), "no", "such", "folder"))
	c.Observe(&lampInfo.Info, fsm.Step{Kind: fsm.StepAccepted})
	if err := c.Err(); err == nil || !strings.HasPrefix(err.Error(), "fsm: coverage: ") {
		t.Errorf("Err() = %v; want why the file cannot be written", err)
	}
}
