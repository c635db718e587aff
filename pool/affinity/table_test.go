package affinity

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var start = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// answered binds a session and lets its worker answer.
func answered(table *Table, session string, home *Home) Binding {
	b := table.Bind(session, home, start)
	table.Confirm(session, b.Generation)
	table.Release(session, start)
	return b
}

func TestATentativeBindingHasNothingToLose(t *testing.T) {
	var table Table
	first, second := NewHome(1), NewHome(2)
	table.Bind("s", first, start)
	if lost := table.DropWorker(first); lost != 0 {
		t.Errorf("DropWorker = %d; want 0 sessions lost", lost)
	}
	if got := table.Bind("s", second, start); got.Rebound {
		t.Errorf("Bind = %+v; want no loss to tell of", got)
	}
}

func TestALossIsToldUntilTheNextAnswer(t *testing.T) {
	var table Table
	homes := []*Home{NewHome(1), NewHome(2), NewHome(3)}
	answered(&table, "s", homes[0])
	if lost := table.DropWorker(homes[0]); lost != 1 {
		t.Errorf("DropWorker = %d; want 1 session lost", lost)
	}
	if got, want := table.Bind("s", homes[1], start), (Binding{Worker: 2, Generation: 2, Rebound: true}); got != want {
		t.Errorf("Bind = %+v; want %+v", got, want)
	}
	table.DropWorker(homes[1]) // before the answer
	third := table.Bind("s", homes[2], start)
	if want := (Binding{Worker: 3, Generation: 3, Rebound: true}); third != want {
		t.Errorf("Bind = %+v; want %+v", third, want)
	}
	table.Confirm("s", third.Generation)
	if got := table.Lookup("s"); got.Rebound || got.Worker != 3 {
		t.Errorf("Lookup = %+v; want worker 3 and nothing more to tell", got)
	}
}

func TestAnAnswerThatOutlivesItsWorkerIsALoss(t *testing.T) {
	second := NewHome(2)
	for _, tt := range []struct {
		name    string
		between func(*Table)
	}{
		{"not bound since", func(*Table) {}},
		{"bound since", func(table *Table) { table.Bind("s", second, start) }},
		{"forgotten since", func(table *Table) { table.Forget("s") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var table Table
			first := NewHome(1)
			b := table.Bind("s", first, start)
			table.DropWorker(first)
			tt.between(&table)
			table.Confirm("s", b.Generation)
			if got := table.Bind("s", second, start); !got.Rebound {
				t.Errorf("Bind = %+v; want a rebound session", got)
			}
		})
	}
}

func TestAKeptAnswerThatOutlivesItsWorkerIsNoLoss(t *testing.T) {
	for _, before := range []string{"", "before"} {
		table := New(Config{MaxSnapshot: 10, MaxSnapshots: 100})
		first := NewHome(1)
		b := table.Bind("s", first, start)
		if before != "" {
			_ = table.Keep("s", b.Generation, Snapshot{Data: []byte(before)})
		}
		table.DropWorker(first)
		if err := table.Keep("s", b.Generation, Snapshot{Data: []byte("state")}); err != nil {
			t.Fatal(err)
		}
		table.Release("s", start)
		if got := table.Bind("s", NewHome(2), start); got.Rebound || got.Snapshot == nil || string(got.Snapshot.Data) != "state" {
			t.Errorf("after %q: Bind = %+v; want the state that came late", before, got)
		}
	}
}

func TestALossThatWasNotToldStaysOne(t *testing.T) {
	table := New(Config{MaxSnapshot: 10, MaxSnapshots: 100})
	first, second := NewHome(1), NewHome(2)
	answered(table, "s", first)
	table.DropWorker(first)
	b := table.Bind("s", second, start)
	_ = table.Keep("s", b.Generation, Snapshot{Data: []byte("state")})
	table.Untold("s", b.Generation)
	if lost := table.DropWorker(second); lost != 0 {
		t.Errorf("DropWorker = %d; want no other session lost", lost)
	}
	if got := table.Bind("s", NewHome(3), start); !got.Rebound || got.Snapshot == nil {
		t.Errorf("Bind = %+v; want the loss of before, and the state of since", got)
	}
}

func TestUnbindUndoesOnlyATentativeBinding(t *testing.T) {
	var table Table
	home := NewHome(1)
	table.Unbind("s", table.Bind("s", home, start).Generation)
	if got := table.Lookup("s"); got != (Binding{}) || table.Len() != 0 {
		t.Errorf("Lookup = %+v, Len = %d; want nothing", got, table.Len())
	}
	b := answered(&table, "s", home)
	table.Bind("s", home, start)
	table.Unbind("s", b.Generation)
	if got := table.Lookup("s"); got.Worker != 1 {
		t.Errorf("Lookup = %+v; want the firm binding", got)
	}
}

