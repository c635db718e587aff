// Package highlight marks states in diagrams that other packages have drawn, as one does to tell where something is or what
// a text is about.
//
// Every kind of diagram gives its states names that a line or a class can refer to, so marking needs no second drawing.
package highlight

import (
	"strings"

	"github.com/fsmgen/fsmgen/spec"
)

// The colours of a marked state, which are those of the current state of a drawing of package svg.
const (
	fill   = "#ddf4ff"
	stroke = "#0969da"
)

// Mermaid marks states in a diagram of package mermaid.
func Mermaid(diagram string, states []*spec.State) string {
	var b strings.Builder
	b.WriteString(diagram)
	b.WriteString("  classDef highlighted fill:" + fill + ",stroke:" + stroke + ",stroke-width:3px\n")
	for _, s := range states {
		b.WriteString("  class s_" + s.Name + " highlighted\n")
	}
	return b.String()
}

// DOT marks states in a graph of package dot. Graphviz merges what is declared twice.
func DOT(graph string, states []*spec.State) string {
	var b strings.Builder
	b.WriteString(strings.TrimSuffix(graph, "}\n"))
	for _, s := range states {
		if len(s.States) > 0 {
			b.WriteString(open(s) + `graph [style="rounded,filled", ` + colours + "]" + strings.Repeat(" }", depth(s)) + "\n")
			continue
		}
		b.WriteString(`  "` + s.Name + `" [style="rounded,filled", ` + colours + "]\n")
	}
	b.WriteString("}\n")
	return b.String()
}

const colours = `fillcolor="` + fill + `", color="` + stroke + `", penwidth=2`

// open opens the cluster of a state again, inside those around it.
func open(s *spec.State) string {
	around := "  "
	if s.Parent != nil {
		around = open(s.Parent)
	}
	return around + `subgraph "cluster-` + s.Name + `" { `
}

func depth(s *spec.State) int {
	n := 0
	for range s.Ancestors() {
		n++
	}
	return n
}

// PlantUML marks states in a diagram of package plantuml. Only its first colour has a number sign.
func PlantUML(diagram string, states []*spec.State) string {
	const end = "@enduml\n"
	var b strings.Builder
	b.WriteString(strings.TrimSuffix(diagram, end))
	for _, s := range states {
		b.WriteString("state s_" + s.Name + " " + fill + ";line:" + strings.TrimPrefix(stroke, "#") + ";line.bold\n")
	}
	b.WriteString(end)
	return b.String()
}

// SVG marks states in a picture of package svg, as it marks the current one.
func SVG(picture string, states []*spec.State) string {
	for _, s := range states {
		group := `<g id="state-` + s.Name + `" class="`
		before, after, ok := strings.Cut(picture, group)
		if !ok {
			continue
		}
		classes, rest, _ := strings.Cut(after, `"`)
		picture = before + group + classes + ` current"` + rest
	}
	return picture
}
