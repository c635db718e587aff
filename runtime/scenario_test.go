package runtime_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
)

// scenario is one line of a conformance file: a machine as a table of rules, what is done to it and when, and what the
// gen_statem of Erlang/OTP made of that. Times are virtual milliseconds.
type scenario struct {
	Name    string
	Machine machineSpec
	Script  []op
	EndMs   int `json:"end_ms"`
	Expect  expectation
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

// rule says what the callback does. An empty pattern matches everything.
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

// op is something that the world outside does.
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

// entry is one thing that happened, with the members of the file.
type entry = map[string]any

type expectation struct {
	Start any
	Trace []entry
	Calls []entry
	Final entry
}

// readScenarios calls f with each scenario of a gzipped file.
func readScenarios(path string, f func(*scenario)) error {
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
		s := new(scenario)
		if err := json.Unmarshal(scan.Bytes(), s); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		f(s)
	}
	return scan.Err()
}

// plain gives v the types that JSON gives it, so that what happened can be compared with a file.
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