// Rows: A1.
func TestUnknownNamesAreSafe(t *testing.T) {
	var table Table
	home := NewHome(7)
	table.Unbind("s", 1)
	table.Forget("s")
	table.Release("s", start)
	table.Lose("s", 1)
	if lost := table.DropWorker(home); lost != 0 || home.Count() != 0 || table.Len() != 0 || table.Expire(start) != 0 {
		t.Errorf("lost %d, count %d, len %d; want 0", lost, home.Count(), table.Len())
	}
}

// Rows: A3.
func TestASessionEndsWhenNobodyUsesIt(t *testing.T) {
	const timeout = 16 * time.Second
	table := New(Config{Timeout: timeout})
	home := NewHome(1)
	for _, session := range []string{"idle", "used", "busy"} {
		answered(table, session, home)
	}
	table.Bind("busy", home, start)
	later := start.Add(timeout - time.Second)
	table.Bind("used", home, later)
	table.Release("used", later)

	at := start.Add(timeout + 2*timeout/ticks)
	if n := table.Expire(at); n != 1 {
		t.Errorf("Expire = %d; want the idle one alone", n)
	}
	if table.Lookup("idle") != (Binding{}) || home.Count() != 2 {
		t.Errorf("idle is bound, or of 2 others %d are", home.Count())
	}
	table.Release("busy", at)
	if n := table.Expire(at.Add(2 * timeout)); n != 2 || table.Len() != 0 {
		t.Errorf("Expire = %d, and %d are left; want everything gone", n, table.Len())
	}
}

func TestASessionThatIsOverBeginsAnewBeforeItIsCleanedUp(t *testing.T) {
	table := New(Config{Timeout: time.Minute})
	home := NewHome(1)
	first := answered(table, "s", home)
	if got := table.Bind("s", home, start.Add(time.Minute)); got.Generation == first.Generation || got.Rebound {
		t.Errorf("Bind = %+v; want another generation, and no loss", got)
	}
	if got := table.Stats().Expired; got != 1 {
		t.Errorf("Expired = %d; want 1", got)
	}
}

func TestASnapshotOutlivesItsWorker(t *testing.T) {
	table := New(Config{MaxSnapshot: 10, MaxSnapshots: 100})
	homes := []*Home{NewHome(1), NewHome(2), NewHome(3)}
	b := answered(table, "s", homes[0])
	if err := table.Keep("s", b.Generation, Snapshot{Data: []byte("state")}); err != nil {
		t.Fatal(err)
	}
	if lost := table.DropWorker(homes[0]); lost != 0 {
		t.Errorf("DropWorker = %d; want no session lost", lost)
	}
	table.Bind("s", homes[1], start)
	table.DropWorker(homes[1]) // before it took the state over
	b = table.Bind("s", homes[2], start)
	if b.Rebound || b.Snapshot == nil || string(b.Snapshot.Data) != "state" {
		t.Errorf("Bind = %+v; want the snapshot", b)
	}
	table.Unchanged("s", b.Generation)
	if got := table.Lookup("s"); got.Snapshot != nil {
		t.Errorf("Lookup = %+v; want nothing to take over", got)
	}
	table.Confirm("s", b.Generation) // the state has gone on
	if lost := table.DropWorker(homes[2]); lost != 1 {
		t.Errorf("DropWorker = %d; want the session lost: its snapshot was of before", lost)
	}
}

func TestASnapshotThatCannotBeTakenOverIsALoss(t *testing.T) {
	table := New(Config{MaxSnapshot: 10, MaxSnapshots: 100})
	first, second := NewHome(1), NewHome(2)
	b := answered(table, "s", first)
	_ = table.Keep("s", b.Generation, Snapshot{})
	table.DropWorker(first)
	b = table.Bind("s", second, start)
	table.Lose("s", b.Generation)
	if got := table.Lookup("s"); !got.Rebound || got.Snapshot != nil {
		t.Errorf("Lookup = %+v; want a loss", got)
	}
}

// Rows: A6.
func TestSnapshotsAreBounded(t *testing.T) {
	table := New(Config{MaxSnapshot: 6, MaxSnapshots: 10})
	home := NewHome(1)
	err := table.Keep("large", answered(table, "large", home).Generation, Snapshot{Data: make([]byte, 7)})
	if large, ok := errors.AsType[*TooLargeError](err); !ok || *large != (TooLargeError{Session: "large", Size: 7, Limit: 6}) {
		t.Errorf("Keep = %v; want a TooLargeError", err)
	}
	for _, session := range []string{"a", "b", "c"} {
		_ = table.Keep(session, answered(table, session, home).Generation, Snapshot{Data: make([]byte, 5)})
	}
	if lost := table.DropWorker(home); lost != 2 { // large, and a, which made room
		t.Errorf("DropWorker = %d; want 2", lost)
	}
	want := Stats{Sessions: 4, Snapshots: 2, SnapshotBytes: 10, Misses: 4, Lost: 2, Evicted: 1}
	if diff := cmp.Diff(want, table.Stats()); diff != "" {
		t.Errorf("Stats (-want +got):\n%s", diff)
	}
}

