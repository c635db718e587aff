package golang

import (
	"fmt"
	"math"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
)

func (p *plan) emitStates() []jen.Code {
	return []jen.Code{
		p.stateType(),
		p.stateConstants(),
	}
}

// emitStateNames writes the names of the states, and what is inside what.
func (p *plan) emitStateNames() []jen.Code {
	codes := []jen.Code{
		documented("States lists every state in the order of the spec.",
			jen.Func().Id("States").Params().Index().Id("State").Block(
				jen.Return(jen.Index().Id("State").Add(filled(p.stateIDs()))),
			)),
		p.stateString(),
	}
	if p.spec.Emits(spec.PartText) {
		codes = append(codes, p.stateText()...)
	}
	return append(codes, p.stateIn(), p.stateFinal())
}

// stateText are the methods that write a state as text and read it.
func (p *plan) stateText() []jen.Code {
	return []jen.Code{
		documented("ParseState returns the state with this name. The error is an [fsm.UnknownStateError].",
			p.parseState()),
		documented("MarshalText gives the name of the state.",
			method("s State", "MarshalText").Params().Params(jen.Index().Byte(), jen.Error()).
				Add(one(jen.Return(jen.Index().Byte().Call(id("s.String").Call()), jen.Nil())))),
		p.unmarshalState(),
	}
}

// hasEnd reports whether the machine can end by itself.
func (p *plan) hasEnd() bool { return len(p.ends()) > 0 }

// ends are the states in which the machine ends.
func (p *plan) ends() (ends []jen.Code) {
	for _, l := range p.leaves {
		if isEnd(l.State) {
			ends = append(ends, id(l.id))
		}
	}
	return ends
}

func (p *plan) stateFinal() jen.Code {
	text := "Final reports whether a machine in the state has ended and handles nothing any more."
	final := method("s State", "Final").Params().Bool()
	ends := p.ends()
	if len(ends) == 0 {
		return documented(text+" There is no such state.", final.Add(one(jen.Return(jen.False()))))
	}
	return documented(text, final.Block(switchOn(id("s"), []jen.Code{jen.Case(ends...).Block(jen.Return(jen.True()))}, jen.Return(jen.False()))))
}

func (p *plan) stateType() jen.Code {
	size := "uint8"
	if len(p.states) > math.MaxUint8 {
		size = "uint16"
	}
	text := fmt.Sprintf("State is where %s is in its life.", p.a())
	if len(p.leaves) < len(p.states) {
		text += " States with others inside are states too, but the current state is always one without."
	}
	return documented(text, jen.Type().Id("State").Id(size))
}

// stateConstants says what each state is behind its name, or above it where one of the lines would get too long.
func (p *plan) stateConstants() jen.Code {
	beside := true
	for _, s := range p.states {
		beside = beside && len(s.doc())+len(p.longestID()) < 90
	}
	var constants []jen.Code
	for i, s := range p.states {
		c := id(s.id)
		if i == 0 {
			c.Id("State").Op("=").Iota().Op("+").Lit(1)
		}
		if beside && s.doc() != "" {
			c.Comment(remark(s.doc()))
		}
		if beside {
			constants = append(constants, c)
		} else {
			constants = append(constants, member(s.doc(), c))
		}
	}
	return documented(fmt.Sprintf("The states of %s, in the order of the spec.", p.a()), jen.Const().Defs(constants...))
}

func (p *plan) longestID() string {
	longest := ""
	for _, s := range p.states {
		if len(s.id) > len(longest) {
			longest = s.id
		}
	}
	return longest
}

func (s *state) doc() string {
	final := ""
	if s.Kind == spec.Final {
		final = "Final."
	}
	return join(" ", sentence(s.Doc.Value), final)
}

func (p *plan) stateIDs() []string {
	ids := make([]string, 0, len(p.states))
	for _, s := range p.states {
		ids = append(ids, s.id)
	}
	return ids
}

func (p *plan) stateString() jen.Code {
	return getter("s State", "String", jen.String(), id("info.StateName").Call(jen.Int().Call(id("s"))))
}

func (p *plan) parseState() jen.Code {
	body := p.renamedStates()
	return jen.Func().Id("ParseState").Params(id("name").String()).Params(id("State"), jen.Error()).Block(append(body,
		jen.For(id("_").Op(",").Id("s").Op(":=").Range().Id("States").Call()).Block(
			jen.If(id("s.String").Call().Op("==").Id("name")).Block(jen.Return(id("s"), jen.Nil())),
		),
		jen.Return(jen.Lit(0), jen.Op("&").Add(fsm("UnknownStateError")).Values(
			entry("Machine", jen.Lit(p.spec.Name.Value)), entry("Name", id("name")), entry("States", id("info.States").Index(jen.Lit(1).Op(":"))),
		)),
	)...)
}

// renamedStates is a switch over the names that states had in older versions.
func (p *plan) renamedStates() []jen.Code {
	var cases []jen.Code
	for _, s := range p.states {
		if len(s.Renamed) > 0 {
			cases = append(cases, jen.Case(literals(s.Renamed)...).Block(jen.Return(id(s.id), jen.Nil())))
		}
	}
	if len(cases) == 0 {
		return nil
	}
	return []jen.Code{jen.Switch(id("name")).Block(cases...)}
}

func (p *plan) unmarshalState() jen.Code {
	return documented("UnmarshalText takes the name of a state. The error is an [fsm.UnknownStateError].",
		method("s *State", "UnmarshalText").Params(id("text").Index().Byte()).Params(id("err").Error()).Block(
			jen.List(jen.Op("*").Id("s"), id("err")).Op("=").Id("ParseState").Call(jen.String().Call(id("text"))),
			jen.Return(id("err")),
		))
}

// stateIn needs a case for every set of ancestors that leaves and others share.
func (p *plan) stateIn() jen.Code {
	in := method("s State", "In").Params(id("of State")).Bool()
	text := "In reports whether s is the state of, or is inside it."
	cases := p.ancestorCases()
	if len(cases) == 0 {
		return documented(text, in.Add(one(jen.Return(id("s").Op("==").Id("of")))))
	}
	return documented(text, in.Block(switchOn(id("s"), cases, jen.Return(id("of").Op("==").Id("s")))))
}

func (p *plan) ancestorCases() []jen.Code {
	var cases []jen.Code
	for _, parent := range p.states {
		var children []jen.Code
		for _, s := range parent.States {
			if s.Kind != spec.History {
				children = append(children, id(p.state(s).id))
			}
		}
		if len(children) == 0 {
			continue
		}
		inside := id("of").Op("==").Id("s")
		for s := range parent.Ancestors() {
			inside.Op("||").Id("of").Op("==").Id(p.state(s).id)
		}
		cases = append(cases, jen.Case(children...).Block(jen.Return(inside)))
	}
	return cases
}
