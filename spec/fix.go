package spec

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// Edit replaces what a file has from Pos to before End by Text. Where Pos is End it inserts.
type Edit struct {
	Pos, End Pos
	Text     string
}

// replacement is the fix that puts a text in the place of what a finding marks.
func replacement(text string) []Edit { return []Edit{{Text: text}} }

// maxPasses bounds how often [Fix] looks at what it has made; fixes that touch each other take a pass each.
const maxPasses = 20

// Fix makes every fix of the findings that [Load] has for a spec, and those that they lead to, and returns the new text,
// how many fixes it made, and the findings that are left.
func Fix(path string, src []byte) (fixed []byte, made int, left Findings) {
	for range maxPasses {
		_, left = Load(path, src)
		next, n := ApplyFixes(src, left)
		if n == 0 {
			break
		}
		src, made = next, made+n
	}
	return src, made, left
}

// ApplyFixes makes the fixes of the findings in the text that they are about, and returns how many it made: one that
// touches what a fix before it has changed is left for the next time.
func ApplyFixes(src []byte, fs Findings) (fixed []byte, made int) {
	places := newOffsets(src)
	var edits []byteEdit
	for _, f := range fs {
		own := places.edits(f.Fix)
		if len(own) > 0 && !slices.ContainsFunc(own, func(e byteEdit) bool { return e.touches(edits) }) {
			edits = append(edits, own...)
			made++
		}
	}
	slices.SortFunc(edits, func(a, b byteEdit) int { return b.from - a.from })
	fixed = slices.Clone(src)
	for _, e := range edits {
		fixed = slices.Concat(fixed[:e.from], []byte(e.text), fixed[e.to:])
	}
	return fixed, made
}

// byteEdit is an [Edit] by bytes.
type byteEdit struct {
	from, to int
	text     string
}

func (e byteEdit) touches(others []byteEdit) bool {
	return slices.ContainsFunc(others, func(o byteEdit) bool { return e.from <= o.to && o.from <= e.to })
}

// offsets finds the bytes of positions.
type offsets struct {
	src   []byte
	lines []int // where each line begins
}

func newOffsets(src []byte) offsets {
	o := offsets{src: src, lines: []int{0}}
	if bytes.HasPrefix(src, []byte("\ufeff")) {
		o.lines[0] = len("\ufeff")
	}
	for i, b := range src {
		if b == '\n' || b == '\r' && !bytes.HasPrefix(src[i+1:], []byte("\n")) {
			o.lines = append(o.lines, i+1)
		}
	}
	return o
}

// of returns the offset of a place, or of the nearest one that the text has.
func (o offsets) of(p Pos) int {
	if p.Line < 1 || p.Line > len(o.lines) {
		return len(o.src)
	}
	at := o.lines[p.Line-1]
	for range p.Column - 1 {
		if at >= len(o.src) || o.src[at] == '\n' || o.src[at] == '\r' {
			return at
		}
		_, size := utf8.DecodeRune(o.src[at:])
		at += size
	}
	return at
}

func (o offsets) edits(fix []Edit) []byteEdit {
	var edits []byteEdit
	for _, e := range fix {
		from := o.of(e.Pos)
		text := e.Text
		if bytes.Contains(o.src, []byte("\r\n")) {
			text = strings.ReplaceAll(text, "\n", "\r\n")
		}
		edits = append(edits, byteEdit{from, max(from, o.of(e.End)), text})
	}
	return edits
}
