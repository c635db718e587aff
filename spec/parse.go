package spec

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

const helpSkeleton = "begin with `fsm: 1`, `machine: door`, `initial: open` and `states: {open: {}}`, each on its line"

// parser builds the machine of one file.
type parser struct {
	report
	m *Machine
}

// Load reads a spec and checks it. The machine is never nil; it can be generated if no finding is an error. Path names
// the file in the findings and is not opened. Findings are sorted by position. Where the file itself is wrong, warnings
// would be guesses and are left out.
func Load(path string, src []byte) (*Machine, Findings) {
	p, whole := parse(path, src)
	found := p.found
	if whole {
		checked := Check(p.m)
		if found.HasErrors() {
			checked = checked.without(Warning)
		}
		found = append(found, checked...)
	}
	found.Sort()
	return p.m, found
}

// Parse reads a spec without looking at what its names mean. It reports what is wrong with the file, its words and
// their values, and returns what it understood: never nil, in the worst case a machine with nothing but Path and
// Source.
func Parse(path string, src []byte) (*Machine, Findings) {
	p, _ := parse(path, src)
	p.found.Sort()
	return p.m, p.found
}

// parse also reports whether there was a mapping to make a machine of.
func parse(path string, src []byte) (*parser, bool) {
	p := &parser{m: &Machine{Path: path, Source: string(src)}}
	p.path, p.source = path, newSource(p.m.Source)
	root := p.load(src)
	if root != nil {
		machineShape().read(p, p.m, root)
	}
	return p, root != nil && root.Kind == yaml.MappingNode
}

func (fs Findings) without(s Severity) Findings {
	var rest Findings
	for _, f := range fs {
		if f.Severity != s {
			rest = append(rest, f)
		}
	}
	return rest
}

func machineShape() shape[Machine] {
	return shape[Machine]{"a machine", "{fsm: 1, machine: door, initial: open, states: {open: {}}}", []word[Machine]{
		{"fsm", func(p *parser, m *Machine, v *yaml.Node) { m.Version = p.version(v) }},
		{"machine", func(p *parser, m *Machine, v *yaml.Node) { m.Name = p.name(v, "machine: door") }},
		{"doc", func(p *parser, m *Machine, v *yaml.Node) { m.Doc = p.doc(v) }},
		{"go", func(p *parser, m *Machine, v *yaml.Node) { m.Go = p.golang(v) }},
		{"types", func(p *parser, m *Machine, v *yaml.Node) { m.Types = p.types(v) }},
		{"params", func(p *parser, m *Machine, v *yaml.Node) { m.Params = p.params(v) }},
		{"data", func(p *parser, m *Machine, v *yaml.Node) { m.Data = p.data(v) }},
		{"events", func(p *parser, m *Machine, v *yaml.Node) { m.Events = p.events(v) }},
		{"guards", func(p *parser, m *Machine, v *yaml.Node) { m.Guards = p.hooks(v, Guard) }},
		{"actions", func(p *parser, m *Machine, v *yaml.Node) { m.Actions = p.hooks(v, Action) }},
		{"replies", func(p *parser, m *Machine, v *yaml.Node) { m.Replies = p.hooks(v, Reply) }},
		{"initial", func(p *parser, m *Machine, v *yaml.Node) { m.Initial = p.name(v, "initial: open") }},
		{"states", func(p *parser, m *Machine, v *yaml.Node) { m.States = p.states(v, nil) }},
		{name: "invokes"},
		{name: "choices"},
		{name: "timers"},
		{name: "properties"},
		{name: "strict"},
	}, []string{"fsm", "machine", "initial", "states"}}
}

// version reads the language version, which decides what every other word means.
func (p *parser) version(n *yaml.Node) Text {
	t := p.text(n, "fsm: 1")
	if t.Value != "1" && t.Value != "" {
		p.add(codeVersion, Finding{
			Pos: t.Pos, Message: "language version " + quote(t.Value) + " is not known", Help: "write `fsm: 1`",
		})
	}
	return t
}

func (p *parser) doc(n *yaml.Node) Text {
	t := p.text(n, "doc: What it is for.")
	t.Value = strings.TrimSpace(t.Value)
	return t
}
