package spec_test

import (
	"fmt"
	"os"
	"slices"

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
