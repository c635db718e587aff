// Package importer turns machines of other tools into specs: SCXML, and the JSON of XState.
//
// Each importer gives a spec and says what it could not take, with the place in the source. Names become
// lower_snake_case; what the source says in code, or in elements that a spec has no words for, becomes a hook that is
// to be written.
//
// An importer takes over what a machine does, not how it looks. A transition that stands for several events becomes one for
// each event that the machine is known to get. A transition that depends on the active state, or leaves fewer states than
// one of a spec, becomes one for each state in which it differs (place.go).
package importer

import (
	"cmp"
	"embed"
	"slices"
	"time"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/internal/finding"
)

// The codes of findings about the source.
const (
	codeNotTaken = "FSM090" // it has no place in a spec, and is left out
	codeByHand   = "FSM091" // it became a hook that has to be written
	codeRenamed  = "FSM092" // its name in the spec does not show its name in the source

	codeUnsupported = "FSM011" // of spec: a word that is not supported yet
)

// Rules are what findings of this package are about. A source that breaks one can still be converted.
func Rules() []spec.Rule {
	return []spec.Rule{
		{Code: codeNotTaken, Severity: spec.Warning, Summary: "something in an import that a spec has no place for"},
		{Code: codeByHand, Severity: spec.Warning, Summary: "something in an import that has to be written by hand"},
		{Code: codeRenamed, Severity: spec.Warning, Summary: "a name of an import that cannot be one of a spec"},
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
	// Spec is the text of the spec, in canonical form. It is nil if Found has an error because of which there can be none.
	Spec []byte
	// Source is the source in UTF-8, without a byte order mark: the text that places of Found are in.
	Source string
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
	opt     Options
	source  []byte
	lines   []int // where each line of the source begins
	counted []int // characters of the source before each multiple of countedBytes
	found   spec.Findings
}

func (i *importer) notTaken(offset int64, message, help string) {
	i.add(codeNotTaken, offset, message, help)
}

func (i *importer) byHand(offset int64, message, help string) {
	i.add(codeByHand, offset, message, help)
}

// refuse reports what makes the source no machine of its tool, or none that a spec can be.
func (i *importer) refuse(code string, offset int64, message, help string) {
	i.add(code, offset, message, help)
	i.found[len(i.found)-1].Severity = spec.Error
}

func (i *importer) add(code string, offset int64, message, help string) {
	i.found = append(i.found, spec.Finding{
		Path: i.opt.Path, Pos: i.at(offset), Severity: spec.Warning, Code: code, Message: message, Help: help,
	})
}

// renamedAt reports a name of the source that is hardly to be recognized in the spec, and returns what its documentation says then.
func (i *importer) renamedAt(offset int64, source, given string) string {
	if !lossy(source) {
		return ""
	}
	i.add(codeRenamed, offset, "the name "+source+" becomes "+given, "names of a spec are lower_snake_case in ASCII")
	return called(source)
}

// called is what the documentation says about a name that is hardly to be recognized.
func called(source string) string { return "Called " + source + " in the source." }

// refused is the result where there can be no spec.
func (i *importer) refused() Result {
	i.found.Sort()
	return Result{Source: string(i.source), Found: i.found}
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
		Spec: text, Source: string(i.source), Found: i.found, Wrong: wrong,
		States: m.stateNames.names, Events: m.eventNames.names, Effects: m.effects,
	}, nil
}

func (i *importer) name() string { return cmp.Or(i.opt.Name, "machine") }

//go:embed explain/*.md
var pages embed.FS

// Explain returns the page about a code of [Rules] in Markdown, as [spec.Explain] does for its codes. It is empty for a
// code that there is not.
func Explain(code string) string { return finding.Page(pages, code) }
