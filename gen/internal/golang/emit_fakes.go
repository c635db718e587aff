package golang

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
)

// fakes are the hooks of the test.
func (t *testFile) fakes() []jen.Code {
	codes := t.script()
	for _, g := range t.groups {
		codes = append(codes, t.fakeGroup(g)...)
	}
	return codes
}

// fake is the type that plays a group of hooks.
func (t *testFile) fake(g *group) string { return t.name("Fake" + spec.GoName(g.name)) }

// script declares the type that the fakes share.
func (t *testFile) script() []jen.Code {
	name := t.name("Script")
	var fields []jen.Code
	if len(t.spec.Guards) > 0 {
		fields = append(fields, id("holds").Index().String())
	}
	if len(t.spec.Choices) > 0 {
		fields = append(fields, id("outcomes").Map(jen.String()).Int())
	}
	codes := []jen.Code{documented(fmt.Sprintf("%s says what hooks answer, and writes down which of them ran.", name),
		jen.Type().Id(name).Struct(append(fields, id("ran").Index().String())...))}
	if len(t.spec.Guards) > 0 {
		codes = append(codes, method("s *"+name, "answer").Params(id("guard").String()).Bool().
			Add(one(jen.Return(jen.Qual("slices", "Contains").Call(id("s.holds"), id("guard"))))))
	}
	if len(t.spec.Choices) > 0 {
		codes = append(codes, method("s *"+name, "choose").Params(id("choice").String()).Int().
			Add(one(jen.Return(jen.Id("max").Call(id("s.outcomes").Index(id("choice")), jen.Lit(1))))))
	}
	if len(t.spec.Actions)+len(t.spec.Replies) > 0 {
		codes = append(codes, method("s *"+name, "run").Params(id("hook").String()).
			Add(one(id("s.ran").Op("=").Append(id("s.ran"), id("hook")))))
	}
	return codes
}

func (t *testFile) fakeGroup(g *group) []jen.Code {
	codes := []jen.Code{documented(fmt.Sprintf("%s plays %s.", t.fake(g), g.typ),
		jen.Type().Id(t.fake(g)).Struct(jen.Op("*").Id(t.name("Script"))))}
	for _, h := range g.hooks {
		codes = append(codes, t.fakeHook(g, h))
		if h.discard != "" {
			var types []jen.Code
			for _, f := range h.Result {
				types = append(types, t.goType(f.Type.Value))
			}
			codes = append(codes, method(t.fake(g), h.discard).Params(types...).Block())
		}
	}
	if g.own {
		codes = append(codes, method(t.fake(g), "Terminated").Params(jen.Op("*").Id("Ctx"), jen.Error()).Block())
	}
	return codes
}

func (t *testFile) fakeHook(g *group, h *hook) jen.Code {
	if h.Kind == spec.Invoke {
		return t.fakeWork(g, h)
	}
	access := "Ctx"
	if h.result != "" {
		access = "View"
	}
	params := []jen.Code{jen.Op("*").Id(access)}
	for _, f := range h.fields {
		params = append(params, t.goType(f.Type.Value))
	}
	fake := method("f "+t.fake(g), h.name).Params(params...)
	path := jen.Lit(h.path)
	switch h.Kind {
	case spec.Guard:
		return fake.Bool().Add(one(jen.Return(id("f.answer").Call(path))))
	case spec.Choice:
		return fake.Id(h.result).Add(one(jen.Return(id(h.result).Call(id("f.choose").Call(path)))))
	case spec.Reply:
		return fake.Add(t.goType(h.result)).Block(id("f.run").Call(path), jen.Return(t.zero(h.result)))
	default:
		return fake.Add(one(id("f.run").Call(path)))
	}
}

// fakeWork is work that does not run: the test gives its result.
func (t *testFile) fakeWork(g *group, h *hook) jen.Code {
	params := []jen.Code{jen.Qual("context", "Context")}
	if len(t.spec.Data) > 0 {
		params = append(params, id("Data"))
	}
	fake := method(t.fake(g), h.name).Params(params...)
	if len(h.Result) == 0 {
		return fake.Error().Add(one(jen.Return(jen.Nil())))
	}
	var types, zeros []jen.Code
	for _, f := range h.Result {
		types = append(types, t.goType(f.Type.Value))
		zeros = append(zeros, t.zero(f.Type.Value))
	}
	return fake.Params(append(types, jen.Error())...).Add(one(jen.Return(append(zeros, jen.Nil())...)))
}
