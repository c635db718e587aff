// Package finding is what a check says about a spec, how it is printed, and how a fix is made.
package finding

import (
	"cmp"
	"io/fs"
	"slices"

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
