package finding

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/fsmgen/fsmgen/spec/internal/syntax"
	"github.com/fsmgen/fsmgen/spec/internal/wording"
)

// The colours of text output.
const (
	red    = "\x1b[1;31m"
	yellow = "\x1b[1;33m"
	blue   = "\x1b[1;34m"
	bold   = "\x1b[1m"
	plain  = "\x1b[0m"
)

// mark is a piece of a line that an excerpt underlines.
type mark struct {
	pos, end syntax.Pos
	sign     string // what underlines it
	color    string
	label    string
}

func (p Printer) printText(w io.Writer, fs Findings) {
	sources := map[string]syntax.Source{}
	for path, text := range p.Sources {
		sources[path] = syntax.NewSource(text)
	}
	for _, f := range fs {
		p.printFinding(w, f, sources[f.Path])
		fmt.Fprintln(w)
	}
	if len(fs) > 0 {
		fmt.Fprintln(w, fs.summary())
	}
}

func (p Printer) printFinding(w io.Writer, f Finding, text syntax.Source) {
	color := red
	switch f.Severity {
	case Warning:
		color = yellow
	case Info:
		color = blue
	}
	marks := visible(text, append([]mark{{f.Pos, f.End, "^", color, f.Label}}, f.marks()...))
	gutter := strings.Repeat(" ", len(strconv.Itoa(lastLine(f, marks))))
	bar := p.paint(blue, gutter+" |")

	fmt.Fprintf(w, "%s%s\n", p.paint(color, fmt.Sprintf("%v[%s]", f.Severity, f.Code)), p.paint(bold, ": "+f.Message))
	fmt.Fprintf(w, "%s %s:%d:%d\n", p.paint(blue, gutter+"-->"), f.Path, f.Pos.Line, f.Pos.Column)
	if len(marks) > 0 {
		fmt.Fprintln(w, bar)
		p.printMarks(w, text, marks, gutter)
	}
	if f.Help != "" {
		if len(marks) > 0 {
			fmt.Fprintln(w, bar)
		}
		fmt.Fprintf(w, "%s help: %s\n", p.paint(blue, gutter+" ="), f.Help)
	}
}

// printMarks prints each marked line once, with a line of signs for each of its marks.
func (p Printer) printMarks(w io.Writer, text syntax.Source, marks []mark, gutter string) {
	last := 0
	var view window
	for _, m := range marks {
		if m.pos.Line != last {
			if last > 0 && m.pos.Line > last+1 {
				fmt.Fprintln(w, p.paint(blue, "..."))
			}
			last = m.pos.Line
			view = newWindow(text.Line(last), m.pos.Column)
			number := fmt.Sprintf("%*d |", len(gutter), last)
			fmt.Fprintln(w, strings.TrimRight(p.paint(blue, number)+" "+view.text, " "))
		}
		from, to := view.cells(m.pos.Column), view.cells(m.lineEnd(text))
		signs := strings.Repeat(m.sign, max(to-from, 1))
		below := p.paint(m.color, strings.TrimRight(signs+" "+m.label, " "))
		fmt.Fprintf(w, "%s %s%s\n", p.paint(blue, gutter+" |"), strings.Repeat(" ", from), below)
	}
}

// lineEnd is the column behind the last marked character of the mark's first line.
func (m mark) lineEnd(text syntax.Source) int {
	if m.end.Line == m.pos.Line {
		return m.end.Column
	}
	if m.end.Line > m.pos.Line {
		return len(text.Line(m.pos.Line)) + 1
	}
	return m.pos.Column + 1
}

func (f Finding) marks() []mark {
	var marks []mark
	for _, r := range f.Related {
		marks = append(marks, mark{r.Pos, r.End, "-", blue, r.Message})
	}
	return marks
}

// visible sorts the marks and leaves out those that the source does not have.
func visible(text syntax.Source, marks []mark) []mark {
	marks = slices.DeleteFunc(marks, func(m mark) bool { return m.pos.Line < 1 || m.pos.Line > len(text.Lines) })
	slices.SortStableFunc(marks, func(a, b mark) int { return a.pos.Compare(b.pos) })
	return marks
}

func lastLine(f Finding, marks []mark) int {
	last := f.Pos.Line
	for _, m := range marks {
		last = max(last, m.pos.Line)
	}
	return last
}

func (p Printer) paint(color, s string) string {
	if !p.Color || s == "" {
		return s
	}
	return color + s + plain
}

// summary counts the findings: "3 errors, 1 warning and 1 info in 1 file".
func (fs Findings) summary() string {
	files := map[string]bool{}
	for _, f := range fs {
		files[f.Path] = true
	}
	var counts []string
	for _, severity := range []Severity{Error, Warning, Info} {
		if n := fs.Count(severity); n > 0 {
			counts = append(counts, wording.Plural(n, severity.String()))
		}
	}
	if len(counts) == 0 {
		counts = []string{wording.Plural(len(fs), "finding")} // of severities that there are not
	}
	what := strings.Join(counts, " and ")
	if len(counts) > 2 {
		what = counts[0] + ", " + strings.Join(counts[1:], " and ")
	}
	return what + " in " + wording.Plural(len(files), "file")
}

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
