package cover_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/cmd/fsmgen/internal/cover"
	"github.com/fsmgen/fsmgen/spec"
)

const door = `fsm: 1
machine: door
events: {push: {}}
guards: {oiled: {}}
initial: shut
states:
  shut: {on: {push: {guard: oiled, target: open}}}
  open: {on: {push: shut}, after: {3s: shut}}
`

func load(t testing.TB) *spec.Machine {
	t.Helper()
	m, found := spec.Load("door.fsm.yaml", []byte(door))
	if found.HasErrors() {
		t.Fatal(found)
	}
	return m
}

func TestRead_OneRecordALine(t *testing.T) {
	got, err := cover.Read(strings.NewReader("door\t0\tshut\tpush\topen\tdoor.fsm.yaml:7\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []cover.Record{{Machine: "door", ID: 0, From: "shut", Event: "push", To: "open", Pos: "door.fsm.yaml:7"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestRead_LineThatIsNoRecord(t *testing.T) {
	for _, line := range []string{"fsm: 1", "door\tone\tshut\tpush\topen\tx:7", "door\t-1\tshut\tpush\topen\tx:7", "\t\t\t\t\t\t"} {
		_, err := cover.Read(strings.NewReader("door\t0\tshut\tpush\topen\tdoor.fsm.yaml:7\n" + line + "\n"))
		if wrong, ok := errors.AsType[*cover.LineError](err); !ok || wrong.Line != 2 {
			t.Errorf("the error of %q is %v; want one about line 2", line, err)
		}
	}
}

func TestReport_TransitionsNotTaken(t *testing.T) {
	records := []cover.Record{
		{Machine: "gate", ID: 2, From: "open", Event: "after 3s", To: "shut"},
		{Machine: "door", ID: 0, From: "shut", Event: "push", To: "open"},
		{Machine: "door", ID: 0, From: "shut", Event: "push", To: "open"},
	}
	report, err := cover.Of(load(t), records)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := report.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	want := "door: 1 of 3 transitions, 33.3%\n" +
		"  door.fsm.yaml:8  open --push--> shut\n" +
		"  door.fsm.yaml:8  open --after 3s--> shut\n"
	if diff := cmp.Diff(want, text.String()); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

func TestOf_RecordsOfAnotherVersion(t *testing.T) {
	for _, r := range []cover.Record{
		{Machine: "door", ID: 3, From: "open", Event: "push"},
		{Machine: "door", ID: 0, From: "open", Event: "push"},
		{Machine: "door", ID: 0, From: "shut", Event: "pull"},
	} {
		_, err := cover.Of(load(t), []cover.Record{r})
		if _, ok := errors.AsType[*cover.StaleError](err); !ok {
			t.Errorf("the error of %v is %v; want a StaleError", r, err)
		}
	}
}

func TestReport_MachineWithoutTransitions(t *testing.T) {
	if got := (cover.Report{}).Percent(); got != 100 {
		t.Errorf("Percent() = %v; want 100", got)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("door\t0\tshut\tpush\topen\tdoor.fsm.yaml:7\n")
	f.Add("door\t1\t\t\t\t")
	m := load(f)
	f.Fuzz(func(t *testing.T, text string) {
		records, err := cover.Read(strings.NewReader(text))
		if err != nil {
			return
		}
		if report, err := cover.Of(m, records); err == nil && (report.Taken > report.Total || report.Percent() > 100) {
			t.Errorf("%d of %d were taken", report.Taken, report.Total)
		}
	})
}