// books are the simplest way to know what a table has to say.
type books struct {
	at    map[string]uint64 // session -> worker that has its state; 0 after a loss that was not told
	saved map[string]string // session -> its snapshot, if that is current
	used  map[string]time.Time
}

// TestNoLossIsSilent drives sessions that answer, lose their workers, move, and are forgotten.
//
// Rows: A1.
func TestNoLossIsSilent(t *testing.T) {
	const timeout = 8 * time.Minute
	rapid.Check(t, func(t *rapid.T) {
		table, now := New(Config{Timeout: timeout, MaxSnapshot: 100, MaxSnapshots: 1000}), start
		b := books{map[string]uint64{}, map[string]string{}, map[string]time.Time{}}
		homes := map[uint64]*Home{1: NewHome(1), 2: NewHome(2), 3: NewHome(3)}
		worker := rapid.Uint64Range(1, 3)
		session := rapid.SampledFrom([]string{"a", "b", "c"})
		t.Repeat(map[string]func(*rapid.T){
			"request": func(t *rapid.T) {
				s, w := session.Draw(t, "session"), worker.Draw(t, "worker")
				b.expire(s, now, timeout)
				if at := b.at[s]; at != 0 {
					w = at
				}
				got := table.Bind(s, homes[w], now)
				b.check(t, s, w, got)
				if save := rapid.StringN(0, 5, 5).Draw(t, "state"); save != "" {
					_ = table.Keep(s, got.Generation, Snapshot{Data: []byte(save)})
					b.saved[s] = save
				} else {
					table.Confirm(s, got.Generation)
					delete(b.saved, s)
				}
				table.Release(s, now)
				b.at[s], b.used[s] = w, now
			},
			"drop": func(t *rapid.T) {
				w := worker.Draw(t, "worker")
				for s := range b.at {
					b.expire(s, now, timeout)
				}
				table.Expire(now.Add(timeout / ticks)) // so that both have forgotten the same
				table.DropWorker(homes[w])
				for s, at := range b.at {
					if at == w {
						b.at[s] = 0
					}
				}
			},
			"wait": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(1, 10).Draw(t, "minutes")) * time.Minute)
			},
			"expire": func(*rapid.T) { table.Expire(now) },
			"": func(t *rapid.T) {
				n := 0
				for _, h := range homes {
					n += h.Count()
				}
				if known := table.Len(); n > known {
					t.Fatalf("%d sessions are bound, of %d", n, known)
				}
			},
		})
		table.Expire(now.Add(3 * timeout))
		if table.Len() != 0 || table.Stats().SnapshotBytes != 0 {
			t.Fatalf("%d sessions and %d bytes are left", table.Len(), table.Stats().SnapshotBytes)
		}
	})
}

// expire forgets a session whose time is over.
func (b *books) expire(session string, now time.Time, timeout time.Duration) {
	if used, ok := b.used[session]; ok && !now.Before(used.Add(timeout)) {
		delete(b.at, session)
		delete(b.saved, session)
		delete(b.used, session)
	}
}

// check compares what a request is told with the books.
func (b *books) check(t *rapid.T, session string, worker uint64, got Binding) {
	held, had := b.at[session]
	saved, kept := b.saved[session]
	moved := had && held != worker
	if want := moved && !kept; got.Rebound != want {
		t.Fatalf("session %s on worker %d: rebound %v; want %v", session, worker, got.Rebound, want)
	}
	if want := moved && kept; (got.Snapshot != nil) != want || want && string(got.Snapshot.Data) != saved {
		t.Fatalf("session %s on worker %d: snapshot %v; want %q, %v", session, worker, got.Snapshot, saved, want)
	}
}

func ExampleTable() {
	table := New(Config{Timeout: 5 * time.Minute})
	first, second := NewHome(7), NewHome(8)
	b := table.Bind("s-42", first, time.Now())
	table.Confirm("s-42", b.Generation) // worker 7 has answered
	table.Release("s-42", time.Now())
	table.DropWorker(first) // and died
	fmt.Printf("%+v\n", table.Bind("s-42", second, time.Now()))
	// Output: {Worker:8 Generation:2 Rebound:true Snapshot:<nil>}
}
