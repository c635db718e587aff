package affinity

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func TestATentativeBindingHasNothingToLose(t *testing.T) {
	var table Table
	table.Bind("s", 1)
	if lost := table.DropWorker(1); lost != 0 {
		t.Errorf("DropWorker = %d; want 0 sessions lost", lost)
	}
	if got := table.Bind("s", 2); got.Rebound {
		t.Errorf("Bind = %+v; want no loss to tell of", got)
	}
}

func TestALossIsToldUntilTheNextAnswer(t *testing.T) {
	var table Table
	table.Confirm("s", table.Bind("s", 1).Generation)
	if lost := table.DropWorker(1); lost != 1 {
		t.Errorf("DropWorker = %d; want 1 session lost", lost)
	}
	second := table.Bind("s", 2)
	if !second.Rebound || second.Generation != 2 {
		t.Errorf("Bind = %+v; want generation 2, rebound", second)
	}
	table.DropWorker(2) // before the answer
	third := table.Bind("s", 3)
	if !third.Rebound || third.Generation != 3 {
		t.Errorf("Bind = %+v; want generation 3, still rebound", third)
	}
	table.Confirm("s", third.Generation)
	if got := table.Lookup("s"); got.Rebound || got.Worker != 3 {
		t.Errorf("Lookup = %+v; want worker 3 and nothing more to tell", got)
	}
}

func TestAnAnswerThatOutlivesItsWorkerIsALoss(t *testing.T) {
	for _, tt := range []struct {
		name    string
		between func(*Table)
	}{
		{"not bound since", func(*Table) {}},
		{"bound since", func(table *Table) { table.Bind("s", 2) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var table Table
			first := table.Bind("s", 1)
			table.DropWorker(1)
			tt.between(&table)
			table.Confirm("s", first.Generation)
			if got := table.Bind("s", 2); !got.Rebound {
				t.Errorf("Bind = %+v; want a rebound session", got)
			}
		})
	}
}

func TestUnbindUndoesOnlyATentativeBinding(t *testing.T) {
	var table Table
	table.Unbind("s", table.Bind("s", 1).Generation)
	if got := table.Lookup("s"); got != (Binding{}) {
		t.Errorf("Lookup = %+v; want nothing", got)
	}
	b := table.Bind("s", 1)
	table.Confirm("s", b.Generation)
	table.Unbind("s", b.Generation)
	if got := table.Lookup("s"); got.Worker != 1 {
		t.Errorf("Lookup = %+v; want the firm binding", got)
	}
}

func TestUnknownNamesAreSafe(t *testing.T) {
	var table Table
	table.Unbind("s", 1)
	table.Forget("s")
	if lost := table.DropWorker(7); lost != 0 || table.Count(7) != 0 || table.Len() != 0 {
		t.Errorf("lost %d, count %d, len %d; want 0", lost, table.Count(7), table.Len())
	}
}

// TestNoLossIsSilent drives sessions that answer, lose their workers and move, against the simplest books there can be.
func TestNoLossIsSilent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var table Table
		state := map[string]uint64{} // session -> worker that has its state; 0 after a loss that was not told
		worker := rapid.Uint64Range(1, 3)
		session := rapid.SampledFrom([]string{"a", "b"})
		t.Repeat(map[string]func(*rapid.T){
			"request": func(t *rapid.T) {
				s, w := session.Draw(t, "session"), worker.Draw(t, "worker")
				if at := table.Lookup(s).Worker; at != 0 {
					w = at
				}
				b := table.Bind(s, w)
				held, had := state[s]
				if wantLoss := had && held != w; b.Rebound != wantLoss {
					t.Fatalf("session %s on worker %d: rebound %v; want %v", s, w, b.Rebound, wantLoss)
				}
				table.Confirm(s, b.Generation)
				state[s] = w
			},
			"drop": func(t *rapid.T) {
				w := worker.Draw(t, "worker")
				want := 0
				for s, at := range state {
					if at == w {
						state[s] = 0
						want++
					}
				}
				if lost := table.DropWorker(w); lost != want {
					t.Fatalf("DropWorker(%d) = %d; want %d", w, lost, want)
				}
			},
			"": func(t *rapid.T) {
				for w := uint64(1); w <= 3; w++ {
					want := 0
					for _, at := range state {
						if at == w {
							want++
						}
					}
					if got := table.Count(w); got != want {
						t.Fatalf("Count(%d) = %d; want %d", w, got, want)
					}
				}
			},
		})
	})
}

func ExampleTable() {
	var sessions Table
	b := sessions.Bind("s-42", 7)
	sessions.Confirm("s-42", b.Generation) // worker 7 has answered
	sessions.DropWorker(7)                 // and died
	fmt.Printf("%+v\n", sessions.Bind("s-42", 8))
	// Output: {Worker:8 Generation:2 Rebound:true}
}
