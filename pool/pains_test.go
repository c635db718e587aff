package pool

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// The tests that are called after a number show that something which hurts users of other pools does not hurt here.

func TestExecute_IdleWorkerHasDied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Size: Size{Min: 2}})
		defer closePool(t, p)
		for range 100 {
			workersOf(p)[0].kill()
			synctest.Wait()
			if r, err := p.Execute(t.Context(), "echo", nil); err != nil || r.Attempts != 1 {
				t.Fatalf("Execute = %+v, %v; want an answer at once", r, err)
			}
			time.Sleep(time.Second)
		}
	})
}

func TestStart_EndOfItsContextKeepsWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		starting, cancel := context.WithCancel(t.Context())
		p, err := Start(starting, Config{Source: &fake{}})
		if err != nil {
			t.Fatal(err)
		}
		defer closePool(t, p)
		cancel()
		request, cancel := context.WithCancel(t.Context())
		if _, err := p.Execute(request, "echo", nil); err != nil {
			t.Error(err)
		}
		cancel()
		time.Sleep(time.Minute)
		if r, err := p.Execute(t.Context(), "echo", nil); err != nil || r.WorkerID != 1 {
			t.Errorf("Execute = %+v, %v; want the same worker", r, err)
		}
	})
}

// log is an observer that keeps everything.
type log struct {
	mu     sync.Mutex
	events []Event
}

func (l *log) ObservePool(ev Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, ev)
}

// eventsOf returns the events of a kind.
func eventsOf[E Event](l *log) (found []E) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, ev := range l.events {
		if e, ok := ev.(E); ok {
			found = append(found, e)
		}
	}
	return found
}

// takeEvents returns the events of a kind, and forgets all that have happened so far.
func takeEvents[E Event](l *log) []E {
	found := eventsOf[E](l)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = nil
	return found
}

func TestWorkerGone_ReasonAndOutput(t *testing.T) {
	var l log
	p := startPython(t, Config{Observer: &l})
	_, err := p.Execute(t.Context(), "die", nil)
	if err == nil || !strings.Contains(err.Error(), "about to die") {
		t.Errorf("die = %v; want the worker's last words", err)
	}
	eventually(t, "the worker is gone", func() bool { return len(eventsOf[EventWorkerGone](&l)) > 0 })
	gone := eventsOf[EventWorkerGone](&l)[0]
	if gone.Reason != "exited" && gone.Reason != "lost_in_flight" || gone.Err == nil || !slices.Contains(gone.Output, "about to die") {
		t.Errorf("the event is %+v; want why, and the last lines", gone)
	}
	if got := p.Stats().Left; len(got) != 1 {
		t.Errorf("Left is %v; want one reason", got)
	}
}

func TestObserver_ThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Observer: clumsy{}})
		defer closePool(t, p)
		if _, err := p.Execute(t.Context(), "echo", nil); err != nil {
			t.Error(err)
		}
	})
}

type clumsy struct{}

func (clumsy) ObservePool(Event) { panic("no disk") }
