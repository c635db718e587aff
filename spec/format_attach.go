package spec

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// attach gives every comment to a part.
func (d *document) attach() {
	parts := d.root.descendants()
	for _, p := range parts {
		p.blank = d.source.blank(p.at().Line - 1)
	}
	if len(parts) > 0 && parts[0].blank { // keeps what is about the file apart from what comes first in canonical order
		d.root.parts[0].blank = true
	}
	next := 0 // the first part behind the comment
	for i, c := range d.comments {
		for next < len(parts) && parts[next].at().compare(c.at) < 0 {
			next++
		}
		switch {
		case !c.own:
			d.attachLine(parts[:next], c)
		case d.ofFile(parts, i):
			d.header = append(d.header, c)
		default:
			d.attachOwn(parts, next, i)
		}
	}
	d.root.hoist()
}

// hoist gives items what stands before their first key: there is no place for it behind a `-`.
func (p *part) hoist() {
	for _, c := range p.parts {
		c.hoist()
		if c.key == nil && c.value.Kind == yaml.MappingNode && len(c.parts) > 0 {
			c.head = append(c.head, c.parts[0].head...)
			c.parts[0].head = nil
		}
	}
}

// ofFile reports whether a comment before everything else is about the file: a line for editors, or a text that an
// empty line keeps apart from the first key.
func (d *document) ofFile(parts []*part, i int) bool {
	if len(parts) > 0 && parts[0].at().compare(d.comments[i].at) < 0 {
		return false
	}
	if strings.Contains(d.comments[i].text, "yaml-language-server:") {
		return true
	}
	for _, later := range d.comments[i+1:] {
		if len(parts) > 0 && parts[0].at().compare(later.at) < 0 {
			break
		}
		if later.blank || strings.Contains(later.text, "yaml-language-server:") {
			return true
		}
	}
	return len(parts) == 0 || parts[0].blank
}

// attachLine gives a comment to the outermost part that begins on its line, or to the last before it.
func (d *document) attachLine(before []*part, c comment) {
	if len(before) == 0 {
		c.own = true
		d.header = append(d.header, c)
		return
	}
	owner := before[len(before)-1]
	for i := len(before) - 1; i >= 0 && before[i].at().Line == c.at.Line; i-- {
		if before[i].at() != owner.at() {
			owner = before[i]
		}
	}
	if owner.line.text != "" {
		owner.foot = append(owner.foot, c)
		return
	}
	owner.line = c
}

// attachOwn gives a comment to the part behind it, or, where it is indented further than that, to the part before it
// that it is in line with.
func (d *document) attachOwn(parts []*part, next, i int) {
	c := d.comments[i]
	if next < len(parts) && (next == 0 || c.at.Column <= parts[next].column || d.follows(parts[next], i)) {
		parts[next].top().head = append(parts[next].top().head, c)
		return
	}
	owner := parts[next-1]
	for owner.up != nil && owner.up.up != nil && owner.column > c.at.Column {
		owner = owner.up
	}
	owner.foot = append(owner.foot, c)
}

// follows reports whether the comment before this one already belongs to the next part, so that this one does, too.
func (d *document) follows(next *part, i int) bool {
	head := next.top().head
	return i > 0 && len(head) > 0 && head[len(head)-1].at == d.comments[i-1].at
}

// top is the list item that a part begins, if it does: a comment cannot stand between a `- ` and what follows.
func (p *part) top() *part {
	for p.up != nil && p.up.key == nil && p.up.up != nil && p.up.at() == p.at() {
		p = p.up
	}
	return p
}
