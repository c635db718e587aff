package spec

import (
	"strconv"
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
		{name: "fsm", read: func(p *parser, m *Machine, v *yaml.Node) { m.Version = p.version(v) }},
		{name: "machine", read: func(p *parser, m *Machine, v *yaml.Node) { m.Name = p.name(v, "machine: door") }},
		{name: "doc", read: func(p *parser, m *Machine, v *yaml.Node) { m.Doc = p.doc(v) }},
		{name: "go", read: func(p *parser, m *Machine, v *yaml.Node) { m.Go = p.golang(v) }},
		{name: "types", read: func(p *parser, m *Machine, v *yaml.Node) { m.Types = p.types(v) }},
		{name: "params", read: func(p *parser, m *Machine, v *yaml.Node) { m.Params = p.params(v) }},
		{name: "data", read: func(p *parser, m *Machine, v *yaml.Node) { m.Data = p.data(v) }},
		{name: "events", read: func(p *parser, m *Machine, v *yaml.Node) { m.Events = p.events(v) }},
		{name: "guards", read: func(p *parser, m *Machine, v *yaml.Node) { m.Guards = p.hooks(v, Guard) }},
		{name: "actions", read: func(p *parser, m *Machine, v *yaml.Node) { m.Actions = p.hooks(v, Action) }},
		{name: "replies", read: func(p *parser, m *Machine, v *yaml.Node) { m.Replies = p.hooks(v, Reply) }},
		{name: "invokes", read: func(p *parser, m *Machine, v *yaml.Node) { m.Invokes = p.invokes(v) }},
		{name: "choices", read: func(p *parser, m *Machine, v *yaml.Node) { m.Choices = p.choices(v) }},
		{name: "timers", read: func(p *parser, m *Machine, v *yaml.Node) { m.Timers = p.timers(v) }},
		{name: "strict", read: func(p *parser, m *Machine, v *yaml.Node) { m.Strict = p.strict(v) }},
		{name: "initial", read: func(p *parser, m *Machine, v *yaml.Node) { m.Initial = p.name(v, "initial: open") }},
		{name: "states", read: func(p *parser, m *Machine, v *yaml.Node) { m.States = p.states(v, nil) }},
		{name: "properties", read: func(p *parser, m *Machine, v *yaml.Node) { m.Properties = p.properties(v) }},
		{name: "name", instead: "machine"},
		{name: "version", instead: "fsm"},
		{name: "context", instead: "data"},
		{name: "on", elsewhere: "write it in a state; one around all others decides for all of them"},
	}, []string{"fsm: 1", "machine: door", "initial: open", "states: {open: {}}"}}
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

func (p *parser) strict(n *yaml.Node) Text {
	return Text{posOf(n), strconv.FormatBool(p.boolean(n, "strict: true"))}
}

func (p *parser) doc(n *yaml.Node) Text {
	t := p.text(n, "doc: What it is for.")
	t.Value = strings.TrimSpace(t.Value)
	return t
}
