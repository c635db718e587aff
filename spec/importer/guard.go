package importer

import (
	"regexp"
	"strings"
)

// condition is a guard as a tree: names of guards, and what holds of them together.
type condition struct {
	op    byte // '!', '&' or '|'; 'n' of a name; 't' and 'f' of what always and never holds
	name  string
	parts []*condition
}

var guardToken = regexp.MustCompile(`&&|\|\||[!()]|[A-Za-z_]\w*`)

// parseGuard reads a guard that is made of names, `!`, `&&`, `||` and brackets; nil if there is none.
func parseGuard(text string) *condition {
	if text == "" {
		return nil
	}
	p := guardParser{guardToken.FindAllString(text, -1)}
	return p.either()
}

type guardParser struct{ rest []string }

func (p *guardParser) accept(token string) bool {
	if len(p.rest) == 0 || p.rest[0] != token {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

func (p *guardParser) either() *condition {
	c := p.both()
	for p.accept("||") {
		c = &condition{op: '|', parts: []*condition{c, p.both()}}
	}
	return c
}

func (p *guardParser) both() *condition {
	c := p.one()
	for p.accept("&&") {
		c = &condition{op: '&', parts: []*condition{c, p.one()}}
	}
	return c
}

func (p *guardParser) one() *condition {
	switch {
	case p.accept("!"):
		return &condition{op: '!', parts: []*condition{p.one()}}
	case p.accept("("):
		c := p.either()
		p.accept(")")
		return c
	case len(p.rest) == 0:
		return &condition{op: 't'}
	}
	c := &condition{op: 'n', name: p.rest[0]}
	p.rest = p.rest[1:]
	return c
}

// names are those in the condition.
func (c *condition) names() []string {
	if c == nil {
		return nil
	}
	if c.op == 'n' {
		return []string{c.name}
	}
	var names []string
	for _, part := range c.parts {
		names = append(names, part.names()...)
	}
	return names
}

// with is the condition where names that are known are replaced by what holds.
func (c *condition) with(known func(name string) (holds, ok bool)) *condition {
	switch c.op {
	case 'n':
		if holds, ok := known(c.name); ok {
			return constant(holds)
		}
		return c
	case '!':
		switch part := c.parts[0].with(known); part.op {
		case 't', 'f':
			return constant(part.op == 'f')
		default:
			return &condition{op: '!', parts: []*condition{part}}
		}
	case '&', '|':
		return joined(c.op, c.parts[0].with(known), c.parts[1].with(known))
	}
	return c
}

func constant(holds bool) *condition {
	if holds {
		return &condition{op: 't'}
	}
	return &condition{op: 'f'}
}

// joined is a && b or a || b, without a part that always or never holds.
func joined(op byte, a, b *condition) *condition {
	decides, vanishes := byte('f'), byte('t')
	if op == '|' {
		decides, vanishes = 't', 'f'
	}
	switch {
	case a.op == decides || b.op == vanishes:
		return a
	case b.op == decides || a.op == vanishes:
		return b
	}
	return &condition{op: op, parts: []*condition{a, b}}
}

// text is the condition as a spec writes it.
func (c *condition) text() string {
	switch c.op {
	case 'n':
		return c.name
	case '!':
		return "!" + c.parts[0].inside('!')
	case '&':
		return c.parts[0].inside('&') + " && " + c.parts[1].inside('&')
	case '|':
		return c.parts[0].inside('|') + " || " + c.parts[1].inside('|')
	}
	return ""
}

// inside is the text in brackets, where what is around it binds closer.
func (c *condition) inside(op byte) string {
	if text := c.text(); strings.IndexByte("|&!nt", c.op) < strings.IndexByte("|&!nt", op) {
		return "(" + text + ")"
	}
	return c.text()
}
