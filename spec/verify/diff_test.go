package verify_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/fsmgen/fsmgen/internal/spectest"
	"github.com/fsmgen/fsmgen/spec/verify"
)

// Each archive is an old spec, a new one, and what has changed.
func TestDiff_GoldenChanges(t *testing.T) {
	for _, path := range archives(t, "testdata/diff/*.txtar") {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			golden(t, path, 2, func(files []txtar.File) txtar.File {
				changes := verify.Diff(load(t, files[0].Name, files[0].Data), load(t, files[1].Name, files[1].Data))
				var out bytes.Buffer
				if err := changes.WriteText(&out); err != nil {
					t.Fatal(err)
				}
				return txtar.File{Name: "changes", Data: out.Bytes()}
			})
		})
	}
}

func TestDiff_SameMachine(t *testing.T) {
	for seed := range uint64(50) {
		m := load(t, "m.fsm.yaml", []byte(spectest.Source(seed, spectest.All&^spectest.Wildcard, "m")))
		if changes := verify.Diff(m, m); len(changes) > 0 || changes.Level() != verify.None {
			t.Errorf("seed %d: %v", seed, changes)
		}
	}
}

func TestWriteJSON_Places(t *testing.T) {
	was := load(t, "old.fsm.yaml", []byte("fsm: 1\nmachine: m\nevents: {go: {}, halt: {}}\ninitial: a\nstates:\n  a: {on: {go: b, halt: b}}\n  b: {type: final}\n"))
	is := load(t, "new.fsm.yaml", []byte("fsm: 1\nmachine: m\nevents: {go: {}}\ninitial: a\nstates:\n  a: {on: {go: b}}\n  b: {type: final}\n"))
	var out bytes.Buffer
	if err := verify.Diff(was, is).WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Level   string
		Changes []struct {
			Kind, What, Name, Level, Affected string
			Old                               struct{ Line, Column int }
		}
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Level != "major" || len(got.Changes) == 0 {
		t.Fatalf("changes are %+v; want some, and major", got)
	}
	first := got.Changes[0]
	if first.Kind != "removed" || first.What != "event" || first.Name != "halt" || first.Affected != "callers" || first.Old.Line != 3 {
		t.Errorf("the first change is %+v; want event halt removed, from line 3", first)
	}
}

// TestDiff_TimesThatSnapshotsMayHaveRunning compares one time of a state with what the new version makes of it.
func TestDiff_TimesThatSnapshotsMayHaveRunning(t *testing.T) {
	spec := func(params, lit string) string {
		return fmt.Sprintf(`fsm: 1
machine: lamp
params: {%s}
events: {push: {}}
initial: dark
states:
  dark: {on: {push: lit}}
  %s
`, params, lit)
	}
	old := spec("patience: {type: duration, default: 1h}", "lit: {after: {patience: dark}}")
	for _, tt := range []struct {
		name, now string
		refused   bool
	}{
		{"as it was", old, false},
		{"another default", strings.Replace(old, "1h", "2h", 1), false},
		{"another target", strings.Replace(old, "patience: dark}", "patience: lit}", 1), false},
		{"one more time", strings.Replace(old, "patience: dark}", "patience: dark, 2h: dark}", 1), false},
		{"a renamed param", strings.ReplaceAll(old, "patience", "glow"), true},
		{"a renamed param that says so", strings.Replace(strings.ReplaceAll(old, "patience", "glow"), "1h}", "1h, renamed_from: patience}", 1), false},
		{"a name", strings.Replace(old, "patience: dark}", "patience: {name: fade, transitions: dark}}", 1), true},
		{"a name that says so", strings.Replace(old, "patience: dark}", "2h: {name: fade, renamed_from: patience, transitions: dark}}", 1), false},
		{"no time any more, which is said", "snapshots: {removed: {timers: [lit after patience]}}\n" + spec("", "lit: {on: {push: dark}}"), false},
		{"a literal", spec("patience: {type: duration, default: 1h}", "lit: {after: {1h: dark}}"), true},
		{"no time", spec("patience: {type: duration, default: 1h}", "lit: {on: {push: dark}}"), true},
		{"a renamed state", spec("patience: {type: duration, default: 1h}", "lit2: {renamed_from: lit, after: {patience: dark}}"), false},
		{"a renamed state with another time", spec("patience: {type: duration, default: 1h}", "lit2: {renamed_from: lit, after: {1h: dark}}"), true},
	} {
		now := strings.Replace(tt.now, "push: lit}", "push: "+litName(tt.now)+"}", 1)
		changes := verify.Diff(load(t, "old.fsm.yaml", []byte(old)), load(t, "new.fsm.yaml", []byte(now)))
		found := false
		for _, c := range changes {
			found = found || c.Is == "refused" && c.Affected == verify.Snapshots && c.Level == verify.Major
		}
		if found != tt.refused {
			t.Errorf("%s: says that snapshots are refused: %v; want %v: %v", tt.name, found, tt.refused, changes)
		}
	}
}

func litName(text string) string {
	if strings.Contains(text, "lit2:") {
		return "lit2"
	}
	return "lit"
}

