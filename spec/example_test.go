package spec_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/spec"
)

const doorSpec = `fsm: 1
machine: door
events: {push: {}, turn: {}}
guards: {locked: {}}
initial: closed
states:
  closed:
    on:
      push:
        - {guard: locked}
        - {target: open}
    postpone: turn
  open:
    after: {10s: closed}
    ignore: push
`

func ExampleLoad() {
	src := "fsm: 1\nmachine: door\ninitial: opne\nstates: {open: {}}\n"
	_, found := spec.Load("door.fsm.yaml", []byte(src))
	p := spec.Printer{Sources: map[string]string{"door.fsm.yaml": src}}
	if err := p.Print(os.Stdout, found); err != nil {
		fmt.Println(err)
	}
	// Output:
	// error[FSM024]: there is no state `opne`
	//  --> door.fsm.yaml:3:10
	//   |
	// 3 | initial: opne
	//   |          ^^^^
	//   |
	//   = help: did you mean `open`?
	//
	// 1 error in 1 file
}

func ExampleMachine_Cell() {
	m, _ := spec.Load("door.fsm.yaml", []byte(doorSpec))
	for _, leaf := range m.Leaves() {
		for _, ev := range m.Events {
			cell := m.Cell(leaf, ev)
			fmt.Printf("%s in %s: %d transitions, else %v\n", ev.Name, leaf.Path(), len(cell.Transitions), cell.End)
		}
	}
	// Output:
	// push in closed: 2 transitions, else handled
	// turn in closed: 0 transitions, else postponed
	// push in open: 0 transitions, else ignored
	// turn in open: 0 transitions, else rejected
}

func ExamplePlan() {
	m, _ := spec.Load("door.fsm.yaml", []byte(doorSpec))
	open := m.Leaves()[1]
	step := spec.Plan(open, open.After[0].Transitions[0])
	fmt.Println("leaves", step.Exits[0].Name, "enters", step.Entries[0].Name, "changed", step.Changed)
	// Output: leaves open enters closed changed true
}

func ExampleGoName() {
	fmt.Println(spec.GoName("worker_id"), spec.GoName("http_url"), spec.GoName("checkin_ok"), spec.GoLocal("worker_id"))
	// Output: WorkerID HTTPURL CheckinOK workerID
}

func ExampleRules() {
	rules := spec.Rules()
	i := slices.IndexFunc(rules, func(r spec.Rule) bool { return r.Code == "FSM055" })
	fmt.Println(rules[i].Severity, rules[i].Summary)
	// Output: warning a state that is never entered
}

var expectedCode = regexp.MustCompile(`# (FSM\d+)$`)

// TestLanguagePage_ExamplesMeanWhatTheySay loads every example of the reference and of the guide for Go; where a comment
// names a code there is that finding in the line, and nowhere else is any.
func TestLanguagePage_ExamplesMeanWhatTheySay(t *testing.T) {
	for _, page := range []string{"../docs/language.md", "../docs/go.md"} {
		t.Run(page, func(t *testing.T) { checkExamples(t, page) })
	}
}

func checkExamples(t *testing.T, page string) {
	const begin = "fsm: 1\nmachine: door\n" // examples that are whole specs have it
	reference, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	examples := yamlBlock.FindAllStringSubmatchIndex(string(reference), -1)
	if len(examples) == 0 {
		t.Fatal("no examples")
	}
	for _, at := range examples {
		example, head := string(reference[at[2]:at[3]]), begin
		if strings.HasPrefix(example, "fsm: ") {
			head = ""
		}
		first := strings.Count(string(reference[:at[2]]), "\n") + 1 - strings.Count(head, "\n")
		var want, got []string
		for i, line := range strings.Split(head+example, "\n") {
			if m := expectedCode.FindStringSubmatch(line); m != nil {
				want = append(want, fmt.Sprintf("%s:%d %s", page, first+i, m[1]))
			}
		}
		_, found := spec.Load("door.fsm.yaml", []byte(head+example))
		for _, f := range found {
			got = append(got, fmt.Sprintf("%s:%d %s", page, first+f.Pos.Line-1, f.Code))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("findings (-want +got):\n%s\n%v", diff, found)
		}
	}
}
