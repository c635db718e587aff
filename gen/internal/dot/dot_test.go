package dot_test

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/gen/internal/chart"
	"github.com/fsmgen/fsmgen/gen/internal/dot"
	"github.com/fsmgen/fsmgen/gen/internal/golden"
	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/toolcheck/machines"
	"github.com/fsmgen/fsmgen/toolcheck/npm"
)

func TestText_GoldenGraphs(t *testing.T) { golden.Check(t, "dot", dot.Text) }

// tools is the directory with the tools of other projects.
const tools = "../../../toolcheck/export"

// understood is what Graphviz says of a graph once it has laid it out.
type understood struct {
	Error  string // warnings, too
	Nodes  []string
	Edges  []string // "shut -> open"
	Labels []string // of the edges, sorted
}

func TestText_GraphvizDrawsEveryStateAndArrow(t *testing.T) {
	if testing.Short() {
		t.Skip("asks Graphviz under Node")
	}
	npm.Install(t, tools)
	all := machines.All(t, "../../..")
	all["markup"] = machines.Markup()
	texts := map[string]string{}
	for path, m := range all {
		texts[path] = dot.Text(m)
	}
	questions, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	var answers map[string]understood
	if err := json.Unmarshal(npm.Run(t, tools, questions, "node", "graphviz.mjs"), &answers); err != nil {
		t.Fatal(err)
	}
	for path, m := range all {
		t.Run(path, func(t *testing.T) {
			got := answers[path]
			if got.Error != "" {
				t.Errorf("Graphviz says: %s\n%s", got.Error, texts[path])
			}
			if diff := cmp.Diff(drawn(m), got); diff != "" {
				t.Errorf("Graphviz draws something else than the spec says (-spec +graph):\n%s", diff)
			}
		})
	}
}

// drawn is what the graph of a machine has to show.
func drawn(m *spec.Machine) understood {
	var u understood
	c := chart.New(m)
	name := func(n *chart.Node) string {
		if len(n.Nodes) > 0 {
			return "-" + n.Name
		}
		return n.Name
	}
	u.Nodes, u.Edges = []string{"-"}, []string{"- -> " + name(c.Initial)}
	for n := range c.All() {
		u.Nodes = append(u.Nodes, name(n))
		if n.Initial != nil {
			u.Edges = append(u.Edges, name(n)+" -> "+name(n.Initial))
		}
	}
	for _, e := range c.Edges {
		u.Edges = append(u.Edges, name(e.From)+" -> "+name(e.To))
		for _, line := range e.Lines {
			text := line.Text
			if text == "" && len(e.Lines) > 1 {
				text = "always"
			}
			if text != "" {
				u.Labels = append(u.Labels, strings.Join(strings.Fields(text), " "))
			}
		}
	}
	for _, list := range [][]string{u.Nodes, u.Edges, u.Labels} {
		slices.Sort(list)
	}
	return u
}

func TestText_AcceptedByTheDotCommand(t *testing.T) {
	if _, err := exec.LookPath("dot"); err != nil {
		t.Skipf("graphs are not given to the command: %v", err)
	}
	for path, m := range machines.All(t, "../../..") {
		if svg := npm.Run(t, ".", []byte(dot.Text(m)), "dot", "-Tsvg"); !strings.Contains(string(svg), "</svg>") {
			t.Errorf("%s: dot makes no SVG: %s", path, svg)
		}
	}
}
