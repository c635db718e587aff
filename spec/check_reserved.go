package spec

import "slices"

// reservedNames: the generated code needs some names itself. A payload field becomes a parameter, where it would hide a
// package.
func reservedNames(m *Machine, report func(Finding)) {
	imports := importNames(m)
	for _, ev := range m.Events {
		reportReserved(decl{ev.Pos, ev.Name, "event"}, GoName(ev.Name), reservedMethods.of(m), report)
		for _, f := range ev.Payload {
			reportReserved(decl{f.Pos, f.Name, "payload field"}, GoLocal(f.Name), append(imports, theCaller), report)
		}
	}
	for _, h := range m.Invokes {
		for _, f := range h.Result {
			reportReserved(decl{f.Pos, f.Name, "result field"}, GoLocal(f.Name), append(imports, theCaller), report)
		}
	}
	reportWords(m, report)
	for _, p := range m.Params {
		reportReserved(decl{p.Pos, p.Name, "param"}, GoName(p.Name), reservedParams, report)
	}
	for _, h := range m.Choices {
		reportReserved(decl{h.Pos, h.Name, "choice"}, GoName(h.Name), reservedTypes.of(m), report)
	}
	for h := range m.Hooks() {
		if h.Group.Value == "" || h.Group.Value == m.Name.Value {
			reportReserved(decl{h.Pos, h.Name, h.Kind.String()}, GoName(h.Name), reservedHooks, report)
		}
	}
	for _, t := range m.Types {
		reportReserved(decl{t.Pos, t.Name, "type"}, t.Name, reservedTypes.of(m), report)
	}
}

// reportWords reports names that mean something else where the language uses them.
func reportWords(m *Machine, report func(Finding)) {
	for s := range m.All() {
		if s.Name == "any" {
			report(Finding{
				Pos: s.Pos, Message: "a state cannot be called `any`", Help: "`from: any` means every state; choose another name",
			})
		}
	}
	for _, h := range m.Replies {
		if h.Name == "later" {
			report(Finding{
				Pos: h.Pos, Message: "a reply cannot be called `later`",
				Help: "`reply: later` means that it comes later; choose another name",
			})
		}
	}
}

func reportReserved(d decl, goName string, reserved []string, report func(Finding)) {
	if slices.Contains(reserved, goName) {
		report(Finding{
			Pos: d.pos, Message: article(d.what) + " cannot be called " + quote(d.name),
			Help: "the generated code has something else called " + goName + "; choose another name",
		})
	}
}
