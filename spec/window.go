package spec

import (
	"strings"
	"unicode"
)

// widest is how many characters of a line an excerpt shows.
const widest = 120

// window is the part of a line that an excerpt shows.
type window struct {
	text    string
	first   int   // the column of its first character
	offsets []int // the cells before each of its characters, and before its end
}

// newWindow shows a line so that the column is in it. A tab becomes a space, so that the signs below stay in line; what
// a terminal would not print becomes a replacement character.
func newWindow(line []rune, column int) window {
	first, last := 0, len(line)
	if last > widest {
		first = min(max(column-1-widest/3, 0), last-widest)
		last = first + widest
	}
	w := window{first: first + 1}
	var b strings.Builder
	cells := 0
	if first > 0 {
		b.WriteString("...")
		cells = 3
	}
	for _, r := range line[first:last] {
		w.offsets = append(w.offsets, cells)
		switch {
		case r == '\t':
			r = ' '
		case !unicode.IsPrint(r):
			r = unicode.ReplacementChar
		}
		b.WriteRune(r)
		cells += cellsOf(r)
	}
	w.offsets = append(w.offsets, cells)
	if last < len(line) {
		b.WriteString("...")
	}
	w.text = b.String()
	return w
}

// cells returns how far from the left a column is shown; columns outside the window are at its edges.
func (w window) cells(column int) int {
	i := max(column-w.first, 0)
	if past := i - (len(w.offsets) - 1); past > 0 {
		return w.offsets[len(w.offsets)-1]
	}
	return w.offsets[i]
}

// wide are the characters that terminals show in two cells.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x1100, Hi: 0x115f, Stride: 1},
		{Lo: 0x2e80, Hi: 0xa4cf, Stride: 1},
		{Lo: 0xac00, Hi: 0xd7a3, Stride: 1},
		{Lo: 0xf900, Hi: 0xfaff, Stride: 1},
		{Lo: 0xfe30, Hi: 0xfe6f, Stride: 1},
		{Lo: 0xff00, Hi: 0xff60, Stride: 1},
		{Lo: 0xffe0, Hi: 0xffe6, Stride: 1},
	},
	R32: []unicode.Range32{
		{Lo: 0x1f300, Hi: 0x1faff, Stride: 1},
		{Lo: 0x20000, Hi: 0x3fffd, Stride: 1},
	},
}

// cellsOf returns how many cells of a terminal a character takes.
func cellsOf(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case unicode.Is(wide, r):
		return 2
	default:
		return 1
	}
}
