package analyze_test

import (
	"strings"
	"testing"

	"github.com/fsmgen/fsmgen/spec/analyze"
)

func TestARouteLeadsIntoItsState(t *testing.T) {
	m := load(t, "door.fsm.yaml", []byte(`fsm: 1
machine: door
events: {push: {}, lock: {}, unlock: {}}
guards: {oiled: {}}
initial: closed
states:
  closed: {on: {push: {guard: oiled, target: opened}, lock: locked}}
  locked: {on: {unlock: closed}}
  opened:
    initial: ajar
    after: {3s: closed}
    states: {ajar: {on: {push: wide}}, wide: {on: {push: {guard: "oiled && !oiled", target: gone}}}}
  gone: {type: final}
`))
	for state, want := range map[string]string{
		"closed": "", "locked": "send lock", "opened": "guard oiled true; send push",
		"wide": "guard oiled true; send push; send push", "gone": "none",
	} {
		for s := range m.All() {
			if s.Name != state {
				continue
			}
			if got := route(analyze.Route(m, s)); got != want {
				t.Errorf("the route to %s is %q; want %q", state, got, want)
			}
		}
	}
}

func route(r analyze.Result) string {
	if r.Verdict != analyze.Proven {
		return "none"
	}
	var lines []string
	for _, s := range r.Witness {
		lines = append(lines, s.String())
	}
	return strings.Join(lines, "; ")
}
