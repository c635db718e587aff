// Package importer turns machines of other tools into specs: SCXML, and the JSON of XState.
//
// Each importer gives a spec and says what it could not take, with the place in the source. Names become
// lower_snake_case; what the source says in code, or in elements that a spec has no words for, becomes a hook that is
// to be written.
//
// An importer takes over what a machine does, not how it looks: SCXML's transitions that match events by a prefix
// become one transition for each event that the machine is known to get.
package importer

import (
	"cmp"
	"embed"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/internal/finding"
)

// The codes of findings about the source.
const (
	codeNotTaken = "FSM090" // it has no place in a spec, and is left out
	codeByHand   = "FSM091" // it became a hook that has to be written
)

// Rules are what findings of this package are about. A source that breaks one can still be converted.
func Rules() []spec.Rule {
	return []spec.Rule{
		{Code: codeNotTaken, Severity: spec.Warning, Summary: "something in an import that a spec has no place for"},
		{Code: codeByHand, Severity: spec.Warning, Summary: "something in an import that has to be written by hand"},
	}
}

// Options say what a source does not.
type Options struct {
	// Path names the source in findings. It is not opened.
	Path string
	// Name is the machine's name where the source has none. Empty means machine.
	Name string
	// Events are names of events, as the source would write them, that are sent to the machine from outside. Those that
	// the source names itself need not be here.
	Events []string
}

// Result is a converted machine.
type Result struct {
	// Spec is the text of the spec, in canonical form.
	Spec []byte
	// Found says what was not taken as it was, at places of the source, sorted by them.
	Found spec.Findings
	// Wrong is what [spec.Load] finds in Spec, at places of Spec. It has no errors unless Found says why.
	Wrong spec.Findings
	// States and Events are the names of the spec by those of the source.
	States, Events map[string]string
	// Effects are what hooks of the spec have to do so that it is the machine of the source, by the hook's name.
	Effects map[string]Effect
}

// Effect is what a hook that an importer made stands for, in names of the spec. One field is set, beside Delay and ID.
type Effect struct {
	Raise  string        // an action: the event that it raises
	Send   string        // an action: the event that it sends to the machine itself, behind what already waits
	Delay  time.Duration // of Send: after this time
	ID     string        // of Send: what Cancel calls it; may be empty
	Cancel string        // an action: the ID of the delayed event that it takes back
	In     string        // a guard: the state that the machine has to be in
	Text   string        // anything else: what the source says
}

// importer is what importers share.
type importer struct {
	opt    Options
	source []byte
	found  spec.Findings
}

// at is the place of a byte of the source.
func (i *importer) at(offset int64) spec.Pos {
	before := string(i.source[:min(int(offset), len(i.source))])
	line := strings.Count(before, "\n")
	begin := strings.LastIndexByte(before, '\n') + 1
	return spec.Pos{Line: line + 1, Column: utf8.RuneCountInString(before[begin:]) + 1}
}

func (i *importer) notTaken(offset int64, message, help string) {
	i.add(codeNotTaken, offset, message, help)
}

func (i *importer) byHand(offset int64, message, help string) {
	i.add(codeByHand, offset, message, help)
}

func (i *importer) add(code string, offset int64, message, help string) {
	i.found = append(i.found, spec.Finding{
		Path: i.opt.Path, Pos: i.at(offset), Severity: spec.Warning, Code: code, Message: message, Help: help,
	})
}

// result writes a machine and looks at what it has become.
func (i *importer) result(m *machine) (Result, error) {
	i.found.Sort() // what several events share was found for each of them
	i.found = slices.CompactFunc(i.found, func(a, b spec.Finding) bool { return a.Pos == b.Pos && a.Message == b.Message })
	text, err := spec.Canonical(m.write())
	if err != nil { // a spec is UTF-8 without control characters, which the source need not be
		return Result{}, i.syntax(i.strange(), "what it says cannot stand in a spec: "+err.Error())
	}
	_, wrong := spec.Load("", text)
	return Result{
		Spec: text, Found: i.found, Wrong: wrong,
		States: m.stateNames.names, Events: m.eventNames.names, Effects: m.effects,
	}, nil
}

// strange is where the source has the first byte that no text has a use for, or else its beginning.
func (i *importer) strange() int64 {
	for at, r := range string(i.source) {
		if r == utf8.RuneError || unicode.IsControl(r) && !unicode.IsSpace(r) {
			return int64(at)
		}
	}
	return 0
}

func (i *importer) name() string { return cmp.Or(i.opt.Name, "machine") }

//go:embed explain/*.md
var pages embed.FS

// Explain returns the page about a code of [Rules] in Markdown, as [spec.Explain] does for its codes. It is empty for a
// code that there is not.
func Explain(code string) string { return finding.Page(pages, code) }
