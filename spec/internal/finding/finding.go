// Package finding is what a check says about a spec, how it is printed, and how a fix is made.
package finding

import (
	"bytes"
	"cmp"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/fsmgen/fsmgen/spec/internal/syntax"
)

// Severity says whether a finding keeps a machine from being generated.
type Severity uint8

// The severities. Only an [Error] makes a machine unusable.
const (
	Error   Severity = iota + 1
	Warning          // most likely a mistake
	Info             // nothing is wrong, but it is good to know
)

func (s Severity) String() string {
	switch s {
	case Error:
		return "error"
	case Warning:
		return "warning"
	case Info:
		return "info"
	default:
		return "invalid"
	}
}

// Finding is one thing that is wrong with a spec.
type Finding struct {
	Path     string
	Pos, End syntax.Pos // End is the place after the last character; zero where only Pos is known
	Severity Severity
	Code     string // stable, see [Rules]
	Message  string // one line: what is wrong
	Label    string // a few words beside the marked text; may be empty
	Help     string // one line: what to write instead; may be empty
	Related  []Related
	Fix      []syntax.Edit // makes the finding go away; empty unless it is certain what was meant
}

// Related is another place of the same file that explains a finding.
type Related struct {
	Pos, End syntax.Pos
	Message  string
}

// Findings is everything that was found, sorted by position where it comes from package spec.
type Findings []Finding

// HasErrors reports whether a finding makes the machine unusable.
func (fs Findings) HasErrors() bool { return fs.Count(Error) > 0 }

// Count returns how many findings have the severity.
func (fs Findings) Count(s Severity) int {
	n := 0
	for _, f := range fs {
		if f.Severity == s {
			n++
		}
	}
	return n
}

// Sort orders the findings by file and position; those of one place keep their order.
func (fs Findings) Sort() {
	slices.SortStableFunc(fs, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), a.Pos.Compare(b.Pos))
	})
}

// RelatedTo is the list of one place that explains a finding.
func RelatedTo(at syntax.Pos, message string) []Related {
	return []Related{{Pos: at, Message: message}}
}

// Rule is one thing that a spec can get wrong.
type Rule struct {
	Code     string
	Severity Severity
	Summary  string // one line, without the particulars of a spec
}

// SeverityOf returns the severity of the rule with a code; [Error] for a code that no rule has.
func SeverityOf(rules []Rule, code string) Severity {
	i := slices.IndexFunc(rules, func(r Rule) bool { return r.Code == code })
	if i < 0 {
		return Error
	}
	return rules[i].Severity
}

// Page returns the page about a code, in Markdown, from a directory `explain` of pages that are called after their
// codes. It is empty for a code without a page.
func Page(pages fs.FS, code string) string {
	page, err := fs.ReadFile(pages, "explain/"+code+".md")
	if err != nil {
		return ""
	}
	return string(page)
}

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
