package spec

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
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
	pos, end Pos
	sign     string // what underlines it
	color    string
	label    string
}

func (p Printer) printText(w io.Writer, fs Findings) {
	sources := map[string]source{}
	for path, text := range p.Sources {
		sources[path] = newSource(text)
	}
	for _, f := range fs {
		p.printFinding(w, f, sources[f.Path])
		fmt.Fprintln(w)
	}
	if len(fs) > 0 {
		fmt.Fprintln(w, fs.summary())
	}
}

func (p Printer) printFinding(w io.Writer, f Finding, text source) {
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
func (p Printer) printMarks(w io.Writer, text source, marks []mark, gutter string) {
	last := 0
	var view window
	for _, m := range marks {
		if m.pos.Line != last {
			if last > 0 && m.pos.Line > last+1 {
				fmt.Fprintln(w, p.paint(blue, "..."))
			}
			last = m.pos.Line
			view = newWindow(text.line(last), m.pos.Column)
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
func (m mark) lineEnd(text source) int {
	if m.end.Line == m.pos.Line {
		return m.end.Column
	}
	if m.end.Line > m.pos.Line {
		return len(text.line(m.pos.Line)) + 1
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
func visible(text source, marks []mark) []mark {
	marks = slices.DeleteFunc(marks, func(m mark) bool { return m.pos.Line < 1 || m.pos.Line > len(text.lines) })
	slices.SortStableFunc(marks, func(a, b mark) int { return a.pos.compare(b.pos) })
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
			counts = append(counts, plural(n, severity.String()))
		}
	}
	if len(counts) == 0 {
		counts = []string{plural(len(fs), "finding")} // of severities that there are not
	}
	what := strings.Join(counts, " and ")
	if len(counts) > 2 {
		what = counts[0] + ", " + strings.Join(counts[1:], " and ")
	}
	return what + " in " + plural(len(files), "file")
}
