package golang

import (
	"fmt"
	"slices"
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

// use is one place of the spec that names a hook.
type use struct {
	place   string   // "exit of locked", "locked --button--> closed"
	trigger *trigger // nil for entry and exit
}

// finder collects where the spec names each hook.
type finder struct {
	plan *plan
	uses map[*spec.Hook][]use
}

func (f *finder) add(ref *spec.HookRef, u use) {
	if ref != nil && !slices.Contains(f.uses[ref.Hook], u) {
		f.uses[ref.Hook] = append(f.uses[ref.Hook], u)
	}
}

// transitions adds the hooks of transitions, which these triggers lead to.
func (f *finder) transitions(label string, all []*spec.Transition, triggers ...*trigger) {
	for _, a := range all {
		for _, t := range triggers {
			for ref := range a.Hooks() {
				f.add(ref, use{arrow(label, a), t})
			}
		}
		if a.Choose == nil {
			continue
		}
		for _, o := range a.Choose.Outcomes {
			f.transitions(label, []*spec.Transition{o.Transition}, triggers...)
		}
	}
}

func (f *finder) state(s *state) {
	for _, ref := range s.Entry {
		f.add(ref, use{place: "entry of " + s.Name})
	}
	for _, ref := range s.Exit {
		f.add(ref, use{place: "exit of " + s.Name})
	}
	for _, h := range s.On {
		if h.Any() {
			f.transitions("*", h.Transitions, f.plan.sent()...)
		} else {
			f.transitions(h.Event.Value, h.Transitions, f.plan.event(h.Event.Event))
		}
	}
	for _, v := range s.Invokes {
		f.add(&v.Src, use{place: s.Name})
	}
	for _, t := range s.waits {
		f.transitions(t.label, t.own(), t)
	}
}

// own are the transitions of the state that waits for the trigger.
func (t *trigger) own() []*spec.Transition {
	switch t.Kind {
	case spec.OnAfter, spec.OnEvery, spec.OnEventTimeout:
		return t.Timer.Transitions
	case spec.OnAlways:
		return t.State.Always
	case spec.OnDone:
		return t.State.OnDone
	case spec.OnInvokeDone:
		return t.Invoke.OnDone
	case spec.OnInvokeError:
		return t.Invoke.OnError
	default:
		return nil
	}
}

// sent returns the events that callers send.
func (p *plan) sent() []*trigger {
	return slices.Collect(func(yield func(*trigger) bool) {
		for _, t := range p.triggers {
			if t.isSent() && !yield(t) {
				return
			}
		}
	})
}

// uses finds where the spec names each hook, in the order of the spec.
func (p *plan) uses() map[*spec.Hook][]use {
	f := finder{p, map[*spec.Hook][]use{}}
	for _, s := range p.states {
		f.state(s)
	}
	return f.uses
}

// arrow draws a transition on one line.
func arrow(label string, a *spec.Transition) string {
	if a.To == nil {
		return fmt.Sprintf("%s --%s", a.Source.Name, label)
	}
	return fmt.Sprintf("%s --%s--> %s", a.Source.Name, label, a.To.Leaf().Name)
}

// places returns the places of the spec that name a hook, each once.
func (h *hook) places() []string {
	var places []string
	for _, u := range h.uses {
		if !slices.Contains(places, u.place) {
			places = append(places, u.place)
		}
	}
	return places
}

// doc is the comment of a hook: where it runs, then what the spec says of it.
func (h *hook) doc() string {
	places := h.places()
	if len(places) == 0 {
		return join("\n\n", h.name+" is used nowhere.", sentence(h.Doc.Value))
	}
	where := fmt.Sprintf("%s %s %s.", h.name, h.verb(), enumerate(places))
	if h.Fails {
		where += " An error goes to the caller in an [fsm.ReplyError]; the transition is taken all the same."
	}
	return join("\n\n", where, sentence(h.Doc.Value))
}

// verb returns the verb for a hook at the places that name it.
func (h *hook) verb() string {
	switch h.Kind {
	case spec.Guard:
		return "guards"
	case spec.Reply:
		return "answers"
	case spec.Choice:
		return "decides"
	case spec.Invoke:
		return "works beside the machine while it is in"
	default:
		return "runs on"
	}
}
