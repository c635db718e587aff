package importer

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// write is the spec of a machine, in no particular form.
func (m *machine) write() []byte {
	var w writer
	w.line(0, "fsm", "1")
	w.line(0, "machine", m.name)
	w.text(0, "doc", m.doc)
	w.declarations("params", m.params)
	w.declarations("data", m.data)
	w.declarations("events", m.events)
	w.declarations("guards", m.guards)
	w.declarations("actions", m.actions)
	w.declarations("invokes", m.invokes)
	w.WriteByte('\n')
	w.line(0, "initial", m.initial)
	w.WriteByte('\n')
	w.states(0, m.states)
	return w.Bytes()
}

// writer is the text so far.
type writer struct{ bytes.Buffer }

func (w *writer) line(depth int, key, value string) {
	w.WriteString(strings.Repeat("  ", depth) + key + ":")
	if value != "" {
		w.WriteString(" " + value)
	}
	w.WriteByte('\n')
}

// text writes a key whose value is any text, if there is one.
func (w *writer) text(depth int, key, value string) {
	if value = strings.Join(strings.Fields(value), " "); value != "" {
		w.line(depth, key, quote(value))
	}
}

func (w *writer) list(depth int, key string, names []string) {
	switch len(names) {
	case 0:
	case 1:
		w.line(depth, key, names[0])
	default:
		w.line(depth, key, "["+strings.Join(names, ", ")+"]")
	}
}

var plain = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.]*( [A-Za-z0-9_.]+)*$`)

// quote makes a text one that YAML takes for a text.
func quote(s string) string {
	if plain.MatchString(s) && !slices.Contains(yamlWords, strings.ToLower(s)) {
		return s
	}
	return strconv.Quote(s)
}

func (w *writer) declarations(section string, ds []declaration) {
	if len(ds) == 0 {
		return
	}
	w.WriteByte('\n')
	w.line(0, section, "")
	for _, d := range ds {
		if d.typ+d.value+d.doc == "" {
			w.line(1, d.name, "{}")
			continue
		}
		w.line(1, d.name, "")
		w.text(2, "type", d.typ)
		if d.value != "" {
			w.line(2, "default", d.value)
		}
		w.text(2, "doc", d.doc)
	}
}

func (w *writer) states(depth int, states []*state) {
	w.line(depth, "states", "")
	for _, s := range states {
		start := w.Len()
		w.line(depth+1, s.name, "")
		empty := w.Len()
		w.state(depth+2, s)
		if w.Len() == empty {
			w.Truncate(start)
			w.line(depth+1, s.name, "{}")
		}
	}
}

func (w *writer) state(depth int, s *state) {
	w.text(depth, "doc", s.doc)
	w.text(depth, "type", s.kind)
	if s.deep {
		w.line(depth, "history", "deep")
	}
	w.text(depth, "target", s.target)
	w.text(depth, "initial", s.initial)
	w.list(depth, "entry", s.entry)
	w.list(depth, "exit", s.exit)
	w.invokes(depth, s.invokes)
	w.reactions(depth, "after", s.after)
	w.transitions(depth, "always", s.always)
	w.reactions(depth, "on", s.on)
	w.transitions(depth, "onDone", s.onDone)
	if len(s.ignore) > 0 {
		w.line(depth, "ignore", "["+strings.Join(s.ignore, ", ")+"]")
	}
	if len(s.children) > 0 {
		w.states(depth, s.children)
	}
}

func (w *writer) reactions(depth int, word string, rs []reaction) {
	if len(rs) == 0 {
		return
	}
	w.line(depth, word, "")
	for _, r := range rs {
		key := r.trigger
		if key == "*" {
			key = `"*"`
		}
		w.transitions(depth+1, key, r.transitions)
	}
}

func (w *writer) transitions(depth int, key string, transitions []transition) {
	switch {
	case len(transitions) == 0:
	case len(transitions) == 1 && transitions[0].bare():
		w.line(depth, key, transitions[0].target)
	case len(transitions) == 1:
		w.line(depth, key, transitions[0].flow())
	default:
		w.line(depth, key, "")
		for _, a := range transitions {
			w.WriteString(strings.Repeat("  ", depth+1) + "- " + a.flow() + "\n")
		}
	}
}

func (w *writer) invokes(depth int, invokes []invoke) {
	if len(invokes) == 0 {
		return
	}
	w.line(depth, "invoke", "")
	for _, v := range invokes {
		item := "- src: "
		if len(invokes) == 1 {
			item = "  src: "
		}
		w.WriteString(strings.Repeat("  ", depth+1) + item + v.src + "\n")
		w.transitions(depth+2, "onDone", v.onDone)
		w.transitions(depth+2, "onError", v.onError)
	}
}

// bare reports whether a transition is its target alone.
func (a transition) bare() bool {
	return a.target != "" && a.guard == "" && !a.reenter && len(a.actions)+len(a.raise) == 0
}

func (a transition) flow() string {
	var words []string
	add := func(word, value string) {
		if value != "" {
			words = append(words, word+": "+value)
		}
	}
	if a.guard != "" {
		add("guard", quote(a.guard))
	}
	add("target", a.target)
	if a.reenter && a.target != "" {
		add("reenter", "true")
	}
	add("actions", names(a.actions))
	add("raise", names(a.raise))
	return "{" + strings.Join(words, ", ") + "}"
}

func names(list []string) string {
	if len(list) == 1 {
		return list[0]
	}
	if len(list) == 0 {
		return ""
	}
	return "[" + strings.Join(list, ", ") + "]"
}
