package spec

import (
	"cmp"
	"slices"
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
	Pos, End Pos // End is the place after the last character; zero where only Pos is known
	Severity Severity
	Code     string // stable, see [Rules]
	Message  string // one line: what is wrong
	Label    string // a few words beside the marked text; may be empty
	Help     string // one line: what to write instead; may be empty
	Related  []Related
	Fix      []Edit // makes the finding go away; empty unless it is certain what was meant
}

// Related is another place of the same file that explains a finding.
type Related struct {
	Pos, End Pos
	Message  string
}

// Findings is everything that was found, sorted by position where it comes from [Load], [Parse] or [Check].
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
		return cmp.Or(cmp.Compare(a.Path, b.Path), a.Pos.compare(b.Pos))
	})
}

func (p Pos) compare(q Pos) int {
	return cmp.Or(cmp.Compare(p.Line, q.Line), cmp.Compare(p.Column, q.Column))
}
