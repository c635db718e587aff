package finding

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/fsmgen/fsmgen/spec/internal/syntax"
)

// ApplyFixes makes the fixes of the findings in the text that they are about, and returns how many it made. A fix that
// touches a piece of text which an earlier fix has changed is left for the next call.
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

// byteEdit is an edit with byte offsets.
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
func (o offsets) of(p syntax.Pos) int {
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

func (o offsets) edits(fix []syntax.Edit) []byteEdit {
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
