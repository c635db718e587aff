// Package parse makes a machine of the bytes of a file. It reports what is wrong with the file, with the words in it,
// and with their values; it does not look at what the names mean.
package parse

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/finding"
	"github.com/fsmgen/fsmgen/spec/internal/model"
	"github.com/fsmgen/fsmgen/spec/internal/rule"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
	"github.com/fsmgen/fsmgen/spec/internal/wording"
)

const helpSkeleton = "begin with `fsm: 1`, `machine: door`, `initial: open` and `states: {open: {}}`, each on its line"

// parser builds the machine of one file.
type parser struct {
	rule.Collector
	m *model.Machine
}

// File reads a spec without looking at what its names mean. It returns the machine as far as it understood the file,
// the findings in the order in which they were made, and whether the file has a mapping to make a machine of. The
// machine is never nil: in the worst case it has nothing but Path and Source.
func File(path string, src []byte) (m *model.Machine, found finding.Findings, whole bool) {
	p := newParser(path, src)
	root := p.load(src)
	if root != nil {
		machineShape().read(p, p.m, root)
	}
	return p.m, p.Found, root != nil && root.Kind == yaml.MappingNode
}

func newParser(path string, src []byte) *parser {
	p := &parser{m: &model.Machine{Path: path, Source: string(src)}}
	p.Path, p.Source = path, syntax.NewSource(p.m.Source)
	return p
}

// Tree reads the YAML of a spec for a formatter, which does not ask what the words mean. It returns the root, which
// is a mapping, the text, and the findings, sorted; the root can be used if none is an error.
func Tree(src []byte) (root *yaml.Node, text syntax.Source, found finding.Findings) {
	p := newParser("", src)
	root = p.load(src)
	if root != nil && root.Kind != yaml.MappingNode {
		p.kind(root, "a mapping", "fsm: 1")
	}
	p.odd(root)
	p.Found.Sort()
	return root, p.Source, p.Found
}

// odd reports what has no place in a spec and would not be the same in another form: keys that are no text or not
// there, and the tag `!`.
func (p *parser) odd(n *yaml.Node) {
	if n == nil {
		return
	}
	if p.Source.At(syntax.PosOf(n)) == '!' && n.Style&yaml.TaggedStyle == 0 {
		p.Add(rule.Tag, finding.Finding{Pos: syntax.PosOf(n), Message: "a spec has no tags (`!`)", Help: "leave it out"})
	}
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && (c.Kind != yaml.ScalarNode || syntax.IsAbsent(c)) {
			p.kind(c, "a name as the key", "fsm: 1")
		}
		p.odd(c)
	}
}

func machineShape() shape[model.Machine] {
	return shape[model.Machine]{"a machine", "{fsm: 1, machine: door, initial: open, states: {open: {}}}", []word[model.Machine]{
		{name: "fsm", read: func(p *parser, m *model.Machine, v *yaml.Node) { m.Version = p.version(v) }},
		{name: "machine", read: func(p *parser, m *model.Machine, v *yaml.Node) { m.Name = p.name(v, "machine: door") }},
		{name: "doc", read: func(p *parser, m *model.Machine, v *yaml.Node) { m.Doc = p.doc(v) }},
		{name: "go", read: func(p *parser, m *model.Machine, v *yaml.Node) { m.Go = p.golang(v) }},
		{name: "types", read: func(p *parser, m *model.Machine, v *yaml.Node) { m.Types = p.types(v) }},
		{name: "params", read: func(p *parser, m *model.Machine, v *yaml.Node) { m.Params = p.params(v) }},
		{name: "data", read: func(p *parser, m *model.Machine, v *yaml.Node) { m.Data = p.data(v) }},
		{name: "events", read: func(p *parser, m *model.Machine, v *yaml.Node) { m.Events = p.events(v) }},
		{name: "guards", read: func(p *parser, m *model.Machine, v *yaml.Node) { m.Guards = p.hooks(v, decl.Guard) }},
		{name: "actions", read: func(p *parser, m *model.Machine, v *yaml.Node) { m.Actions = p.hooks(v, decl.Action) }},
		{name: "replies", read: func(p *parser, m *model.Machine, v *yaml.Node) { m.Replies = p.replies(v) }},
		{name: "invokes", read: func(p *parser, m *model.Machine, v *yaml.Node) { m.Invokes = p.invokes(v) }},
		{name: "choices", read: func(p *parser, m *model.Machine, v *yaml.Node) { m.Choices = p.choices(v) }},
		{name: "timers", read: func(p *parser, m *model.Machine, v *yaml.Node) { m.Timers = p.timers(v) }},
		{name: "strict", read: func(p *parser, m *model.Machine, v *yaml.Node) { m.Strict = p.strict(v) }},
		{name: "initial", read: func(p *parser, m *model.Machine, v *yaml.Node) { m.Initial = p.name(v, "initial: open") }},
		{name: "states", read: func(p *parser, m *model.Machine, v *yaml.Node) { m.States = p.states(v, nil) }},
		{name: "properties", read: func(p *parser, m *model.Machine, v *yaml.Node) { m.Properties = p.properties(v) }},
		{name: "snapshots", read: func(p *parser, m *model.Machine, v *yaml.Node) { m.Snapshots = p.snapshots(v) }},
		{name: "name", instead: "machine"},
		{name: "version", instead: "fsm"},
		{name: "context", instead: "data"},
		{name: "on", elsewhere: "write it in a state; one around all others decides for all of them"},
	}, []string{"fsm: 1", "machine: door", "initial: open", "states: {open: {}}"}}
}

// version reads the language version, which decides what every other word means.
func (p *parser) version(n *yaml.Node) syntax.Text {
	t := p.text(n, "fsm: 1")
	if t.Value != "1" && t.Value != "" {
		p.Add(rule.Version, finding.Finding{
			Pos: t.Pos, Message: "language version " + wording.Quote(t.Value) + " is not known", Help: "write `fsm: 1`",
		})
	}
	return t
}

func (p *parser) strict(n *yaml.Node) syntax.Text {
	return syntax.Text{Pos: syntax.PosOf(n), Value: strconv.FormatBool(p.boolean(n, "strict: true"))}
}

func (p *parser) doc(n *yaml.Node) syntax.Text {
	t := p.text(n, "doc: What it is for.")
	t.Value = strings.TrimSpace(t.Value)
	return t
}
