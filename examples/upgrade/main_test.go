package main

import (
	"context"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/pool"
)

var small = []string{"-workers", "2", "-clients", "4", "-settle", "200ms", "-bake", "1s"}

// Rows: I3, I6.
func TestRun_TwoUpgradesUnderLoad(t *testing.T) {
	succeeds(t, small, "two upgrades under load: no request failed, and no session was lost")
}

func TestRun_BadReleaseIsRolledBack(t *testing.T) {
	succeeds(t, append([]string{"-bad"}, small...), "the bad release was rolled back: every worker is of version 1.0")
}

func succeeds(t *testing.T, args []string, last string) {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("python3 is not on the PATH")
	}
	if testing.Short() {
		t.Skip("it takes some seconds")
	}
	var stdout, stderr strings.Builder
	if status := run(args, &stdout, &stderr); status != 0 || stderr.Len() > 0 || !strings.Contains(stdout.String(), last) {
		t.Errorf("exit status %d\n%s%s", status, &stdout, &stderr)
	}
}

func TestRun_WithoutPython(t *testing.T) {
	t.Setenv("PATH", "")
	var stdout, stderr strings.Builder
	if status := run(nil, &stdout, &stderr); status != 0 || !strings.Contains(stdout.String(), "skipped: python3 is not on the PATH") {
		t.Errorf("run = %d, %q, %q; want it to say that it does nothing", status, &stdout, &stderr)
	}
}

func TestRun_PlanWithoutWork(t *testing.T) {
	for _, args := range [][]string{{"-workers", "0"}, {"-clients", "-1"}, {"-bake", "0s"}, {"-settle", "-1s"}, {"-nonsense"}} {
		var stdout, stderr strings.Builder
		if status := run(args, &stdout, &stderr); status != 2 || stderr.Len() == 0 || stdout.Len() > 0 {
			t.Errorf("run(%q) = %d, %q; want 2 and why", args, status, &stderr)
		}
	}
}

// keeper serves carts as the workers do, until it forgets their states.
type keeper struct{ forgets bool }

func (k *keeper) serve(_ context.Context, r *pool.Request) ([]byte, error) {
	var args struct{ Price float64 }
	if err := json.Unmarshal(r.Payload, &args); err != nil {
		return nil, err
	}
	count, _ := r.State["count"].(float64)
	sum, _ := r.State["sum"].(float64)
	if k.forgets {
		count, sum = 0, 0
	}
	r.State["count"], r.State["sum"] = count+1, sum+args.Price
	return json.Marshal(r.State)
}

func TestClient_StateThatIsLost(t *testing.T) {
	k := &keeper{}
	p, err := pool.Start(t.Context(), pool.Config{Source: pool.Func(k.serve)})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(context.Background())
	b := newBooks()
	c := newClient(1, p, b)
	for range 2 * shortLength {
		c.put(&c.long)
		c.putShort()
	}
	if len(b.lost)+len(b.failures) > 0 {
		t.Fatalf("lost %q, failed %q; want none as long as the worker keeps the states", b.lost, b.failures)
	}
	k.forgets = true
	c.put(&c.long)
	if len(b.lost) != 1 {
		t.Errorf("lost %q; want one answer that is not what the client expects", b.lost)
	}
}

func TestSummary_NumbersThatAreWrong(t *testing.T) {
	good := func(bad bool) *summary {
		s := &summary{plan: plan{workers: 3, clients: 2, bad: bad}, books: newBooks()}
		s.upgrades = []*pool.UpgradeReport{{Outcome: "done"}, {Outcome: "done", Sessions: pool.SessionReport{Carried: 2}}}
		s.stats.Versions = map[string]int{second: 3}
		if bad {
			s.upgrades[1].Outcome, s.books.released, s.stats.Versions = "rolled_back", 1, map[string]int{first: 3}
		}
		return s
	}
	for _, tt := range []struct {
		name   string
		bad    bool
		change func(s *summary)
		want   []string
	}{
		{"nothing", false, func(*summary) {}, nil},
		{"nothing of a bad release", true, func(*summary) {}, nil},
		{"a request failed", false, func(s *summary) { s.books.fail(context.Canceled) }, []string{"1 requests failed"}},
		{
			"an answer without the state", false, func(s *summary) { s.books.lose("client-1") },
			[]string{"1 answers are not what their clients expect"},
		},
		{
			"a loss that the pool knows of", false, func(s *summary) { s.stats.SessionsLost = 1 },
			[]string{"the pool has lost the state of 1 sessions"},
		},
		{
			"a session that was not carried", false, func(s *summary) { s.upgrades[1].Sessions.Carried = 1 },
			[]string{"1 sessions were carried; want the 2 of the clients at least"},
		},
		{"an upgrade that did not come", false, func(s *summary) { s.upgrades = s.upgrades[:1] }, []string{"1 upgrades; want 2"}},
		{
			"a bad release that has stayed", true,
			func(s *summary) { s.upgrades[1].Outcome, s.stats.Versions = "done", map[string]int{second: 3} },
			[]string{"the last upgrade is done; want it rolled_back", "the workers at the end are map[2.0:3]; want 3 of version 1.0"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := good(tt.bad)
			tt.change(s)
			if diff := cmp.Diff(tt.want, s.wrong()); diff != "" {
				t.Errorf("wrong (-want +got):\n%s", diff)
			}
		})
	}
}
