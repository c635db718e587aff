package check

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/finding"
	"github.com/fsmgen/fsmgen/spec/internal/model"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
	"github.com/fsmgen/fsmgen/spec/internal/wording"
)

// badNames reports names that are not lower_snake_case, and types that are not exported Go names.
func badNames(m *model.Machine, report func(finding.Finding)) {
	if m.Name.Value != "" {
		reportBadName(declaration{m.Name.Pos, m.Name.Value, "machine"}, report)
	}
	for ns := range namespaces(m) {
		for _, d := range ns.decls {
			reportBadName(d, report)
		}
	}
	for _, t := range m.Types {
		if !typeName.MatchString(t.Name) {
			report(finding.Finding{
				Pos: t.Pos, Message: wording.Quote(t.Name) + " cannot be the name of a type",
				Help: "types have Go names with a capital: Grant, WorkerGrant",
			})
		}
	}
}

func reportBadName(d declaration, report func(finding.Finding)) {
	switch {
	case !decl.SnakeCase.MatchString(d.name):
		help := "names are lower-case words joined by `_`, and begin with a letter"
		if s := toSnake(d.name); decl.SnakeCase.MatchString(s) {
			help = "write it " + wording.Quote(s)
		}
		report(finding.Finding{Pos: d.pos, Message: wording.Quote(d.name) + " cannot be the name of " + wording.Article(d.what), Help: help})
	case decl.IsYAMLWord(d.name):
		report(finding.Finding{
			Pos: d.pos, Message: wording.Quote(d.name) + " cannot be the name of " + wording.Article(d.what),
			Help: "YAML tools disagree about whether it is a name or a truth value; choose another",
		})
	}
}

var wordStart = regexp.MustCompile(`([a-z0-9])([A-Z])`)

// toSnake makes camelCase and kebab-case lower_snake_case.
func toSnake(name string) string {
	return strings.ToLower(strings.NewReplacer("-", "_", " ", "_").Replace(wordStart.ReplaceAllString(name, "${1}_${2}")))
}

// takenNames reports names that are declared twice in one namespace: two states, two events or timers, two hooks of any
// kind.
func takenNames(m *model.Machine, report func(finding.Finding)) {
	for ns := range namespaces(m) {
		first := map[string]declaration{}
		for _, d := range ns.decls {
			before, taken := first[d.name]
			if !taken {
				first[d.name] = d
				continue
			}
			report(finding.Finding{
				Pos: d.pos, Message: "there is already " + wording.Article(before.what) + " " + wording.Quote(d.name),
				Help:    "the name of " + wording.Article(ns.what) + " is unique in the machine",
				Related: finding.RelatedTo(before.pos, "first here"),
			})
		}
	}
}

// collisions reports names that become one Go name, or that differ only in capitals there.
func collisions(m *model.Machine, report func(finding.Finding)) {
	for ns := range namespaces(m) {
		first := map[string]declaration{}
		for _, d := range ns.decls {
			key := strings.ToLower(decl.GoName(d.name))
			before, taken := first[key]
			if !taken {
				first[key] = d
			} else if before.name != d.name {
				report(finding.Finding{
					Pos: d.pos, Message: wording.Quote(d.name) + " differs from " + wording.Quote(before.name) + " only in underscores",
					Help: "give one another name: their Go names are too much alike", Related: finding.RelatedTo(before.pos, "the other one"),
				})
			}
		}
	}
	for _, scope := range [][]goDecl{packageScope(m), methodScope(m)} {
		reportShared(scope, report)
	}
}

// goDecl is a Go name that a declaration leads to.
type goDecl struct {
	declaration
	goName string
}

// badDiscards reports invokes that discard a result and have none.
func badDiscards(m *model.Machine, report func(finding.Finding)) {
	for _, h := range m.Invokes {
		if h.Discard && len(h.Result) == 0 {
			report(finding.Finding{
				Pos: h.DiscardPos, Message: "invoke " + wording.Quote(h.Name) + " has no result to discard", Help: "add a `result`, or leave `discard` out",
			})
		}
	}
}

// packageScope are the names that the declarations put into the generated package.
func packageScope(m *model.Machine) []goDecl {
	var scope []goDecl
	for _, d := range stateDecls(m) {
		scope = append(scope, goDecl{d, "State" + decl.GoName(d.name)})
	}
	for _, ev := range m.Events {
		d := declaration{ev.Pos, ev.Name, "event"}
		if scope = append(scope, goDecl{d, decl.GoName(ev.Name) + "Event"}); ev.Call.Value != "" {
			scope = append(scope, goDecl{d, decl.GoName(ev.Name) + "Caller"})
		}
	}
	for _, h := range m.Invokes {
		if len(h.Result) > 0 {
			scope = append(scope, goDecl{declaration{h.Pos, h.Name, "invoke"}, decl.GoName(h.Name) + "Result"})
		}
	}
	for _, h := range m.Choices {
		scope = append(scope, goDecl{declaration{h.Pos, h.Name, "choice"}, decl.GoName(h.Name)})
		for _, t := range h.Outcomes {
			scope = append(scope, goDecl{declaration{t.Pos, t.Value, "outcome"}, decl.GoName(h.Name) + decl.GoName(t.Value)})
		}
	}
	own := declaration{m.Name.Pos, m.Name.Value, "machine"} // the group of the hooks that name none
	for _, d := range append(groupDecls(m), own) {
		scope = append(scope, goDecl{d, decl.GoName(d.name) + "Hooks"})
	}
	for _, t := range m.Types {
		scope = append(scope, goDecl{declaration{t.Pos, t.Name, "type"}, t.Name})
	}
	return scope
}

