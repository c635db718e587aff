package spec

import (
	"regexp"
	"strings"
)

// badNames: every name is lower_snake_case, only types are Go names already.
func badNames(m *Machine, report func(Finding)) {
	if m.Name.Value != "" {
		reportBadName(decl{m.Name.Pos, m.Name.Value, "machine"}, report)
	}
	for ns := range m.namespaces() {
		for _, d := range ns.decls {
			reportBadName(d, report)
		}
	}
	for _, t := range m.Types {
		if !typeName.MatchString(t.Name) {
			report(Finding{
				Pos: t.Pos, Message: quote(t.Name) + " cannot be the name of a type",
				Help: "types have Go names with a capital: Grant, WorkerGrant",
			})
		}
	}
}

func reportBadName(d decl, report func(Finding)) {
	switch {
	case !snakeCase.MatchString(d.name):
		help := "names are lower-case words joined by `_`, and begin with a letter"
		if s := toSnake(d.name); snakeCase.MatchString(s) {
			help = "write it " + quote(s)
		}
		report(Finding{Pos: d.pos, Message: quote(d.name) + " cannot be the name of " + article(d.what), Help: help})
	case isYAMLWord(d.name):
		report(Finding{
			Pos: d.pos, Message: quote(d.name) + " cannot be the name of " + article(d.what),
			Help: "YAML tools disagree about whether it is a name or a truth value; choose another",
		})
	}
}

var wordStart = regexp.MustCompile(`([a-z0-9])([A-Z])`)

// toSnake makes camelCase and kebab-case lower_snake_case.
func toSnake(name string) string {
	return strings.ToLower(strings.NewReplacer("-", "_", " ", "_").Replace(wordStart.ReplaceAllString(name, "${1}_${2}")))
}

// takenNames: states are unique in the whole machine, hooks whatever their kind.
func takenNames(m *Machine, report func(Finding)) {
	for ns := range m.namespaces() {
		first := map[string]decl{}
		for _, d := range ns.decls {
			before, taken := first[d.name]
			if !taken {
				first[d.name] = d
				continue
			}
			report(Finding{
				Pos: d.pos, Message: "there is already " + article(before.what) + " " + quote(d.name),
				Help:    "the name of " + article(ns.what) + " is unique in the machine",
				Related: related(before.pos, "first here"),
			})
		}
	}
}

// collisions: names that differ only in underscores are one name in Go, or differ only in capitals.
func collisions(m *Machine, report func(Finding)) {
	for ns := range m.namespaces() {
		first := map[string]decl{}
		for _, d := range ns.decls {
			key := strings.ToLower(GoName(d.name))
			before, taken := first[key]
			if !taken {
				first[key] = d
			} else if before.name != d.name {
				report(Finding{
					Pos: d.pos, Message: quote(d.name) + " differs from " + quote(before.name) + " only in underscores",
					Help: "give one another name: their Go names are too much alike", Related: related(before.pos, "the other one"),
				})
			}
		}
	}
	for _, scope := range [][]goDecl{m.packageScope(), m.methodScope()} {
		reportShared(scope, report)
	}
}

// goDecl is a Go name that a declaration leads to.
type goDecl struct {
	decl
	goName string
}

// packageScope are the names that the declarations put into the generated package.
func (m *Machine) packageScope() []goDecl {
	var scope []goDecl
	for _, d := range m.stateDecls() {
		scope = append(scope, goDecl{d, "State" + GoName(d.name)})
	}
	for _, ev := range m.Events {
		d := decl{ev.Pos, ev.Name, "event"}
		if scope = append(scope, goDecl{d, GoName(ev.Name) + "Event"}); ev.Call.Value != "" {
			scope = append(scope, goDecl{d, GoName(ev.Name) + "Caller"})
		}
	}
	for _, h := range m.Invokes {
		if len(h.Result) > 0 {
			scope = append(scope, goDecl{decl{h.Pos, h.Name, "invoke"}, GoName(h.Name) + "Result"})
		}
	}
	for _, h := range m.Choices {
		scope = append(scope, goDecl{decl{h.Pos, h.Name, "choice"}, GoName(h.Name)})
		for _, t := range h.Outcomes {
			scope = append(scope, goDecl{decl{t.Pos, t.Value, "outcome"}, GoName(h.Name) + GoName(t.Value)})
		}
	}
	own := decl{m.Name.Pos, m.Name.Value, "machine"} // the group of the hooks that name none
	for _, d := range append(m.groupDecls(), own) {
		scope = append(scope, goDecl{d, GoName(d.name) + "Hooks"})
	}
	for _, t := range m.Types {
		scope = append(scope, goDecl{decl{t.Pos, t.Name, "type"}, t.Name})
	}
	return scope
}

// methodScope are the methods that the events put on the generated machine and its server.
func (m *Machine) methodScope() []goDecl {
	var scope []goDecl
	for _, ev := range m.Events {
		d := decl{ev.Pos, ev.Name, "event"}
		scope = append(scope, goDecl{d, GoName(ev.Name)})
		if m.Emits(PartCan) {
			scope = append(scope, goDecl{d, "Can" + GoName(ev.Name)})
		}
		if m.Emits(PartWould) {
			scope = append(scope, goDecl{d, "Would" + GoName(ev.Name)})
		}
		if ev.Call.Value == "" && m.Emits(PartServer) {
			scope = append(scope, goDecl{d, "Cast" + GoName(ev.Name)})
		}
	}
	return scope
}

func reportShared(scope []goDecl, report func(Finding)) {
	first := map[string]decl{}
	for _, d := range scope {
		before, taken := first[d.goName]
		if !taken {
			first[d.goName] = d.decl
		} else if before.name != d.name && (before.what != d.what || GoName(before.name) != GoName(d.name)) {
			report(Finding{
				Pos: d.pos,
				Message: d.what + " " + quote(d.name) + " and " + before.what + " " + quote(before.name) +
					" are both " + d.goName + " in Go",
				Help: "give one another name", Related: related(before.pos, "the other one"),
			})
		}
	}
}
