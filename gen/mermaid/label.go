package mermaid

import (
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/spec"
)

const (
	lineBreak = "<br/>"
	bullet    = "• "
)

// reaction is an arm and what sets it off.
type reaction struct {
	trigger string
	arm     *spec.Arm
}

// reactions are the arms of s in the order in which they are tried: events, then times.
func reactions(s *spec.State) []reaction {
	var rs []reaction
	for _, h := range s.On {
		for _, a := range h.Arms {
			rs = append(rs, reaction{h.Event.Value, a})
		}
	}
	for _, t := range s.After {
		for _, a := range t.Arms {
			rs = append(rs, reaction{"after " + t.Value, a})
		}
	}
	return rs
}

// label is the reaction as one escaped line: trigger [guard] / effects.
func (r reaction) label() string {
	var b strings.Builder
	b.WriteString(r.trigger)
	if r.arm.Guard != nil {
		b.WriteString(" [" + r.arm.Guard.Value + "]")
	}
	if effects := r.effects(); len(effects) > 0 {
		b.WriteString(" / " + strings.Join(effects, ", "))
	}
	if r.arm.Reenter {
		b.WriteString(" (reenter)")
	}
	return escape(b.String())
}

func (r reaction) effects() []string {
	effects := names(r.arm.Actions)
	if r.arm.Reply != nil {
		effects = append(effects, "reply "+r.arm.Reply.Value)
	}
	return effects
}

// inside are the escaped lines of what s does without being left.
func inside(s *spec.State) []string {
	var lines []string
	add := func(word string, names []string) {
		if len(names) > 0 {
			lines = append(lines, escape(word+strings.Join(names, ", ")))
		}
	}
	add("entry / ", names(s.Entry))
	add("exit / ", names(s.Exit))
	for _, r := range reactions(s) {
		if r.arm.To == nil {
			lines = append(lines, r.label())
		}
	}
	var postponed []string
	for _, e := range s.Postpone {
		postponed = append(postponed, e.Value)
	}
	add("postpone ", postponed)
	return lines
}

// arrow is everything that leads from one state to another.
type arrow struct {
	to    *spec.State
	lines []string
}

// arrows are those of s, in the order in which their targets come up.
func arrows(s *spec.State) []arrow {
	var as []arrow
	for _, r := range reactions(s) {
		if r.arm.To == nil {
			continue
		}
		i := slices.IndexFunc(as, func(a arrow) bool { return a.to == r.arm.To })
		if i < 0 {
			i, as = len(as), append(as, arrow{to: r.arm.To})
		}
		as[i].lines = append(as[i].lines, r.label())
	}
	return as
}

// list is a label of several lines. Mermaid wraps long ones, so each begins with a bullet.
func list(lines []string) string {
	if len(lines) == 1 {
		return lines[0]
	}
	return bullet + strings.Join(lines, lineBreak+bullet)
}

func names(refs []*spec.HookRef) []string {
	out := make([]string, len(refs))
	for i, r := range refs {
		out[i] = r.Value
	}
	return out
}