// TestDiff_NamesOfVersionsBeforeTheOldOne takes words about older versions out of a spec that is otherwise the same.
func TestDiff_NamesOfVersionsBeforeTheOldOne(t *testing.T) {
	const old = `fsm: 1
machine: order
types: {Visit: {at: {type: string, renamed_from: place}}}
params: {pause: {type: duration, default: 1h, renamed_from: gap}}
data: {total: {type: int, renamed_from: amount}, last: {type: Visit}}
events: {go: {}, pay: {renamed_from: settle, payload: {by: {type: string, renamed_from: who}}}}
timers: {probe: {after: 1m, renamed_from: look}}
snapshots:
  removed: {states: [shelf], events: [nod], timers: [lamp, packing after 5s], data: [note], payload: [pay.how], types: [Visit.till]}
initial: open
states:
  open: {on: {go: [{target: packing, start: probe}], pay: sent}, postpone: probe}
  packing:
    renamed_from: picking
    postpone: [pay, probe]
    after: {pause: open, 2h: {name: slow, renamed_from: 1h, transitions: open}}
    on: {go: hall}
  hall: {renamed_from: floor, initial: left, on: {go: sent}, states: {left: {}, last: {type: history, target: left}}}
  sent: {type: final}
`
	replace := func(was, is string) string {
		t.Helper()
		if !strings.Contains(old, was) {
			t.Fatalf("the spec has no %q", was)
		}
		return strings.Replace(old, was, is, 1)
	}
	for _, tt := range []struct{ was, is, want string }{
		{"machine: order", "machine: order", ""},
		{"    renamed_from: picking\n", "", "state picking"},
		{"renamed_from: picking", "renamed_from: [picking, taking]", ""},
		{"renamed_from: picking", "renamed_from: taking", "state picking"},
		{", renamed_from: amount", "", "data amount"},
		{"removed: {", "removed: {", ""},
		{", renamed_from: gap", "", "timer packing after gap, timer picking after gap"},
		{", renamed_from: 1h", "", "timer packing after 1h, timer picking after 1h"},
		{"renamed_from: settle, ", "", "event settle"},
		{"{type: string, renamed_from: who}", "string", "payload pay.who"},
		{", renamed_from: look", "", "timer look, event look"},
		{"renamed_from: floor, ", "", "history floor"},
		{"{type: string, renamed_from: place}", "string", "types Visit.place"},
		{"states: [shelf], ", "", "states shelf"},
		{"events: [nod], ", "", "events nod"},
		{"lamp, packing", "packing", "timers lamp"},
		{"lamp, packing after 5s", "lamp", "timers packing after 5s"},
		{"data: [note], ", "", "data note"},
		{"payload: [pay.how], ", "", "payload pay.how"},
		{"types: [Visit.till]", "types: []", "types Visit.till"},
	} {
		changes := verify.Diff(load(t, "old.fsm.yaml", []byte(old)), load(t, "new.fsm.yaml", []byte(replace(tt.was, tt.is))))
		var got []string
		for _, c := range changes.Of(verify.Snapshots) {
			got = append(got, c.What+" "+c.Name)
		}
		if found := strings.Join(got, ", "); found != tt.want {
			t.Errorf("%q instead of %q: snapshots with %q are refused; want %q", tt.is, tt.was, found, tt.want)
		}
	}
}

// TestDiff_SnapshotsWithAnotherMeaning compares versions of which the new one restores each snapshot of the old one, and
// not as a machine that was never stored would be.
func TestDiff_SnapshotsWithAnotherMeaning(t *testing.T) {
	const old = `fsm: 1
machine: m
go: {package: mfsm, imports: [time]}
params: {most: {type: int, default: 3}}
types: {Visit: {took: int}}
data: {count: {type: int}, last: {type: Visit}}
events: {go: {payload: {wait: int}}, back: {}}
initial: a
states:
  a: {on: {go: b}, postpone: back}
  b: {on: {back: a}, after: {1h: c}, postpone: go}
  c: {on: {back: a}}
snapshots: {revision: 1}
`
	for _, tt := range []struct{ was, is, want string }{
		{"b: {", "b: {", ""},
		{"c: {", "c: {after: {2h: a}, ", "timer c after 2h: snapshots restored -> not started minor"},
		{"c: {", "c: {event_timeout: {2h: a}, ", "timer c event_timeout: snapshots restored -> not started minor"},
		{"{1h: c}", "{1h: c, 2h: a}", "timer b after 2h: snapshots restored -> not started minor"},
		{"{1h: c}", "{2h: {name: late, renamed_from: 1h, transitions: c}}", ""},
		{"c: {", "c: {always: {guard: params.most > 1, target: a}, ", "state c: snapshots restored -> not left minor"},
		{"c: {on: {back: a}}", "c: {type: final}", "state c: snapshots restored -> ended major"},
		{"count: {type: int}", "count: {type: time.Duration}", "data count: snapshots restored -> other values major"},
		{"wait: int", "wait: time.Duration", "payload go.wait: snapshots restored -> other values major"},
		{"took: int", "took: time.Duration", "types Visit.took: snapshots restored -> other values major"},
		{"count: {type: int}", "count: {type: int64}", ""},
	} {
		now := strings.Replace(old, tt.was, tt.is, 1)
		for revision, want := range map[string]string{"revision: 1": tt.want, "revision: 2": ""} {
			changes := verify.Diff(load(t, "old.fsm.yaml", []byte(old)), load(t, "new.fsm.yaml", []byte(strings.Replace(now, "revision: 1", revision, 1))))
			var got []string
			for _, c := range changes.Of(verify.Snapshots) {
				if c.Facet != "revision" {
					got = append(got, strings.TrimPrefix(c.String(), "~ ")+" "+c.Level.String())
				}
			}
			if found := strings.Join(got, ", "); found != want {
				t.Errorf("%q instead of %q, %s: %q; want %q", tt.is, tt.was, revision, found, want)
			}
		}
	}
}
