package mermaid

import (
	"encoding/json"
	"testing"

	"github.com/fsmgen/fsmgen/toolcheck/npm"
)

// answer is one diagram as Mermaid understood it, or its error.
type answer struct {
	Error       string
	Title       string
	Description string
	Nodes       []node
	Edges       []edge
}

type node struct {
	ID     string
	Parent string // empty at the top
	Shape  string
	Label  []string
	Inside []string
}

type edge struct {
	From, To string
	Label    []string
}

// understand asks Mermaid about diagrams, by name.
func understand(t *testing.T, diagrams map[string]string) map[string]answer {
	t.Helper()
	npm.Install(t, ".")
	questions, err := json.Marshal(diagrams)
	if err != nil {
		t.Fatal(err)
	}
	var answers map[string]answer
	if err := json.Unmarshal(npm.Run(t, ".", questions, "node", "understand.mjs"), &answers); err != nil {
		t.Fatal(err)
	}
	return answers
}
