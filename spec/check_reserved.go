package spec

import "slices"

// reservedNames: the generated code needs some names itself. A payload field becomes a parameter, where it would hide a
// package.
func reservedNames(m *Machine, report func(Finding)) {
	imports := importNames(m)
	for _, ev := range m.Events {
		reportReserved(decl{ev.Pos, ev.Name, "event"}, GoName(ev.Name), reservedMethods.of(m), report)
		reportVetted(decl{ev.Pos, ev.Name, "event"}, ev.Payload, report)
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
		reportVetted(decl{h.Pos, h.Name, h.Kind.String()}, nil, report)
		if h.Group.Value == "" || h.Group.Value == m.Name.Value {
			reportReserved(decl{h.Pos, h.Name, h.Kind.String()}, GoName(h.Name), reservedHooks, report)
		}
	}
	for _, t := range m.Types {
		reportReserved(decl{t.Pos, t.Name, "type"}, t.Name, reservedTypes.of(m), report)
	}
}

// vetted are the methods of which `go vet` knows the parameters and results, with the type of the first payload field for which
// it looks at them; an empty type stands for every payload.
var vetted = map[string]string{
	"GobDecode": "", "GobEncode": "", "MarshalJSON": "", "MarshalXML": "", "ReadByte": "", "ReadRune": "", "UnmarshalJSON": "",
	"UnmarshalXML": "", "UnreadByte": "", "UnreadRune": "", "WriteByte": "",
	"Format": "fmt.State", "ReadFrom": "io.Reader", "Scan": "fmt.ScanState", "Seek": "int64", "WriteTo": "io.Writer",
}

// reportVetted reports a name whose method `go vet` would take for one of the standard library.
func reportVetted(d decl, payload []*Field, report func(Finding)) {
	first, known := vetted[GoName(d.name)]
	if !known || first != "" && (len(payload) == 0 || typeText(payload[0].Type.Value) != first) {
		return
	}
	report(Finding{
		Pos: d.pos, Message: article(d.what) + " cannot be called " + quote(d.name),
		Help: "go vet expects of a method " + GoName(d.name) + " what the standard library does; choose another name",
	})
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
