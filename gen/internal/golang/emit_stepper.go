package golang

import (
	"fmt"

	"github.com/dave/jennifer/jen"
)

// emitStepper writes what makes the machine one that the runtime can testRow.
func (p *plan) emitStepper() []jen.Code {
	cases := []jen.Code{}
	for _, t := range p.triggers {
		if t.content != "" {
			cases = append(cases, jen.Case(id(t.content)).Block(p.stepReturn(t)))
		}
	}
	if len(p.invokes) > 0 {
		cases = append(cases, jen.Case(impl("Outcome")).Block(jen.Return(jen.Nil(), id("m.onInvoke").Call(id("content")))))
	}
	unknown := jen.Return(jen.Nil(), jen.Qual("fmt", "Errorf").Call(
		jen.Lit(fmt.Sprintf("%s: %%T is not an event of %s", p.pkg, p.a())), id("ev.Content"),
	))
	own := p.groups[0]
	return []jen.Code{
		documented("Step handles an event that had to wait. It is for the runtime; events have methods of their own.",
			method("m *Machine", "Step").Params(id("ev").Add(impl("Event"))).Params(jen.Any(), jen.Error()).Block(
				switchOn(p.content(), cases, unknown),
			)),
		documented("Terminate tells the hooks that the machine has ended. It is for the runtime.",
			method("m *Machine", "Terminate").Params(id("reason").Error()).
				Add(one(id("m.hooks."+own.field+".Terminated").Call(id("m.ctx").Call(), id("reason"))))),
	}
}

// content switches on the type of what an event carries; it has a name only if some cell wants a payload.
func (p *plan) content() *jen.Statement {
	named := len(p.invokes) > 0
	for _, t := range p.triggers {
		for _, f := range t.used() {
			named = named || t.content != "" && f.name != ""
		}
	}
	if named {
		return id("content").Op(":=").Id("ev.Content").Assert(jen.Type())
	}
	return id("ev.Content").Assert(jen.Type())
}

func (p *plan) stepReturn(t *trigger) jen.Code {
	on := t.handler()
	if on == "" { // nothing waits for it any more
		return jen.Return(jen.Nil(), id("m.engine.Ignore").Call(id(t.id)))
	}
	var args []jen.Code
	for _, f := range t.used() {
		if f.name == "" {
			args = append(args, impl("CallerOf").Types(p.goType(t.reply)).Call(id("ev")))
		} else {
			args = append(args, id("content."+f.name))
		}
	}
	call := id("m." + on).Call(args...)
	if t.reply == "" {
		return jen.Return(jen.Nil(), call)
	}
	return jen.Return(call)
}
