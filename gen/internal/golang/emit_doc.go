package golang

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
)

func (p *plan) emitVersion() []jen.Code {
	return []jen.Code{
		jen.Const().Id("_").Op("=").Add(impl("GenVersion1")).Comment("a compile error here means: update the runtime"),
	}
}

// packageDoc returns the doc of the spec, and then the machine itself as a table.
func (p *plan) packageDoc() string {
	intro, rest, _ := strings.Cut(p.spec.Doc.Value, "\n\n")
	intro = fmt.Sprintf("Package %s is %s", p.pkg, p.predicate(intro))
	return join("\n\n", intro, rest,
		"What it does on each event, state by state:", p.transitionTable(),
		p.entryTable())
}

// predicate makes the first paragraph of the spec what the package is. A noun with its article fits as it stands; behind
// anything else it is said first that this is a machine.
func (p *plan) predicate(intro string) string {
	first, after, _ := strings.Cut(intro, " ")
	switch first {
	case "A", "An", "The", "One":
		return strings.ToLower(first) + " " + sentence(after)
	default:
		return join(" ", fmt.Sprintf("the state machine of %s.", p.a()), sentence(intro))
	}
}

func (p *plan) transitionTable() string {
	rows := [][]string{{"state", "event", "guard", "target", "actions"}}
	for _, s := range p.states {
		for _, c := range s.cells {
			for _, a := range c.transitions {
				for _, alt := range a.alternatives() {
					rows = append(rows, []string{s.Name, c.trigger.label, a.condition(alt), alt.target(), alt.effects()})
				}
			}
			if c.trigger.Kind == spec.OnEvent && (c.own == spec.Postponed || c.own == spec.Ignored) {
				rows = append(rows, []string{s.Name, c.trigger.label, "", "(" + verb(c.own) + ")", ""})
			}
		}
	}
	return align(rows)
}

// entryTable lists what happens on entry and exit, also of the states with others inside.
func (p *plan) entryTable() string {
	rows := [][]string{{"state", "entry", "exit"}}
	for _, s := range p.states {
		entry := []string{hookNames(s.Entry)}
		for _, v := range s.Invokes {
			entry = append(entry, "invoke "+v.Src.Value)
		}
		if len(s.Entry)+len(s.Invokes)+len(s.Exit) > 0 {
			rows = append(rows, []string{s.Name, join(", ", entry...), hookNames(s.Exit)})
		}
	}
	if len(rows) == 1 {
		return ""
	}
	return "What runs on entry and exit:\n\n" + align(rows)
}

func verb(v spec.Verdict) string {
	if v == spec.Postponed {
		return "postpone"
	}
	return "ignore"
}

// condition returns the condition of an alternative of the transition: its guard, and the outcome of its choice.
func (a *transition) condition(alt *transition) string {
	guard := ""
	if a.Guard != nil {
		guard = a.Guard.Value
	}
	if a.Choose == nil {
		return guard
	}
	return join(", ", guard, a.chosen(alt))
}

// chosen is what the choice of a transition comes to for one of its alternatives.
func (a *transition) chosen(alt *transition) string { return a.Choose.Src.Value + " is " + alt.outcome }

// effects are the actions of the transition, then what it does with timers, then what it raises and its reply.
func (a *transition) effects() string {
	effects := []string{hookNames(a.Actions)}
	for _, ref := range a.Cancel {
		effects = append(effects, "cancel "+ref.Value)
	}
	for _, ref := range a.Start {
		effects = append(effects, "start "+ref.Value)
	}
	for _, ref := range a.Update {
		effects = append(effects, "update "+ref.Value)
	}
	for _, ref := range a.Raise {
		effects = append(effects, "raise "+ref.Value)
	}
	switch {
	case a.Postpone:
		effects = append(effects, "postpone")
	case a.Reply != nil:
		effects = append(effects, "reply "+a.Reply.Value)
	case a.Later:
		effects = append(effects, "reply later")
	}
	return join(", ", effects...)
}

func hookNames(refs []*spec.HookRef) string {
	names := make([]string, 0, len(refs))
	for _, r := range refs {
		names = append(names, r.Value)
	}
	return strings.Join(names, ", ")
}

// align lays a table out as preformatted text of a doc comment.
func align(rows [][]string) string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, text := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(text))
		}
	}
	var out []string
	for _, row := range rows {
		var b strings.Builder
		for i, text := range row {
			fmt.Fprintf(&b, "%-*s  ", widths[i], text)
		}
		out = append(out, "\t"+strings.TrimRight(b.String(), " "))
	}
	return strings.Join(out, "\n")
}
