// Package cover says which transitions of a machine a test run has taken.
//
// What was taken is in the file that an observer of the runtime writes, a line for each transition of each run. What there
// is to take is what the generated code has: a transition in every leaf that it applies to.
package cover

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/fsmgen/fsmgen/gen"
	"github.com/fsmgen/fsmgen/spec"
)

// Report says what was taken of one machine.
type Report struct {
	Machine     string       `json:"machine"`
	Spec        string       `json:"spec"`
	Taken       int          `json:"taken"`
	Total       int          `json:"total"`
	Transitions []Transition `json:"transitions"` // in the order of the generated code
}

// Transition says whether a transition of a machine was taken on one event. From is the state that the spec gives it to.
type Transition struct {
	From  string `json:"from"`
	Event string `json:"event"`
	Guard string `json:"guard,omitempty"`
	To    string `json:"to"`
	Line  int    `json:"line"` // of the spec
	Taken bool   `json:"taken"`
}

// StaleError says that a record is of another version of the machine.
type StaleError struct {
	Machine string
	Record  Record
}

func (e *StaleError) Error() string {
	return fmt.Sprintf("cover: %s: the record %d, %s --%s--> %s is not a transition of the spec: generate, and test anew",
		e.Machine, e.Record.ID, e.Record.From, e.Record.Event, e.Record.To)
}

// Of counts the transitions of a machine without errors that records name; records of other machines do not matter. Records that
// the machine cannot have written are a [*StaleError].
func Of(m *spec.Machine, records []Record) (Report, error) {
	all, err := gen.Transitions(m)
	if err != nil {
		return Report{}, err
	}
	report := Report{Machine: m.Name.Value, Spec: m.Path, Total: len(all)}
	for _, t := range all {
		report.Transitions = append(report.Transitions, Transition{t.From, t.Event, t.Guard, t.To, t.Line, false})
	}
	for _, r := range records {
		if r.Machine != report.Machine {
			continue
		}
		if r.ID >= len(all) || all[r.ID].From != r.From || all[r.ID].Event != r.Event {
			return Report{}, &StaleError{report.Machine, r}
		}
		if !report.Transitions[r.ID].Taken {
			report.Transitions[r.ID].Taken = true
			report.Taken++
		}
	}
	return report, nil
}

// Percent returns the share of transitions that were taken. It is 100 for a machine without transitions.
func (r Report) Percent() float64 {
	if r.Total == 0 {
		return 100
	}
	return 100 * float64(r.Taken) / float64(r.Total)
}

// WriteText writes the share, then the transitions that were not taken.
func (r Report) WriteText(w io.Writer) error {
	if _, err := fmt.Fprintf(w, "%s: %d of %d transitions, %.1f%%\n", r.Machine, r.Taken, r.Total, r.Percent()); err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, t := range r.Transitions {
		if t.Taken {
			continue
		}
		line := []string{fmt.Sprintf("  %s:%d", r.Spec, t.Line), t.words()}
		if _, err := fmt.Fprintln(table, strings.Join(line, "\t")); err != nil {
			return err
		}
	}
	return table.Flush()
}

func (t Transition) words() string {
	event := t.Event
	if t.Guard != "" {
		event += " [" + t.Guard + "]"
	}
	return fmt.Sprintf("%s --%s--> %s", t.From, event, t.To)
}

// WriteJSON writes the report as one object on one line.
func (r Report) WriteJSON(w io.Writer) error { return json.NewEncoder(w).Encode(r) }

// Record is one line of a file of an observer: a transition that was taken.
type Record struct {
	Machine         string
	ID              int // of the transition in the machine's generated code
	From, Event, To string
	Pos             string // of the transition: the spec's file name and the line
}

// LineError says which line of a file is not a record.
type LineError struct {
	Line int
	Text string
}

func (e *LineError) Error() string {
	return fmt.Sprintf("cover: line %d: %q is no record of a transition: want machine, id, from, event, to and place, with tabs between",
		e.Line, e.Text)
}

// Read reads the file of an observer. An error that is not the reader's is a [*LineError].
func Read(r io.Reader) ([]Record, error) {
	var records []Record
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		record, ok := parse(lines.Text())
		if !ok {
			return nil, &LineError{n, lines.Text()}
		}
		records = append(records, record)
	}
	return records, lines.Err()
}

func parse(line string) (Record, bool) {
	fields := strings.Split(line, "\t")
	if len(fields) != 6 {
		return Record{}, false
	}
	id, err := strconv.Atoi(fields[1])
	return Record{fields[0], id, fields[2], fields[3], fields[4], fields[5]}, err == nil && id >= 0
}
