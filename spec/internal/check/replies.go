package check

import (
	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/finding"
	"github.com/fsmgen/fsmgen/spec/internal/model"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
	"github.com/fsmgen/fsmgen/spec/internal/wording"
)

// repliesWithoutCall reports replies to a trigger that is not a call.
func repliesWithoutCall(m *model.Machine, report func(finding.Finding)) {
	for list := range transitionLists(m) {
		for _, a := range list.all() {
			if at, ok := replies(a); ok {
				list.reportReply(at, report)
			}
		}
	}
}

// replies returns where a transition says that it replies, now or later.
func replies(a *model.Transition) (syntax.Pos, bool) {
	switch {
	case a.Later:
		return a.LaterPos, true
	case a.Reply != nil && a.Reply.Value != "":
		return a.Reply.Pos, true
	default:
		return syntax.Pos{}, false
	}
}

func (l transitionList) reportReply(at syntax.Pos, report func(finding.Finding)) {
	if l.event == nil {
		report(finding.Finding{Pos: at, Message: l.place + " has no caller to reply to", Help: "leave the reply out"})
		return
	}
	for _, c := range l.eachCause() {
		if c.event.Call.Value == "" {
			report(finding.Finding{
				Pos: at, Message: c.String() + " is no call, so no caller waits for a reply",
				Help:    "give the event a `call` type, or leave the reply out",
				Related: finding.RelatedTo(c.event.Pos, "declared here"),
			})
			return
		}
	}
}

// repliesOfManyTypes reports reply hooks that answer calls of different types: a hook is one Go function.
func repliesOfManyTypes(m *model.Machine, report func(finding.Finding)) {
	first := map[*decl.Hook]*decl.Event{}
	for use, c := range causeHooks(m) {
		if use.kind != decl.Reply || c.event == nil || c.event.Call.Value == "" {
			continue
		}
		before, seen := first[use.ref.Hook]
		if !seen {
			first[use.ref.Hook] = c.event
		} else if !sameType(before.Call.Value, c.event.Call.Value) {
			report(finding.Finding{
				Pos: use.ref.Pos,
				Message: "reply " + wording.Quote(use.ref.Value) + " answers " + wording.Quote(before.Name) + " with " + wording.Quote(before.Call.Value) +
					", but " + wording.Quote(c.event.Name) + " wants " + wording.Quote(c.event.Call.Value),
				Help:    "use another reply here",
				Related: []finding.Related{{Pos: before.Call.Pos, Message: "one type"}, {Pos: c.event.Call.Pos, Message: "the other"}},
			})
		}
	}
}

// callsWithoutReply reports transitions that take a call and do not answer it.
func callsWithoutReply(m *model.Machine, report func(finding.Finding)) {
	for list := range transitionLists(m) {
		if list.event == nil || list.state.Kind == model.Final {
			continue
		}
		call := list.call()
		if call == nil {
			continue
		}
		for _, a := range list.all() {
			if _, replies := replies(a); !replies && a.Reply == nil && a.Choose == nil && !a.Postpone {
				report(finding.Finding{
					Pos: a.Pos, Message: "this transition leaves the call " + wording.Quote(call.Name) + " without a reply",
					Label: "the caller gets a NoReplyError", Help: "add a `reply`",
					Related: finding.RelatedTo(call.Call.Pos, "the type of the reply"),
				})
			}
		}
	}
}

// call is the first call that the list decides, nil where it decides none.
func (l transitionList) call() *decl.Event {
	for _, c := range l.eachCause() {
		if c.event != nil && c.event.Call.Value != "" {
			return c.event
		}
	}
	return nil
}

// callersNotTaken reports transitions that reply later and have no action that takes the caller.
func callersNotTaken(m *model.Machine, report func(finding.Finding)) {
	for list := range transitionLists(m) {
		for _, a := range list.all() {
			if a.Later && !someActionTakesCaller(a) {
				report(finding.Finding{
					Pos: a.LaterPos, Message: "no action keeps the caller to reply to",
					Help: "add an action that takes it: `payload: [caller]`",
				})
			}
		}
	}
}

func someActionTakesCaller(a *model.Transition) bool {
	for _, r := range a.Actions {
		if r.Hook == nil || takesCaller(r.Hook) { // a hook without a declaration is another finding
			return true
		}
	}
	return false
}

func takesCaller(h *decl.Hook) bool {
	for _, t := range h.Payload {
		if t.Value == theCaller {
			return true
		}
	}
	return false
}

// strayCallers reports hooks that take the caller where they do not get it: only an action of a transition that replies
// later does.
func strayCallers(m *model.Machine, report func(finding.Finding)) {
	for h := range m.Hooks() {
		if h.Kind != decl.Action && takesCaller(h) {
			report(finding.Finding{
				Pos: h.Pos, Message: wording.Article(h.Kind.String()) + " does not get the caller",
				Help: "take `caller` in an action, on a transition with `reply: later`",
			})
		}
	}
	for use := range hookUses(m) {
		h := use.ref.Hook
		if h != nil && use.kind == decl.Action && use.transition != nil && !use.transition.Later && use.causes != nil && takesCaller(h) {
			report(finding.Finding{
				Pos: use.ref.Pos, Message: "action " + wording.Quote(h.Name) + " takes the caller of a reply that does not come later",
				Help: "add `reply: later` to the transition, or use another action", Related: finding.RelatedTo(h.Pos, "declared here"),
			})
		}
	}
}
