package verify_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/fsmgen/fsmgen/internal/spectest"
	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/simulate"
	"github.com/fsmgen/fsmgen/spec/verify"
)

// coins answers guards at random, the same until an action runs. Conditions are computed.
type coins struct {
	walk    uint64
	actions int
	count   int // the data, as the actions would write it
}

func (c *coins) Guard(q *simulate.Question) bool {
	return spectest.Coin(c.walk, q.Name(), c.actions+1000*q.Turn)%2 == 0
}

func (c *coins) Choose(q *simulate.Question) string { return q.Hook.Outcomes[0].Value }

func (c *coins) Reply(*simulate.Question) (any, error) { return nil, nil }

func (c *coins) Act(q *simulate.Question) {
	c.actions++
	if q.Name() == "bump" {
		c.count++
		q.Data["count"] = c.count
	}
}

// What an exploration calls impossible must not happen on any walk, and must not be called so where it was cut off.
func TestMachine_ImpossibleNeverHappens(t *testing.T) {
	if testing.Short() {
		t.Skip("explores random machines")
	}
	const features = spectest.All &^ (spectest.Always | spectest.Choose)
	complete := 0
	for seed := range uint64(30) {
		m, found := spec.Load("m.fsm.yaml", []byte(spectest.Source(seed, features, "m")))
		if found.HasErrors() {
			continue
		}
		findings, report := verify.Within(m, verify.Limits{Steps: 1500})
		if report.Complete {
			complete++
		}
		impossible := map[spec.Pos]spec.Finding{}
		for _, f := range findings {
			if f.Code == "FSM070" || f.Code == "FSM071" {
				impossible[f.Pos] = f
			}
		}
		for walk := range uint64(20) {
			for _, e := range wander(t, m, seed*100+walk) {
				if f, ok := impossible[about(m, e)]; ok {
					t.Fatalf("seed %d: %s happens, but: %s [%s]", seed, e, f.Message, f.Code)
				}
			}
		}
	}
	if complete < 5 {
		t.Errorf("%d machines were explored to the end; want at least 5", complete)
	}
}

// about is the position that a finding about what happens would have.
func about(m *spec.Machine, e simulate.Entry) spec.Pos {
	if e.Kind == simulate.Took {
		return e.Transition.Pos
	}
	for s := range m.All() {
		if e.Kind == simulate.Entered && s.Name == e.State {
			return s.Pos
		}
	}
	return spec.Pos{}
}

// wander takes a machine along a random walk.
func wander(t *testing.T, m *spec.Machine, seed uint64) []simulate.Entry {
	t.Helper()
	machine, err := simulate.New(m, &coins{walk: seed}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, move := range spectest.Walk(seed, 60) {
		switch on := machine.Invokes(); {
		case move.Event >= 0:
			_, _ = machine.Send(spectest.Events[move.Event], simulate.Values{"n": move.N})
		case move.Wait > 0:
			machine.Advance(move.Wait)
		case len(on) > 0:
			machine.Conclude(on[move.N%len(on)], nil, nil)
		}
	}
	return machine.Transcript()
}

// A state that can be reached comes with a script that gets there, on the clock.
func TestMachine_WitnessesOfRandomMachines(t *testing.T) {
	if testing.Short() {
		t.Skip("explores random machines")
	}
	replayed := 0
	for seed := range uint64(25) {
		m, found := spec.Load("m.fsm.yaml", []byte(claiming(spectest.Source(seed, spectest.All, "m"))))
		if found.HasErrors() {
			continue
		}
		_, report := verify.Within(m, verify.Limits{Steps: 800})
		for _, r := range report.Results {
			if r.Verdict != verify.Proven {
				continue
			}
			replayed++
			if machine := replay(t, m, r.Witness); !entered(machine, r.Property.State.Value) {
				t.Errorf("seed %d: the witness does not enter %s:\n%v", seed, r.Property.State.Value, r.Witness)
			}
		}
	}
	if replayed < 100 {
		t.Errorf("replayed %d witnesses; want at least 100", replayed)
	}
}

// claiming adds to a spec that each of its states can be reached. Its timers have lengths that are known.
func claiming(source string) string {
	var claims strings.Builder
	source = strings.NewReplacer("p0: [", "7013ms: [", "p1: [", "8017ms: [", ": p0}", ": 7013ms}", ": p1}", ": 8017ms}").Replace(source)
	claims.WriteString(source + "properties:\n")
	for line := range strings.Lines(source[strings.Index(source, "\nstates:\n")+len("\nstates:\n"):]) {
		name, rest, ok := strings.Cut(strings.TrimSpace(line), ":")
		if ok && stateName.MatchString(name) && !strings.Contains(rest, "history") {
			fmt.Fprintf(&claims, "  - {name: %s, reachable: %s}\n", name, name)
		}
	}
	return claims.String()
}

var stateName = regexp.MustCompile(`^(s\d+(_\d+)*(_over)?|end)$`)
