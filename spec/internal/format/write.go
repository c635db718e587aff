package format

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/fsmgen/fsmgen/spec/internal/syntax"
)

// formWriter writes parts in canonical form.
type formWriter struct {
	bytes.Buffer
	source syntax.Source
	fresh  bool // nothing has been written yet that an empty line could follow
	kept   bool // the empty lines behind the last text are its own
}

func (w *formWriter) indent(depth int) { w.WriteString(strings.Repeat(" ", depth)) }

// separate writes an empty line, if the source has one there and the next entry is not the first of its mapping or
// list.
func (w *formWriter) separate(blank bool) {
	if blank && !w.fresh && !w.kept {
		w.WriteByte('\n')
	}
	w.fresh, w.kept = false, false
}

func (w *formWriter) comment(depth int, c comment) {
	w.separate(c.blank)
	w.indent(depth)
	w.WriteString(c.text + "\n")
}

func (w *formWriter) mapping(depth int, p *part) {
	for _, c := range p.parts {
		w.before(depth, c)
		w.indent(depth)
		w.entry(depth, depth, c)
	}
}

// before writes what stands before a part.
func (w *formWriter) before(depth int, p *part) {
	for _, c := range p.head {
		w.comment(depth, c)
	}
	w.separate(p.blank)
}

// entry writes a key and its value behind an indentation of depth; column is how far the line is already filled.
func (w *formWriter) entry(depth, column int, p *part) {
	key := keyText(p.key) + ":"
	w.WriteString(key)
	w.value(depth, column+utf8.RuneCountInString(key), p)
	w.after(depth, p)
}

func (w *formWriter) after(depth int, p *part) {
	for _, c := range p.foot {
		w.comment(depth, c)
	}
}

// value writes a value behind its key or the `-` of its item.
func (w *formWriter) value(depth, column int, p *part) {
	if p.value.Kind == yaml.ScalarNode {
		w.scalar(depth, column, p)
		return
	}
	if text, ok := w.joined(column+1, p); ok {
		w.WriteString(" " + text)
		w.endLine(p)
		return
	}
	if p.key == nil && p.value.Kind == yaml.MappingNode {
		w.itemMapping(depth+2, p)
		return
	}
	w.endLine(p)
	w.fresh = true
	if p.value.Kind == yaml.MappingNode {
		w.mapping(depth+2, p)
	} else {
		w.list(depth+2, p)
	}
	w.fresh = false
}

// itemMapping writes a mapping whose first key is on the line of the `-`.
func (w *formWriter) itemMapping(depth int, p *part) {
	for i, c := range p.parts {
		if i == 0 {
			w.WriteByte(' ')
		} else {
			w.before(depth, c)
			w.indent(depth)
		}
		w.entry(depth, depth, c)
	}
}

func (w *formWriter) list(depth int, p *part) {
	for _, c := range p.parts {
		w.before(depth, c)
		if _, ok := w.joined(depth+2, c); !ok && c.value.Kind != yaml.ScalarNode && c.line.text != "" {
			w.comment(depth, comment{text: c.line.text}) // it has no place behind the `-`
			c.line = comment{}
		}
		w.indent(depth)
		w.WriteByte('-')
		w.value(depth, depth+1, c)
		w.after(depth, c)
	}
}

func (w *formWriter) endLine(p *part) {
	if p.line.text != "" {
		w.WriteString(" " + p.line.text)
	}
	w.WriteByte('\n')
}

// joined is the value of a part in brackets, where it may be written so and fits.
func (w *formWriter) joined(column int, p *part) (string, bool) {
	empty := len(p.parts) == 0
	if !empty && !p.packs() && !p.flow() || !p.bare() {
		return "", false
	}
	text, ok := flowText(p)
	return text, ok && (empty || column+utf8.RuneCountInString(text) <= formatWidth)
}

// packs reports whether a value is joined on one line, however it was written: a list of names is, a list of
// transitions is not.
func (p *part) packs() bool {
	if !p.form.pack {
		return false
	}
	if p.value.Kind != yaml.SequenceNode {
		return true
	}
	for _, c := range p.parts {
		if c.value.Kind != yaml.ScalarNode {
			return false
		}
	}
	return true
}
