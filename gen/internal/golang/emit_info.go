package golang

import (
	"fmt"
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
)

// emitInfo writes the tables of the runtime and of observers.
func (p *plan) emitInfo() []jen.Code {
	return []jen.Code{
		documented(fmt.Sprintf("Info returns what is known about every %s before it runs. It is not to be changed.", p.noun),
			jen.Func().Id("Info").Params().Op("*").Add(fsm("Info")).Add(one(jen.Return(jen.Op("&").Id("info.Info"))))),
		numbers("Numbers of the events.", p.eventNumbers()),
		numbers("Numbers of the transitions.", p.transitionIDs()),
		numbers("Numbers of the timers.", p.timerNumbers()),
		numbers("Numbers of the invokes.", p.invokeNumbers()),
		p.infoTable(),
	}
}

// numbers are constants that count from zero.
func numbers(text string, names []string) jen.Code {
	if len(names) == 0 {
		return jen.Null()
	}
	codes := []jen.Code{id(names[0]).Op("=").Iota()}
	for _, name := range names[1:] {
		codes = append(codes, id(name))
	}
	return documented(text, jen.Const().Defs(codes...))
}

// numbered yields one trigger for each number; time-outs of one label share theirs.
func (p *plan) numbered() []*trigger {
	var triggers []*trigger
	seen := map[string]bool{}
	for _, t := range p.triggers {
		if t.id != "" && !seen[t.id] {
			seen[t.id] = true
			triggers = append(triggers, t)
		}
	}
	return triggers
}

func (p *plan) eventNumbers() []string {
	var names []string
	for _, t := range p.numbered() {
		names = append(names, t.id)
	}
	return append(names, "numEvents")
}

func (p *plan) transitionIDs() []string {
	var names []string
	for _, s := range p.states {
		for _, c := range s.cells {
			for _, a := range c.alternatives() {
				names = append(names, a.id)
			}
		}
	}
	return names
}

func (p *plan) timerNumbers() []string {
	var names []string
	for _, t := range p.triggers {
		if t.timer != "" {
			names = append(names, t.timer)
		}
	}
	return names
}

func (p *plan) timers() []jen.Code {
	var entries []jen.Code
	for _, t := range p.triggers {
		if t.timer == "" {
			continue
		}
		fields := []jen.Code{entry("Name", jen.Lit(t.key())), entry("Event", id(t.content).Values())}
		if t.Kind == spec.OnEventTimeout {
			fields = append(fields, entry("Kind", impl("KindEventTimeout")))
		}
		entries = append(entries, entry(t.timer, jen.Values(fields...)))
	}
	return entries
}

func (p *plan) infoTable() jen.Code {
	entries := []jen.Code{
		entry("Machine", jen.Lit(p.spec.Name.Value)),
		entry("States", table(jen.Index().String(), p.stateNames()...)),
		entry("Events", table(jen.Index().String(), p.eventLabels()...)),
		entry("Calls", p.calls()),
		entry("Handles", table(jen.Index().Index().Int(), p.handles()...)),
	}
	if parents := p.parents(); len(parents) > 0 {
		entries = append(entries, entry("Parents", table(jen.Index().Int(), parents...)))
	}
	entries = append(entries,
		entry("Spec", jen.Lit(p.file)),
		entry("Rows", table(jen.Index().Add(impl("TransitionRow")), p.transitions()...)),
	)
	if timers := p.timers(); len(timers) > 0 {
		entries = append(entries, entry("Timers", table(jen.Index().Add(impl("TimerInfo")), timers...)))
	}
	if len(p.invokes) > 0 {
		entries = append(entries, entry("Invokes", table(jen.Index().String(), p.invokeNames()...)))
	}
	if slices.ContainsFunc(p.triggers, func(t *trigger) bool { return t.later }) {
		entries = append(entries, entry("Defers", jen.True()))
	}
	if slices.ContainsFunc(p.triggers, func(t *trigger) bool { return t.retries }) {
		entries = append(entries, entry("Retries", jen.True()))
	}
	info := table(impl("Info"), entries...)
	return jen.Var().Id("info").Op("=").Add(impl("NewInfo")).Call(info)
}

func (p *plan) invokeNames() []jen.Code {
	var entries []jen.Code
	for _, v := range p.invokes {
		entries = append(entries, entry(v.id, jen.Lit(v.Src.Value)))
	}
	return entries
}

func (p *plan) invokeNumbers() []string {
	var names []string
	for _, v := range p.invokes {
		names = append(names, v.id)
	}
	return names
}

func (p *plan) stateNames() []jen.Code {
	var entries []jen.Code
	for _, s := range p.states {
		entries = append(entries, entry(s.id, jen.Lit(s.Name)))
	}
	return entries
}

func (p *plan) eventLabels() []jen.Code {
	var entries []jen.Code
	for _, t := range p.numbered() {
		entries = append(entries, entry(t.id, jen.Lit(t.label)))
	}
	return entries
}

// calls marks the events whose senders wait for a value. The entry behind the last event makes the list long enough.
func (p *plan) calls() jen.Code {
	var entries []jen.Code
	for _, t := range p.numbered() {
		if t.reply != "" {
			entries = append(entries, entry(t.id, jen.True()))
		}
	}
	if len(entries) == 0 {
		return jen.Make(jen.Index().Bool(), id("numEvents"))
	}
	return jen.Index().Bool().Values(append(entries, entry("numEvents", jen.False()))...)
}

// handles lists what may be sent to each state, without what the states around it handle. Time-outs are not sent.
func (p *plan) handles() []jen.Code {
	var entries []jen.Code
	for _, s := range p.states {
		var events []string
		for _, t := range p.said(s) {
			if t.isSent() {
				events = append(events, t.id)
			}
		}
		if len(events) > 0 {
			entries = append(entries, entry(s.id, filled(events)))
		}
	}
	return entries
}

// parents are the states that others are inside.
func (p *plan) parents() []jen.Code {
	var entries []jen.Code
	for _, s := range p.states {
		if s.Parent != nil {
			entries = append(entries, entry(s.id, p.number(s.Parent)))
		}
	}
	return entries
}

// transitions are the rows of the table, in the order of the numbers.
func (p *plan) transitions() []jen.Code {
	var entries []jen.Code
	for _, s := range p.states {
		for _, c := range s.cells {
			for _, a := range c.transitions {
				for _, alt := range a.alternatives() {
					entries = append(entries, p.transition(c, a, alt))
				}
			}
		}
	}
	return entries
}

func (p *plan) transition(c *cell, a, alt *transition) jen.Code {
	event := impl("EventAlways")
	if c.trigger.id != "" {
		event = id(c.trigger.id)
	}
	fields := []jen.Code{entry("From", p.number(c.state.State)), entry("Event", event)}
	switch {
	case !alt.step.Changed:
	case alt.step.History != nil:
		fields = append(fields, entry("History", jen.Lit(alt.step.History.Name)))
	default:
		fields = append(fields, entry("To", p.number(alt.step.Leaf)))
	}
	if a.Guard != nil {
		fields = append(fields, entry("Guard", jen.Lit(a.Guard.Value)))
	}
	if a.Choose != nil {
		fields = append(fields, entry("Choice", jen.Lit(a.chosen(alt))))
	}
	return jen.Values(append(fields, entry("Line", jen.Lit(alt.Pos.Line)))...)
}
