package comparison

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/bench/script"
	"github.com/fsmgen/fsmgen/internal/proc"
)

func kinds(t *testing.T) Kinds {
	t.Helper()
	p, err := script.FindPython(t.Context(), Scripts)
	if _, missing := errors.AsType[*proc.InterpreterError](err); missing {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return NewKinds(p)
}

func TestPool_EveryKindServesAsManyAtOnceAsItHasWorkers(t *testing.T) {
	all := kinds(t)
	for _, k := range []Kind{all.Basic, all.Full, all.Recycling, all.Checkpoint} {
		t.Run(k.Name, func(t *testing.T) {
			p, err := k.Start(t.Context(), 2)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if err := echo(t.Context(), p); err != nil {
					t.Error(err)
				}
				if _, err := awaitWhole(t.Context(), p, 2, time.Minute); err != nil {
					t.Error(err)
				}
			}
			if err := p.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestFault_FullPoolRecoversAndTheBasicOneDoesNot is what the page is about.
//
// Rows: I4.
func TestFault_FullPoolRecoversAndTheBasicOneDoesNot(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for pools that do not recover")
	}
	all := kinds(t)
	for _, f := range Faults() {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			if o, err := f.Measure(t.Context(), all.Basic, 2); err != nil || o.Recovery >= 0 || o.Failed == 0 {
				t.Errorf("basic: %+v, %v; want no recovery, and failures", o, err)
			}
			if o, err := f.Measure(t.Context(), all.Full, 2); err != nil || o.Recovery < 0 {
				t.Errorf("full: %+v, %v; want a recovery", o, err)
			}
		})
	}
	t.Run("crashes at its start", func(t *testing.T) {
		if o, err := MeasureCrashAtStart(t.Context(), all.Basic, 2); err != nil || o.Recovery >= 0 || o.Failed != o.Sent {
			t.Errorf("basic: %+v, %v; want no pool", o, err)
		}
		if o, err := MeasureCrashAtStart(t.Context(), all.Full, 2); err != nil || o.Recovery < 0 || o.Failed != 0 {
			t.Errorf("full: %+v, %v; want a whole pool, and no failure", o, err)
		}
	})
}

func TestSessions_FullPoolLosesNoneWithoutAWord(t *testing.T) {
	all := kinds(t)
	tests := []struct {
		name string
		kind Kind
		kill bool
		want func(Fate) bool
	}{
		{"basic", all.Basic, false, func(f Fate) bool { return f.Silent > 0 }},
		{"full", all.Full, false, func(f Fate) bool { return f == Fate{Whole: sessionCount} }},
		{"full, killed", all.Full, true, func(f Fate) bool { return f.Silent == 0 && f.Reported > 0 }},
		{"checkpoint, killed", all.Checkpoint, true, func(f Fate) bool { return f == Fate{Whole: sessionCount} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if fate, err := MeasureSessions(t.Context(), tt.kind, 2, tt.kill); err != nil || !tt.want(fate) {
				t.Errorf("fate = %+v, %v", fate, err)
			}
		})
	}
}

// TestCosts_EveryFigureOfBothPoolsIsMeasured has as little of each figure as there can be.
//
// Rows: I4.
func TestCosts_EveryFigureOfBothPoolsIsMeasured(t *testing.T) {
	m := Measurements{Options: Options{Rounds: 1, Workers: 2, Clients: []int{1, 3}, Echo: time.Millisecond}}
	if err := m.costs(t.Context(), kinds(t)); err != nil {
		t.Fatal(err)
	}
	figures := map[string]int{}
	for _, c := range Costs(m.Costs) {
		figures[c.Figure]++
		if c.Figure != figureHeap && (c.Basic <= 0 || c.Full <= 0) { // what others leave may make the heap shrink meanwhile
			t.Errorf("%s: %s: basic %v, full %v", c.Work, c.Figure, c.Basic, c.Full)
		}
	}
	for _, name := range []string{figureP50, figureP99, figureThroughput, figureAllocs} {
		if figures[name] != 3 {
			t.Errorf("%s is measured for %d loads; want 3", name, figures[name])
		}
	}
	for _, name := range []string{figureStart, figureHeap, figureGoroutines} {
		if figures[name] != 1 {
			t.Errorf("%s is measured %d times; want once", name, figures[name])
		}
	}
}

func TestPercentile_OfSortedValues(t *testing.T) {
	times := []time.Duration{1, 2, 3, 4}
	tests := []struct {
		p    int
		want time.Duration
	}{{50, 2}, {75, 3}, {99, 4}, {100, 4}}
	for _, tt := range tests {
		if got := percentile(slices.Clone(times), tt.p); got != tt.want {
			t.Errorf("percentile(%d) = %d; want %d", tt.p, got, tt.want)
		}
	}
	if got := percentile(nil, 50); got != 0 {
		t.Errorf("percentile of none = %d; want 0", got)
	}
}
