package spec

import (
	"slices"
	"strings"
)

// badChoices: a choice decides between at least two outcomes, and the arms that choose have an arm for each.
func badChoices(m *Machine, report func(Finding)) {
	for _, h := range m.Choices {
		if len(h.Outcomes) == 1 {
			report(Finding{
				Pos: h.Outcomes[0].Pos, Message: "a choice of one outcome decides nothing",
				Help: "declare the others, or use an action",
			})
		}
	}
	for list := range m.armLists() {
		for _, a := range list.arms {
			if a.Choose != nil {
				reportBeside(a, report)
				a.Choose.reportOutcomes(report)
			}
		}
	}
}

// reportBeside reports what an arm does beside its choice: the outcomes do it.
func reportBeside(a *Arm, report func(Finding)) {
	if word, at := a.firstDeed(); word != "" {
		report(Finding{
			Pos: at, Message: "an arm that chooses has no `" + word + "`", Help: "write it in the outcomes",
			Related: related(a.Choose.Pos, "chosen here"),
		})
	}
}

// firstDeed returns the first word of an arm that does something, and where its value is.
func (a *Arm) firstDeed() (word string, at Pos) {
	switch {
	case a.Target.Value != "":
		return "target", a.Target.Pos
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
		return "", Pos{}
	}
}

func (c *Choose) reportOutcomes(report func(Finding)) {
	for _, o := range c.Outcomes {
		if o.Arm != nil && (o.Arm.Guard != nil || o.Arm.Choose != nil) {
			report(Finding{
				Pos: o.Arm.Pos, Message: "an outcome decides no further",
				Help: "give the choice one more outcome, or use `always` in the target",
			})
		}
	}
	if c.Src.Hook == nil || len(c.Src.Hook.Outcomes) == 0 || len(c.Outcomes) == 0 {
		return // other findings say why
	}
	declared := c.Src.Hook.Outcomes
	known := func(name string) bool {
		return slices.ContainsFunc(declared, func(t Text) bool { return t.Value == name })
	}
	names := mapped(slices.Values(c.Src.Hook.outcomes()), func(t *Text) string { return t.Value })
	taken := map[string]bool{}
	stray := false
	for _, o := range c.Outcomes {
		if taken[o.Value] = true; !known(o.Value) {
			f := Finding{Pos: o.Pos, Message: "choice " + quote(c.Src.Value) + " has no outcome " + quote(o.Value)}
			f.Help, f.Fix = meant(o.Value, names, "", "declare it under the choice's `outcomes`")
			report(f)
			stray = true
		}
	}
	var missing []string
	for _, t := range declared {
		if !taken[t.Value] {
			missing = append(missing, quote(t.Value))
		}
	}
	if len(missing) > 0 && !stray { // a misspelt one would be missing too
		report(Finding{
			Pos: c.Src.Pos, Message: "nothing follows " + strings.Join(missing, ", ") + " of this choice",
			Help:    "add an arm for each outcome",
			Related: related(c.Src.Hook.Pos, "declared here"),
		})
	}
}

func (h *Hook) outcomes() []*Text {
	texts := make([]*Text, 0, len(h.Outcomes))
	for i := range h.Outcomes {
		texts = append(texts, &h.Outcomes[i])
	}
	return texts
}
