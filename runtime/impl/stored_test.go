package impl_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/impl"
)

// lampRules are those of a lamp that is off, or on and then dim or bright, or broken for ever.
var lampRules = &impl.SnapshotRules{
	Machine: "lamp", Revision: 2,
	States: []impl.StoredState{
		{Name: "off", Was: []string{"dark", "unlit"}, Leaf: true},
		{Name: "on", Remembers: true},
		{Name: "dim", Parent: "on", Leaf: true},
		{Name: "bright", Was: []string{"lit"}, Parent: "on", Leaf: true},
		{Name: "broken", Leaf: true, Ends: true},
	},
	Timers: []impl.StoredTimer{
		{Name: "alarm", Was: []string{"wake"}}, {Name: "on after fade", Was: []string{"on after 1h"}, State: "on"},
	},
	Events:        []impl.StoredEvent{{"press", []string{"push"}}, {"alarm", []string{"wake"}}},
	RemovedStates: []string{"warm", "glow"}, RemovedTimers: []string{"probe", "on after fade"}, RemovedEvents: []string{"knock"},
}

const tomorrow = "2030-01-02T03:04:05Z"

func TestSnapshotRules_Read(t *testing.T) {
	timer := func(name string) string { return fmt.Sprintf(`{"name": %q, "deadline": %q}`, name, tomorrow) }
	for _, tt := range []struct {
		name, text string
		state      string // what is read; empty where the snapshot is refused
		rest       string // memories, timers and events
		field      string // of the error
	}{
		{"present names", `"state": "dim", "timers": [` + timer("alarm") + `, ` + timer("on after fade") + `], "postponed": [{"event": "press"}]`, "dim", "alarm, on after fade, press", ""},
		{"older names", `"state": "unlit", "timers": [` + timer("wake") + `], "postponed": [{"event": "push"}, {"event": "wake"}]`, "off", "alarm, press, alarm", ""},
		{"an older name of a time", `"state": "lit", "timers": [` + timer("on after 1h") + `]`, "bright", "on after fade", ""},
		{"an unknown state", `"state": "gone"`, "", "", "state"},
		{"a removed state", `"state": "warm"`, "", "", "state"},
		{"a state with others inside", `"state": "on"`, "", "", "state"},
		{"an unknown timer", `"state": "dim", "timers": [` + timer("lunch") + `]`, "", "", "timers"},
		{"a removed timer", `"state": "dim", "timers": [` + timer("probe") + `, ` + timer("glow after 3s") + `]`, "dim", "", ""},
		{"a removed timer that still runs", `"state": "dim", "timers": [` + timer("on after fade") + `]`, "dim", "on after fade", ""},
		{"a removed timer that runs elsewhere", `"state": "off", "timers": [` + timer("on after fade") + `]`, "off", "", ""},
		{"a timer that runs elsewhere", `"state": "off", "timers": [` + timer("on after 1h") + `]`, "", "", "timers"},
		{"a timer without a deadline", `"state": "dim", "timers": [{"name": "alarm"}]`, "", "", "timers"},
		{"an unknown event", `"state": "dim", "postponed": [{"event": "shout"}]`, "", "", "postponed"},
		{"removed events", `"state": "dim", "postponed": [{"event": "knock"}, {"event": "probe"}]`, "dim", "", ""},
		{"a memory", `"state": "off", "memories": [{"of": "on", "leaf": "lit"}]`, "off", "on: bright", ""},
		{"a memory of a removed state", `"state": "off", "memories": [{"of": "warm", "leaf": "lit"}]`, "off", "", ""},
		{"a removed leaf in a memory", `"state": "off", "memories": [{"of": "on", "leaf": "glow"}]`, "off", "", ""},
		{"a memory without a history", `"state": "off", "memories": [{"of": "off", "leaf": "gone"}]`, "off", "", ""},
		{"an unknown memory", `"state": "off", "memories": [{"of": "gone", "leaf": "lit"}]`, "", "", "memories"},
		{"an unknown leaf in a memory", `"state": "off", "memories": [{"of": "on", "leaf": "gone"}]`, "", "", "memories"},
		{"a leaf elsewhere in a memory", `"state": "off", "memories": [{"of": "on", "leaf": "off"}]`, "", "", "memories"},
		{"an end", `"state": "broken", "timers": [` + timer("lunch") + `]`, "broken", "ended", ""},
		{"an end of an older version", `"state": "dim", "ended": true, "postponed": [{"event": "shout"}]`, "dim", "ended", ""},
		{"a failure", `"state": "dim", "failure": "panic: no lamp"`, "dim", "ended: panic: no lamp", ""},
		{"an unknown part", `"state": "dim", "colour": "red"`, "", "", "colour"},
		{"a state of another type", `"state": 7`, "", "", "state"},
		{"a later revision", `"revision": 3, "state": "dim"`, "", "", "revision"},
	} {
		text := `{"version": 1, "revision": 2, ` + tt.text + `}`
		got, err := lampRules.Read([]byte(text), nil)
		if tt.field != "" {
			refused, ok := errors.AsType[*fsm.SnapshotError](err)
			if !ok || refused.Field != tt.field || got != nil && err == nil {
				t.Errorf("%s: %v; want a SnapshotError about %s", tt.name, err, tt.field)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got.State != tt.state || rest(got) != tt.rest {
			t.Errorf("%s: read %s (%s); want %s (%s)", tt.name, got.State, rest(got), tt.state, tt.rest)
		}
		if err := lampRules.Resolve(got); err != nil || rest(got) != tt.rest {
			t.Errorf("%s: once more: %v, %s; want the same", tt.name, err, rest(got))
		}
	}
}

// rest is what a snapshot has beside its state.
func rest(s *fsm.StoredSnapshot) string {
	var words []string
	for _, m := range s.Memories {
		words = append(words, m.Of+": "+m.Leaf)
	}
	for _, t := range s.Timers {
		words = append(words, t.Name)
	}
	for _, ev := range s.Postponed {
		words = append(words, ev.Event)
	}
	if s.Ended {
		words = append(words, strings.TrimSuffix("ended: "+s.Failure, ": "))
	}
	return strings.Join(words, ", ")
}

func TestSnapshotRules_Migrate(t *testing.T) {
	const old = `{"version": 1, "state": "gone", "data": {"Euros": 3}}`
	if _, err := lampRules.Read([]byte(old), nil); err == nil || !strings.Contains(err.Error(), "revision: got 0; want 2, or a Migrate function") {
		t.Errorf("without a function: %v; want an error about the revision", err)
	}
	inCents := func(s *fsm.StoredSnapshot) error {
		var euros int
		if err := s.Get("Euros", &euros); err != nil {
			return err
		}
		if err := s.Get("Francs", &euros); err != nil || euros != 3 {
			t.Errorf("Get() of a field that is not there = %d, %v; want 3 as before", euros, err)
		}
		delete(s.Data, "Euros")
		s.State = "dark"
		return s.Set("Cents", 100*euros)
	}
	for range 2 {
		got, err := lampRules.Read([]byte(old), inCents)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]json.RawMessage{"Cents": json.RawMessage("300")}
		if diff := cmp.Diff(want, got.Data); diff != "" || got.State != "off" || got.Revision != 2 {
			t.Errorf("%+v; want it off in revision 2, with the data (-want +got):\n%s", got, diff)
		}
	}
	never := func(*fsm.StoredSnapshot) error { t.Error("a snapshot of this revision is migrated"); return nil }
	if _, err := lampRules.Read([]byte(`{"version": 1, "revision": 2, "state": "dim"}`), never); err != nil {
		t.Error(err)
	}
	if _, err := lampRules.Read([]byte(`{"version": 1, "revision": 3, "state": "dim"}`), never); err == nil || !strings.Contains(err.Error(), "at most 2") {
		t.Errorf("a later revision: %v; want an error about the revision", err)
	}
	wrong := errors.New("no rate")
	_, err := lampRules.Read([]byte(old), func(*fsm.StoredSnapshot) error { return wrong })
	if failed, ok := errors.AsType[*fsm.MigrationError](err); !ok || !errors.Is(err, wrong) || failed.Revision != 0 {
		t.Errorf("a function that fails: %v; want a MigrationError", err)
	}
	if s := new(fsm.StoredSnapshot); s.Set("Count", func() {}) == nil || s.Set("Count", 1) != nil || len(s.Data) != 1 {
		t.Errorf("Set() leaves %v; want the one value that JSON can have", s.Data)
	}
}

// TestSnapshotRules_ErrorsShowNoData reads snapshots with a secret in a place where it does not fit.
func TestSnapshotRules_ErrorsShowNoData(t *testing.T) {
	const secret = "hunter2"
	var data struct {
		Count int
		At    time.Time
		Pair  struct{ Left int }
	}
	for _, text := range []string{
		`{"Count": "hunter2"}`, `{"At": "hunter2"}`, `{"Pair": {"Left": "hunter2"}}`, `{"Count": hunter2}`, `{"Count": 1} hunter2`,
		`"hunter2"`, `{"Count": 1, "hunter`, `{"Count": 98.76}`,
	} {
		err := impl.DecodeFields("lamp", "data", []byte(text), nil,
			impl.StoredField{Name: "Count", Into: &data.Count},
			impl.StoredField{Name: "At", Into: &data.At},
			impl.StoredField{Name: "Pair", Into: &data.Pair})
		refused, ok := errors.AsType[*fsm.SnapshotError](err)
		if !ok || !strings.HasPrefix(refused.Field, "data") || strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "98.76") {
			t.Errorf("%s: %v; want a SnapshotError that names the field and not the value", text, err)
		}
	}
	long := strings.Repeat("x", 10_000)
	_, err := lampRules.Read([]byte(`{"version": 1, "revision": 2, "state": "`+long+`\n"}`), nil)
	if err == nil || len(err.Error()) > 300 || strings.Contains(err.Error(), "\n") {
		t.Errorf("an endless name: %.400v; want one short line", err)
	}
}

func TestDecodeFields_OlderAndRemovedNames(t *testing.T) {
	var count int
	mood := "calm"
	fields := []impl.StoredField{{Name: "Count", Was: []string{"Total", "Sum"}, Into: &count}, {Name: "Mood", Into: &mood}}
	for i, text := range []string{`{"Count": 1}`, `{"Total": 2}`, `{"Sum": 3, "Weight": 7}`} {
		if err := impl.DecodeFields("lamp", "data", []byte(text), []string{"Weight"}, fields...); err != nil || count != i+1 || mood != "calm" {
			t.Errorf("%s: %v, %d, %s; want %d and a mood that stays", text, err, count, mood, i+1)
		}
	}
	err := impl.DecodeFields("lamp", "data", []byte(`{"Length": 3}`), []string{"Weight"}, fields...)
	if refused, ok := errors.AsType[*fsm.SnapshotError](err); !ok || refused.Field != "data.Length" {
		t.Errorf("a field that is not known: %v; want a SnapshotError about data.Length", err)
	}
}
