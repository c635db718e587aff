package golang

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
)

// emitParams writes the knobs; a machine without any has no Params.
func (p *plan) emitParams() []jen.Code {
	if len(p.spec.Params) == 0 {
		return nil
	}
	var fields []jen.Code
	for _, k := range p.spec.Params {
		fields = append(fields, member(paramDoc(k), id(spec.GoName(k.Name)).Add(paramType(k.Type.Value))))
	}
	text := fmt.Sprintf("Params are the knobs of %s. They do not change while it lives.", p.a())
	if p.hasDefaults() {
		text += " A field that is zero gets its default."
	}
	return []jen.Code{documented(text, jen.Type().Id("Params").Struct(fields...))}
}

// emitParamChecks writes what holds the params against their bounds, and their defaults.
func (p *plan) emitParamChecks() []jen.Code {
	var codes []jen.Code
	if p.hasBounds() {
		codes = append(codes, p.validate())
	}
	if p.hasDefaults() {
		codes = append(codes, p.withDefaults())
	}
	return codes
}

func (p *plan) hasBounds() bool {
	return slices.ContainsFunc(p.spec.Params, func(k *spec.Param) bool { return k.Min.Value+k.Max.Value != "" })
}

func (p *plan) hasDefaults() bool {
	return slices.ContainsFunc(p.spec.Params, func(k *spec.Param) bool { return k.Default.Value != "" })
}

func paramDoc(k *spec.Param) string {
	var limits []string
	if k.Default.Value != "" {
		limits = append(limits, "default "+k.Default.Value)
	}
	if k.Min.Value != "" {
		limits = append(limits, "at least "+k.Min.Value)
	}
	if k.Max.Value != "" {
		limits = append(limits, "at most "+k.Max.Value)
	}
	return join(" ", sentence(k.Doc.Value), capital(sentence(strings.Join(limits, ", "))))
}

func capital(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

func (p *plan) validate() jen.Code {
	body := []jen.Code{jen.Var().Id("errs").Add(impl("ParamErrors"))}
	for _, k := range p.spec.Params {
		if holds, bound := bounds(k); bound != "" {
			name := spec.GoName(k.Name)
			body = append(body, id("errs.Check").Call(
				jen.Lit(p.spec.Name.Value), jen.Lit(name), id("p."+name), holds, jen.Lit(bound),
			))
		}
	}
	body = append(body, jen.Return(id("errs.Err").Call()))
	return documented("Validate reports every parameter that is out of its bounds.",
		method("p Params", "Validate").Params().Error().Block(body...))
}

// bounds is the condition that a parameter must meet, in Go and in words.
func bounds(k *spec.Param) (holds *jen.Statement, text string) {
	field := "p." + spec.GoName(k.Name)
	var words []string
	if k.Min.Value != "" {
		holds = id(field).Op(">=").Add(value(k.Type.Value, k.Min.Value))
		words = append(words, "at least "+k.Min.Value)
	}
	if k.Max.Value != "" {
		below := id(field).Op("<=").Add(value(k.Type.Value, k.Max.Value))
		if holds == nil {
			holds = below
		} else {
			holds.Op("&&").Add(below)
		}
		words = append(words, "at most "+k.Max.Value)
	}
	return holds, enumerate(words)
}

func (p *plan) withDefaults() jen.Code {
	var body []jen.Code
	for _, k := range p.spec.Params {
		if k.Default.Value == "" {
			continue
		}
		field := id("p." + spec.GoName(k.Name))
		or := jen.Qual("cmp", "Or").Call(field, value(k.Type.Value, k.Default.Value))
		body = append(body, jen.Add(field).Op("=").Add(or))
	}
	body = append(body, jen.Return(id("p")))
	return method("p Params", "withDefaults").Params().Id("Params").Block(body...)
}

// emitData writes the machine's own data; a machine without any has no Data.
func (p *plan) emitData() []jen.Code {
	if len(p.spec.Data) == 0 {
		return nil
	}
	shared := ""
	if p.sharesData() {
		shared = "A copy of it shares what slices, maps and pointers lead to."
	}
	return []jen.Code{documented(
		join(" ", fmt.Sprintf("Data is what %s keeps for itself. Only actions write it.", p.a()), shared),
		jen.Type().Id("Data").Struct(p.structFields(p.spec.Data)...),
	)}
}

// sharesData reports whether a copy of the data leads to what the machine goes on writing.
func (p *plan) sharesData() bool {
	return slices.ContainsFunc(p.spec.Data, func(f *spec.Field) bool { return p.leadsOn(f.Type.Value) })
}

// takesData reports whether New and Start take the data that a machine begins with.
func (p *plan) takesData() bool { return p.spec.Emits(spec.PartData) && len(p.spec.Data) > 0 }

// defaultData returns the data with the defaults of the spec, for callers who change some of it.
func (p *plan) defaultData() []jen.Code {
	if !p.takesData() || p.initialData() == nil {
		return nil
	}
	return []jen.Code{documented("DefaultData returns the data that the spec says a machine begins with.",
		jen.Func().Id("DefaultData").Params().Id("Data").Add(one(jen.Return(p.initialData()))))}
}

// initialData is the data that a machine begins with; nil where it is all zero.
func (p *plan) initialData() *jen.Statement {
	var entries []jen.Code
	for _, f := range p.spec.Data {
		if f.Default.Value != "" {
			entries = append(entries, entry(spec.GoName(f.Name), value(f.Type.Value, f.Default.Value)))
		}
	}
	if len(entries) == 0 {
		return nil
	}
	return jen.Id("Data").Values(entries...)
}