// methodScope are the methods that the events put on the generated machine and its server.
func methodScope(m *model.Machine) []goDecl {
	var scope []goDecl
	for _, ev := range m.Events {
		d := declaration{ev.Pos, ev.Name, "event"}
		scope = append(scope, goDecl{d, decl.GoName(ev.Name)})
		if m.Emits(model.PartCan) {
			scope = append(scope, goDecl{d, "Can" + decl.GoName(ev.Name)})
		}
		if m.Emits(model.PartWould) {
			scope = append(scope, goDecl{d, "Would" + decl.GoName(ev.Name)})
		}
		if ev.Call.Value == "" && m.Emits(model.PartServer) {
			scope = append(scope, goDecl{d, "Cast" + decl.GoName(ev.Name)})
		}
	}
	return scope
}

func reportShared(scope []goDecl, report func(finding.Finding)) {
	first := map[string]declaration{}
	for _, d := range scope {
		before, taken := first[d.goName]
		if !taken {
			first[d.goName] = d.declaration
		} else if before.name != d.name && (before.what != d.what || decl.GoName(before.name) != decl.GoName(d.name)) {
			report(finding.Finding{
				Pos: d.pos,
				Message: d.what + " " + wording.Quote(d.name) + " and " + before.what + " " + wording.Quote(before.name) +
					" are both " + d.goName + " in Go",
				Help: "give one another name", Related: finding.RelatedTo(before.pos, "the other one"),
			})
		}
	}
}

// reservedNames reports names that the generated code needs itself. A payload field becomes a parameter, which would
// hide an imported package of its name.
func reservedNames(m *model.Machine, report func(finding.Finding)) {
	imports := importNames(m)
	for _, ev := range m.Events {
		reportReserved(declaration{ev.Pos, ev.Name, "event"}, decl.GoName(ev.Name), reservedMethods.of(m), report)
		reportVetted(declaration{ev.Pos, ev.Name, "event"}, ev.Payload, report)
		for _, f := range ev.Payload {
			reportReserved(declaration{f.Pos, f.Name, "payload field"}, decl.GoLocal(f.Name), append(imports, theCaller), report)
		}
	}
	for _, h := range m.Invokes {
		for _, f := range h.Result {
			reportReserved(declaration{f.Pos, f.Name, "result field"}, decl.GoLocal(f.Name), append(imports, theCaller), report)
		}
	}
	reportWords(m, report)
	for _, p := range m.Params {
		reportReserved(declaration{p.Pos, p.Name, "param"}, decl.GoName(p.Name), reservedParams, report)
	}
	for _, h := range m.Choices {
		reportReserved(declaration{h.Pos, h.Name, "choice"}, decl.GoName(h.Name), reservedTypes.of(m), report)
	}
	for h := range m.Hooks() {
		reportVetted(declaration{h.Pos, h.Name, h.Kind.String()}, nil, report)
		if h.Group.Value == "" || h.Group.Value == m.Name.Value {
			reportReserved(declaration{h.Pos, h.Name, h.Kind.String()}, decl.GoName(h.Name), reservedHooks, report)
		}
	}
	for _, t := range m.Types {
		reportReserved(declaration{t.Pos, t.Name, "type"}, t.Name, reservedTypes.of(m), report)
	}
}

// vetted are the methods of which `go vet` knows the parameters and results, with the type of the first payload field
// for which it looks at them; an empty type stands for every payload.
var vetted = map[string]string{
	"GobDecode": "", "GobEncode": "", "MarshalJSON": "", "MarshalXML": "", "ReadByte": "", "ReadRune": "", "UnmarshalJSON": "",
	"UnmarshalXML": "", "UnreadByte": "", "UnreadRune": "", "WriteByte": "",
	"Format": "fmt.State", "ReadFrom": "io.Reader", "Scan": "fmt.ScanState", "Seek": "int64", "WriteTo": "io.Writer",
}

// reportVetted reports a name whose method `go vet` would take for one of the standard library.
func reportVetted(d declaration, payload []*decl.Field, report func(finding.Finding)) {
	first, known := vetted[decl.GoName(d.name)]
	if !known || first != "" && (len(payload) == 0 || typeText(payload[0].Type.Value) != first) {
		return
	}
	report(finding.Finding{
		Pos: d.pos, Message: wording.Article(d.what) + " cannot be called " + wording.Quote(d.name),
		Help: "go vet expects of a method " + decl.GoName(d.name) + " what the standard library does; choose another name",
	})
}

