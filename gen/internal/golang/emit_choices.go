package golang

import (
	"fmt"

	"github.com/dave/jennifer/jen"
)

// emitChoices writes a type for what each choice decides between.
func (p *plan) emitChoices() []jen.Code {
	var codes []jen.Code
	for _, c := range p.choices {
		codes = append(codes,
			documented(fmt.Sprintf("%s is what %s decides between.", c.typ, c.Name), jen.Type().Id(c.typ).Uint8()),
			c.constants(),
			c.string(),
		)
	}
	return codes
}

func (c *choice) constants() jen.Code {
	var constants []jen.Code
	for i, name := range c.outcomes {
		code := id(name)
		if i == 0 {
			code.Id(c.typ).Op("=").Iota().Op("+").Lit(1)
		}
		constants = append(constants, code)
	}
	return documented(fmt.Sprintf("The outcomes of %s.", c.Name), jen.Const().Defs(constants...))
}

func (c *choice) string() jen.Code {
	var cases []jen.Code
	for i, name := range c.outcomes {
		cases = append(cases, jen.Case(id(name)).Block(jen.Return(jen.Lit(c.Outcomes[i].Value))))
	}
	invalid := jen.Return(jen.Lit(c.typ + "(invalid)"))
	return method("c "+c.typ, "String").Params().String().Block(switchOn(id("c"), cases, invalid))
}

// emitCallers writes the type of the caller of each event that is answered later.
func (p *plan) emitCallers() []jen.Code {
	var codes []jen.Code
	for _, t := range p.triggers {
		if t.later {
			text := fmt.Sprintf("%sCaller waits for the reply of %s. An action keeps it, and any goroutine may answer it.",
				t.name, t.label)
			codes = append(codes, documented(text,
				jen.Type().Id(t.name+"Caller").Op("=").Add(fsm("Caller")).Types(p.goType(t.reply))))
		}
	}
	return codes
}
