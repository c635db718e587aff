package check

import (
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/finding"
	"github.com/fsmgen/fsmgen/spec/internal/model"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
	"github.com/fsmgen/fsmgen/spec/internal/wording"
)

// badChoices reports choices with fewer than two outcomes, and transitions whose branches are not those outcomes.
func badChoices(m *model.Machine, report func(finding.Finding)) {
	for _, h := range m.Choices {
		if len(h.Outcomes) == 1 {
			report(finding.Finding{
				Pos: h.Outcomes[0].Pos, Message: "a choice of one outcome decides nothing",
				Help: "declare the others, or use an action",
			})
		}
	}
	for list := range transitionLists(m) {
		for _, a := range list.transitions {
			if a.Choose != nil {
				reportBeside(a, report)
				reportOutcomes(a.Choose, report)
			}
		}
	}
}

// reportBeside reports what a transition does beside its choice: the outcomes do it.
func reportBeside(a *model.Transition, report func(finding.Finding)) {
	if word, at := deedBeside(a); word != "" {
		report(finding.Finding{
			Pos: at, Message: "a transition that chooses has no `" + word + "`", Help: "write it in the outcomes",
			Related: finding.RelatedTo(a.Choose.Pos, "chosen here"),
		})
	}
}

// deedBeside returns the first word of a transition beside its guard and its choice, and where its value is.
func deedBeside(a *model.Transition) (word string, at syntax.Pos) {
	switch {
	case a.Target.Value != "":
		return "target", a.Target.Pos
	case a.Postpone:
		return "postpone", a.PostponePos
	case len(a.Actions) > 0:
		return "actions", a.Actions[0].Pos
	case a.Reply != nil:
		return "reply", a.Reply.Pos
	case a.Later:
		return "reply", a.LaterPos
	case len(a.Raise) > 0:
		return "raise", a.Raise[0].Pos
	case len(a.Start) > 0:
		return "start", a.Start[0].Pos
	case len(a.Cancel) > 0:
		return "cancel", a.Cancel[0].Pos
	case len(a.Update) > 0:
		return "update", a.Update[0].Pos
	default:
		return "", syntax.Pos{}
	}
}

func reportOutcomes(c *model.Choose, report func(finding.Finding)) {
	for _, o := range c.Outcomes {
		if o.Transition != nil && (o.Transition.Guard != nil || o.Transition.Choose != nil) {
			report(finding.Finding{
				Pos: o.Transition.Pos, Message: "an outcome decides no further",
				Help: "give the choice one more outcome, or use `always` in the target",
			})
		}
	}
	if c.Src.Hook == nil || len(c.Src.Hook.Outcomes) == 0 || len(c.Outcomes) == 0 {
		return // other findings say why
	}
	declared := c.Src.Hook.Outcomes
	known := func(name string) bool {
		return slices.ContainsFunc(declared, func(t syntax.Text) bool { return t.Value == name })
	}
	names := mapped(slices.Values(outcomes(c.Src.Hook)), func(t *syntax.Text) string { return t.Value })
	taken := map[string]bool{}
	stray := false
	for _, o := range c.Outcomes {
		if taken[o.Value] = true; !known(o.Value) {
			f := finding.Finding{Pos: o.Pos, Message: "choice " + wording.Quote(c.Src.Value) + " has no outcome " + wording.Quote(o.Value)}
			f.Help, f.Fix = wording.Suggest(o.Value, names, "", "declare it under the choice's `outcomes`")
			report(f)
			stray = true
		}
	}
	var missing []string
	for _, t := range declared {
		if !taken[t.Value] {
			missing = append(missing, wording.Quote(t.Value))
		}
	}
	if len(missing) > 0 && !stray { // a misspelt one would be missing too
		report(finding.Finding{
			Pos: c.Src.Pos, Message: "nothing follows " + strings.Join(missing, ", ") + " of this choice",
			Help:    "add a transition for each outcome",
			Related: finding.RelatedTo(c.Src.Hook.Pos, "declared here"),
		})
	}
}

func outcomes(h *decl.Hook) []*syntax.Text {
	texts := make([]*syntax.Text, 0, len(h.Outcomes))
	for i := range h.Outcomes {
		texts = append(texts, &h.Outcomes[i])
	}
	return texts
}

// badRaises reports raised events whose payload does not come with what led there, and raised calls.
func badRaises(m *model.Machine, report func(finding.Finding)) {
	for list := range transitionLists(m) {
		for _, a := range list.all() {
			for _, r := range a.Raise {
				if r.Event != nil {
					list.reportRaise(r, report)
				}
			}
		}
	}
}

func (l transitionList) reportRaise(r *decl.EventRef, report func(finding.Finding)) {
	ev := r.Event
	switch {
	case ev.Timer != nil:
		report(finding.Finding{
			Pos: r.Pos, Message: wording.Quote(ev.Name) + " is the event of a timer, which cannot be raised", Help: "write `start: " + ev.Name + "`",
			Related: finding.RelatedTo(ev.Timer.Pos, "declared here"),
		})
	case ev.Call.Value != "":
		report(finding.Finding{
			Pos: r.Pos, Message: "the call " + wording.Quote(ev.Name) + " cannot be raised: no caller waits for the reply",
			Help: "raise an event without `call`", Related: finding.RelatedTo(ev.Call.Pos, "declared here"),
		})
	case l.causes == nil && len(ev.Payload) > 0:
		report(finding.Finding{
			Pos: r.Pos, Message: "event " + wording.Quote(ev.Name) + " has payload, and " + l.place + " has none to give",
			Help:    "raise an event without payload, or let an action call `x.Raise`",
			Related: finding.RelatedTo(ev.Payload[0].Pos, "needed here"),
		})
	default:
		for _, c := range l.eachCause() {
			if c.reportRaise(r, report) {
				return
			}
		}
	}
}

// reportRaise reports the first field that a raised event does not get from the cause, and returns whether there is
// one.
func (c cause) reportRaise(r *decl.EventRef, report func(finding.Finding)) bool {
	for _, f := range r.Event.Payload {
		own := c.field(f.Name)
		message := ""
		switch {
		case own == nil:
			message = wording.Quote(r.Value) + " needs " + wording.Quote(f.Name) + ", which " + c.String() + " does not have"
		case !sameType(own.Type.Value, f.Type.Value):
			message = wording.Quote(r.Value) + " needs " + wording.Quote(f.Name) + " as " + wording.Quote(f.Type.Value) + ", and " + c.String() +
				" has it as " + wording.Quote(own.Type.Value)
		default:
			continue
		}
		report(finding.Finding{
			Pos: r.Pos, Message: message, Help: "let an action call `x.Raise` with what it needs",
			Related: finding.RelatedTo(f.Pos, "needed here"),
		})
		return true
	}
	return false
}
