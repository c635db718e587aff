// Package conformancetest replays scenarios on a machine written by hand and compares the trace with the one that gen_statem of
// Erlang/OTP left.
package conformancetest

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"slices"

	"github.com/google/go-cmp/cmp"
)

// Scenario is one line of a conformance file: a machine as a table of rules, the operations on it
// and their times, and the trace that gen_statem of Erlang/OTP left. Times are virtual
// milliseconds.
type Scenario struct {
	Name    string
	Machine machineSpec
	Script  []op
	EndMs   int `json:"end_ms"`
	Expect  Expectation
}

type machineSpec struct {
	Initial     string
	StateEnter  bool `json:"state_enter"`
	Rules       []rule
	Init        initSpec
	OnTerminate string `json:"on_terminate"`
	Modules     map[string]struct {
		StateEnter bool `json:"state_enter"`
	}
}

type initSpec struct {
	Result, Reason string
	Actions        []actionSpec
}

// rule is one row of the callback. An empty pattern matches every value.
type rule struct {
	State, Type, Event, Name, Module string
	Max                              *int
	Result, To, Reason               string
	Add                              int
	Actions, Replies                 []actionSpec
}

type actionSpec struct {
	A, Type, Event, Name, Op, To string
	Value                        any // text of a reply, or whether to postpone
	Ms                           any // number or "infinity"
	Abs                          bool
}

// op is one operation of the script.
type op struct {
	AtMs      int `json:"at_ms"`
	Op        string
	Event     string
	Reason    string
	ID        int
	TimeoutMs *int `json:"timeout_ms"`
	State     *string
	Data      *int
}

// entry is one record of a trace, with the members of the file.
type entry = map[string]any

// Expectation is the trace of a scenario, the outcome of its calls, and its final state.
type Expectation struct {
	Start any
	Trace []entry
	Calls []entry
	Final entry
}

// Read calls f with each scenario of a gzipped file.
func Read(path string, f func(*Scenario)) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	lines, err := gzip.NewReader(file)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	scan := bufio.NewScanner(lines)
	scan.Buffer(nil, 1<<24)
	for scan.Scan() {
		s := new(Scenario)
		if err := json.Unmarshal(scan.Bytes(), s); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		f(s)
	}
	return scan.Err()
}

// plain converts v to the types that JSON decodes, so that traces can be compared.
func plain(v any) any {
	switch v := v.(type) {
	case int:
		return float64(v)
	case entry:
		for key, member := range v {
			v[key] = plain(member)
		}
		return v
	case []any:
		for i, member := range v {
			v[i] = plain(member)
		}
		return v
	default:
		return v
	}
}

// Compare returns a description of the first difference between two expectations; empty if there is
// none.
func Compare(want, got Expectation) string {
	for i, w := range want.Trace {
		if i >= len(got.Trace) {
			return fmt.Sprintf("trace ends before entry %d; want %v", i, w)
		}
		if !cmp.Equal(w, got.Trace[i]) {
			return fmt.Sprintf("trace entry %d = %v; want %v\nbefore it: %v", i, got.Trace[i], w, tail(got.Trace[:i]))
		}
	}
	if len(got.Trace) > len(want.Trace) {
		return fmt.Sprintf("trace entry %d = %v; want the end", len(want.Trace), got.Trace[len(want.Trace)])
	}
	for _, part := range []struct {
		name      string
		want, got any
	}{{"start", want.Start, got.Start}, {"calls", sorted(want.Calls), sorted(got.Calls)}, {"final", want.Final, got.Final}} {
		if diff := cmp.Diff(part.want, part.got); diff != "" {
			return fmt.Sprintf("%s (-want +got):\n%s", part.name, diff)
		}
	}
	return ""
}

func tail(trace []entry) []entry { return trace[max(0, len(trace)-3):] }

func sorted(calls []entry) []entry {
	out := append([]entry{}, calls...)
	slices.SortFunc(out, func(a, b entry) int { return int(a["id"].(float64) - b["id"].(float64)) })
	return out
}
