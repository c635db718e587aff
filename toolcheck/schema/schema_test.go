package schema

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/toolcheck/npm"
)

// document is a spec as an editor opens it, and the places that it asks about.
type document struct {
	Text     string `json:"text"`
	Complete *place `json:"complete,omitempty"`
	Hover    *place `json:"hover,omitempty"`
}

// place counts from 0, as LSP does.
type place struct {
	Line      int `json:"line"`
	Character int `json:"character"`
}

type answer struct {
	Findings    []finding
	Completions []string
	Hover       string
}

type finding struct {
	Line, Character int
	Message         string
}

// open asks the language server about documents, by path.
func open(t *testing.T, documents map[string]document) map[string]answer {
	t.Helper()
	npm.Install(t, ".")
	schema, err := filepath.Abs("../../spec/fsm.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	question, err := json.Marshal(map[string]any{"schema": schema, "documents": documents})
	if err != nil {
		t.Fatal(err)
	}
	var answers map[string]answer
	if err := json.Unmarshal(npm.Run(t, ".", question, "node", "ask.mjs"), &answers); err != nil {
		t.Fatal(err)
	}
	return answers
}

// spec is a machine whose cursor, `^`, is a place.
func spec(text string) (string, *place) {
	const head = "fsm: 1\nmachine: door\ninitial: open\nevents: {close: {}}\n"
	before, after, found := strings.Cut(head+text, "^")
	if !found {
		return head + text, nil
	}
	line := strings.Count(before, "\n")
	return before + after, &place{line, len(before) - strings.LastIndex(before, "\n") - 1}
}

func TestSchema_MistakesAreUnderlined(t *testing.T) {
	documents := map[string]document{}
	want := map[string]finding{}
	for _, tt := range []struct{ name, text, message string }{
		{"typo", "states:\n  open:\n    ^entery: ring\n", "Property entery is not allowed."},
		{"typo_of_a_transition", "states:\n  open:\n    on:\n      close: {^traget: open}\n", "Property traget is not allowed."},
		{"wrong_type", "states:\n  open:\n    on:\n      close: {reenter: ^maybe}\n", `Incorrect type. Expected "boolean".`},
		{"wrong_value", "states:\n  open: {type: ^parallel}\n", `Value is not accepted. Valid values: "final", "history".`},
		{"required", "choices: {^route: {}}\nstates: {open: {}}\n", `Missing property "outcomes".`},
	} {
		text, at := spec(tt.text)
		documents[tt.name+".fsm.yaml"] = document{Text: text}
		want[tt.name+".fsm.yaml"] = finding{at.Line, at.Character, tt.message}
	}
	for name, got := range open(t, documents) {
		if diff := cmp.Diff([]finding{want[name]}, got.Findings); diff != "" {
			t.Errorf("%s (-want +underlined):\n%s", name, diff)
		}
	}
}

func TestSchema_WordsAreCompleted(t *testing.T) {
	documents := map[string]document{}
	for name, text := range map[string]string{
		"state":      "states:\n  open:\n    doc: It is open.\n    ^\n",
		"transition": "states:\n  open:\n    on:\n      close:\n        target: open\n        ^\n",
		"property":   "properties:\n  - name: can open\n    ^\nstates: {open: {}}\n",
	} {
		text, at := spec(text)
		documents[name] = document{Text: text, Complete: at}
	}
	documents = named(documents)
	answers := open(t, documents)
	for name, want := range map[string][]string{
		"state":      {"initial", "states", "on", "entry", "exit", "after", "event_timeout", "always", "invoke", "onDone"},
		"transition": {"guard", "choose", "reenter", "actions", "reply", "raise", "start", "cancel", "update"},
		"property":   {"reachable", "eventually-possible", "never", "leads-to", "from", "fair"},
	} {
		got := answers[name+".fsm.yaml"].Completions
		for _, word := range want {
			if !slices.Contains(got, word) {
				t.Errorf("in a %s, %q is not among %q", name, word, got)
			}
		}
		if slices.Contains(got, "doc") && name == "state" {
			t.Errorf("in a %s, `doc` is offered again: %q", name, got)
		}
	}
}

// named are the documents with names that the schema is for.
func named(documents map[string]document) map[string]document {
	named := map[string]document{}
	for name, d := range documents {
		named[name+".fsm.yaml"] = d
	}
	return named
}

func TestSchema_WordsAreExplained(t *testing.T) {
	text, at := spec("states:\n  open:\n    al^ways: {guard: locked, target: open}\n")
	got := open(t, named(map[string]document{"always": {Text: text, Hover: at}}))["always.fsm.yaml"].Hover
	for _, want := range []string{"Transitions that need no event", "```yaml"} {
		if !strings.Contains(got, want) {
			t.Errorf("over `always` it shows %q; want %q in it", got, want)
		}
	}
}

var rightExample = regexp.MustCompile("(?s)\nRight:\n\n```yaml\n(.*?)```")

// TestSchema_RightSpecsAreAccepted: what has no findings has no underlines either.
func TestSchema_RightSpecsAreAccepted(t *testing.T) {
	documents := map[string]document{}
	for _, pattern := range []string{"../../spec/*.fsm.yaml", "../../spec/testdata/*.fsm.yaml", "../../spec/explain/*.md"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("no %s: %v", pattern, err)
		}
		for _, path := range paths {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if filepath.Ext(path) == ".yaml" {
				documents[path] = document{Text: string(content)} // its first line names the schema, from there
			} else if m := rightExample.FindSubmatch(content); m != nil {
				documents[filepath.Base(path)+".fsm.yaml"] = document{Text: string(m[1])}
			}
		}
	}
	for name, got := range open(t, documents) {
		if len(got.Findings) > 0 {
			t.Errorf("%s: %+v; want nothing underlined", name, got.Findings)
		}
	}
}