// reportWords reports names that mean something else where the language uses them.
func reportWords(m *model.Machine, report func(finding.Finding)) {
	for s := range m.All() {
		if s.Name == "any" {
			report(finding.Finding{
				Pos: s.Pos, Message: "a state cannot be called `any`", Help: "`from: any` means every state; choose another name",
			})
		}
	}
	for _, h := range m.Replies {
		if h.Name == "later" {
			report(finding.Finding{
				Pos: h.Pos, Message: "a reply cannot be called `later`",
				Help: "`reply: later` means that it comes later; choose another name",
			})
		}
	}
}

func reportReserved(d declaration, goName string, reserved []string, report func(finding.Finding)) {
	if slices.Contains(reserved, goName) {
		report(finding.Finding{
			Pos: d.pos, Message: wording.Article(d.what) + " cannot be called " + wording.Quote(d.name),
			Help: "the generated code has something else called " + goName + "; choose another name",
		})
	}
}

// badRenames reports old names that something has today, and old names that two things claim.
func badRenames(m *model.Machine, report func(finding.Finding)) {
	var states, events, params []renamed
	for s := range m.All() {
		states = append(states, renamed{s.Name, s.Pos, s.Renamed})
		reportRenames("time", timesOf(s.After), report)
		reportRenames("time", timesOf(s.Every), report)
	}
	for ev := range m.AllEvents() {
		events = append(events, renamed{ev.Name, ev.Pos, ev.Renamed})
		reportRenames("payload field", fieldsOf(ev.Payload), report)
	}
	for _, p := range m.Params {
		params = append(params, renamed{p.Name, p.Pos, p.Renamed})
	}
	for _, t := range m.Types {
		reportRenames("field", fieldsOf(t.Fields), report)
	}
	reportRenames("state", states, report)
	reportRenames("event", events, report)
	reportRenames("data field", fieldsOf(m.Data), report)
	reportRenames("param", params, report)
	badRemovals(m, report)
}

// renamed is a declaration that may have had other names.
type renamed struct {
	name string
	pos  syntax.Pos
	from []syntax.Text
}

func fieldsOf(fields []*decl.Field) []renamed {
	var all []renamed
	for _, f := range fields {
		all = append(all, renamed{f.Name, f.Pos, f.Renamed})
	}
	return all
}

// timesOf are the times of one word of a state by the names that snapshots have for them.
func timesOf(times []*model.Timer) []renamed {
	var all []renamed
	for _, t := range times {
		all = append(all, renamed{cmp.Or(t.Name.Value, t.Value), t.Pos, t.Renamed})
	}
	return all
}

func reportRenames(what string, all []renamed, report func(finding.Finding)) {
	today, before := map[string]renamed{}, map[string]renamed{}
	for _, r := range all {
		today[r.name] = r
	}
	for _, r := range all {
		for _, from := range r.from {
			if now, taken := today[from.Value]; taken {
				report(finding.Finding{
					Pos: from.Pos, Message: "there still is " + wording.Article(what) + " " + wording.Quote(from.Value),
					Help:    "an old name is one that nothing has today",
					Related: finding.RelatedTo(now.pos, "declared here"),
				})
			} else if other, taken := before[from.Value]; taken {
				report(finding.Finding{
					Pos: from.Pos, Message: wording.Quote(other.name) + " has been " + wording.Quote(from.Value) + " already",
					Help:    "an old name leads to one new one",
					Related: finding.RelatedTo(other.from[0].Pos, "said here"),
				})
			}
			before[from.Value] = renamed{r.name, r.pos, []syntax.Text{from}}
		}
	}
}

var typeName = regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`)

// The Go names that generated code always has.
var (
	reservedMethods = reserved{
		"":                 {"Data", "Deadline", "Err", "Expire", "Finish", "Invocations", "Params", "State", "Step", "Terminate"},
		model.PartServer:   {"Control", "Done", "In", "Post"},
		model.PartSnapshot: {"Snapshot"},
	}
	reservedTypes = reserved{
		"": {
			"Ctx", "Data", "Event", "Hooks", "Info", "Machine", "New", "NewWith", "Params", "State", "States", "UnknownStateError",
			"View",
		},
		model.PartServer:   {"Server", "Start", "StartAt"},
		model.PartSnapshot: {"Events", "Memory", "ReadSnapshot", "Restore", "RestoreServer", "RestoreWith", "Snapshot"},
		model.PartText:     {"ParseState"},
		model.PartData:     {"DefaultData"},
	}
	reservedParams = []string{"Validate"}
	reservedHooks  = []string{"Terminated"} // in the machine's own group
)

// reserved are names of the generated code by the part that needs them; those of no part are always there.
type reserved map[model.Part][]string

// of returns the names that the code of a machine needs.
func (r reserved) of(m *model.Machine) []string {
	names := slices.Clone(r[""])
	for _, p := range model.Parts() {
		if m.Emits(p) {
			names = append(names, r[p]...)
		}
	}
	return names
}
