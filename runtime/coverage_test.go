package runtime_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

var lampInfo = fsm.NewInfo(fsm.Info{
	Machine: "lamp",
	States:  []string{"", "off", "on"},
	Events:  []string{"press"},
	Calls:   []bool{false},
	Handles: [][]int{{}, {0}, {0}},
	Transitions: []fsm.TransitionInfo{
		{From: "off", Event: "press", To: "on", Pos: "lamp.fsm.yaml:8"},
		{From: "on", Event: "press", To: "off", Pos: "lamp.fsm.yaml:10"},
	},
})

func TestCoverage_AppendsEachTransitionOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "taken")
	if err := os.WriteFile(path, []byte("from before\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	c := fsm.NewCoverage(path)
	for range 3 {
		c.Observe(lampInfo, fsm.Step{Kind: fsm.StepAccepted, Transition: 1})
		c.Observe(lampInfo, fsm.Step{Kind: fsm.StepRejected, Transition: -1})
	}
	c.Observe(lampInfo, fsm.Step{Kind: fsm.StepAccepted, Transition: 0})
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := "from before\nlamp\t1\ton\tpress\toff\tlamp.fsm.yaml:10\nlamp\t0\toff\tpress\ton\tlamp.fsm.yaml:8\n"
	if string(content) != want || c.Err() != nil {
		t.Errorf("the file is %q, %v; want %q", content, c.Err(), want)
	}
}

func TestCoverage_WithoutPath(t *testing.T) {
	c := fsm.NewCoverage("")
	c.Observe(lampInfo, fsm.Step{Kind: fsm.StepAccepted})
	if err := c.Err(); err != nil {
		t.Error(err)
	}
}

func TestCoverage_KeepsFirstError(t *testing.T) {
	c := fsm.NewCoverage(filepath.Join(t.TempDir(), "no", "such", "folder"))
	c.Observe(lampInfo, fsm.Step{Kind: fsm.StepAccepted})
	if err := c.Err(); err == nil || !strings.HasPrefix(err.Error(), "fsm: coverage: ") {
		t.Errorf("Err() = %v; want why the file cannot be written", err)
	}
}
