package conformancetest

import (
	"errors"
	"maps"
	"strings"
	"time"

	"github.com/fsmgen/fsmgen/runtime/statem"
)

type (
	turn   = statem.Turn[string, int]
	result = statem.Result[string, int]
)

// module returns a callback that follows the rules of the scenario for the module of this name.
func (w *world) module(name string) *statem.Callback[string, int] {
	spec := w.scenario.Machine
	c := &statem.Callback[string, int]{Name: name}
	c.Init = func(x turn) result { return w.init(x) }
	c.Handle = func(x turn) result { return w.follow(name, x, x.Event.Kind.String(), x.Event.Content.(string)) }
	c.Terminate = func(state string, data int, err error) { w.terminate(name, state, data, err) }
	enter := spec.StateEnter
	if m, ok := spec.Modules[name]; ok {
		enter = m.StateEnter
	}
	if enter {
		c.Enter = func(x turn, from string) result { return w.follow(name, x, "enter", from) }
	}
	return c
}

func (w *world) init(x turn) result {
	spec := w.scenario.Machine.Init
	switch spec.Result {
	case "ignore":
		return x.Ignore()
	case "":
		return x.Next(w.scenario.Machine.Initial, w.actions(x, spec.Actions)...)
	default:
		return w.outcome(x, rule{Result: spec.Result, Reason: spec.Reason})
	}
}

func (w *world) terminate(module, state string, data int, err error) {
	e := entry{"k": "terminate", "s": state, "d": data, "why": bareReason(err)}
	if module != "A" {
		e["m"] = module
	}
	w.note(e)
	switch w.scenario.Machine.OnTerminate {
	case "error":
		panic("term_error")
	case "exit":
		statem.Exit(errors.New("term_exit"))
	}
}

// follow returns the result of the first rule that matches, and records it.
func (w *world) follow(module string, x turn, kind, content string) result {
	number, r := w.match(module, x, kind, content)
	e := entry{"k": "cb", "s": x.State, "ty": kind, "e": content, "d": x.Data, "r": number}
	if kind == "named_timeout" {
		e["n"] = x.Event.Name
	}
	if x.Event.From != nil {
		e["id"] = w.callOf(x.Event.From).id
	}
	if module != "A" {
		e["m"] = module
	}
	if r.postpones() {
		e["p"] = 1
	}
	w.note(e)
	switch {
	case number == 0 && kind == "enter":
		return x.Keep()
	case number == 0:
		panic("unhandled")
	default:
		return w.outcome(x, r)
	}
}

func (w *world) match(module string, x turn, kind, content string) (number int, r rule) {
	word, _, _ := strings.Cut(content, "#")
	fits := func(pattern, s string) bool { return pattern == "" || pattern == "*" || pattern == s }
	for i, r := range w.scenario.Machine.Rules {
		typed := r.Type == kind || r.Type == "*" && kind != "enter"
		named := kind != "named_timeout" || fits(r.Name, x.Event.Name)
		if !typed || !named || !fits(r.State, x.State) || !fits(r.Event, word) || !fits(r.Module, module) {
			continue
		}
		if r.Max != nil && w.used[i] >= *r.Max {
			continue
		}
		w.used[i]++
		return i + 1, r
	}
	return 0, rule{}
}

func (r *rule) postpones() bool {
	last := false
	for _, a := range r.Actions {
		if a.A == "postpone" {
			last = a.Value != false
		}
	}
	return last
}

// outcome returns the result of a rule. Its actions are resolved even if the result does not use
// them.
func (w *world) outcome(x turn, r rule) result {
	actions, replies := w.actions(x, r.Actions), w.actions(x, r.Replies)
	x.Data += r.Add
	switch r.Result {
	case "keep_state":
		return x.Keep(actions...)
	case "next_state":
		return x.Next(r.To, actions...)
	case "repeat_state":
		return x.Repeat(actions...)
	case "stop":
		return x.Stop(exitReason(r.Reason))
	case "stop_and_reply":
		return x.Stop(exitReason(r.Reason), replies...)
	case "error":
		panic(r.Reason)
	case "exit":
		statem.Exit(exitReason(r.Reason))
	}
	return result{} // bad_return
}

// exitReason returns a reason in a file as an error; nil for a normal one.
func exitReason(text string) error {
	if text == "normal" {
		return nil
	}
	return errors.New(text)
}

// actions resolves the actions of a rule. It returns those that the machine does, and does the
// others.
func (w *world) actions(x turn, specs []actionSpec) []statem.Action {
	var out []statem.Action
	for _, a := range specs {
		if action, ok := w.action(x, a); ok {
			out = append(out, action)
		}
	}
	return out
}

func (w *world) action(x turn, a actionSpec) (action statem.Action, ok bool) {
	from := x.Event.From
	switch a.A {
	case "postpone":
		return statem.Postpone(a.Value != false), true
	case "next_event":
		ev := statem.Event{Kind: kinds[a.Type], Name: a.Name, Content: a.Event}
		if ev.Kind == statem.KindCall {
			ev.From = from
		}
		return statem.Insert(ev), ev.Kind != statem.KindCall || from != nil
	case "reply":
		return statem.Reply(from, a.Value), from != nil
	case "store":
		if from != nil {
			w.stored = append(w.stored, w.callOf(from))
		}
		return action, false
	case "reply_stored":
		if len(w.stored) == 0 {
			return action, false
		}
		oldest := w.stored[0]
		w.stored = w.stored[1:]
		return statem.Reply(oldest.from, a.Value), true
	case "send_self":
		w.send(statem.Event{Kind: kinds[a.Type], Content: a.Event})
		return action, false
	case "state_timeout":
		return timerAction(statem.StateTimer(), a), true
	case "event_timeout":
		return timerAction(statem.EventTimer(), a), true
	case "named_timeout":
		return timerAction(statem.NamedTimer(a.Name), a), true
	case "change_module":
		return statem.ChangeCallback(w.code[a.To]), true
	case "push_module":
		return statem.PushCallback(w.code[a.To]), true
	case "pop_module":
		return statem.PopCallback(), true
	case "hibernate":
		return statem.Hibernate(), true
	default: // bad
		return statem.Action{}, true
	}
}

var kinds = map[string]statem.Kind{
	"cast": statem.KindCast, "call": statem.KindCall, "info": statem.KindInfo, "internal": statem.KindInternal,
	"timeout": statem.KindEventTimeout, "state_timeout": statem.KindStateTimeout, "named_timeout": statem.KindNamedTimeout,
}

func timerAction(t statem.Timer, a actionSpec) statem.Action {
	switch a.Op {
	case "cancel":
		return t.Cancel()
	case "update":
		return t.Update(a.Event)
	}
	d := statem.Infinity
	if n, ok := a.Ms.(float64); ok {
		d = time.Duration(n) * time.Millisecond
	}
	if a.Abs {
		return t.At(d, a.Event)
	}
	return t.After(d, a.Event)
}

// do does one operation of the script.
func (w *world) do(o op) {
	switch o.Op {
	case "call":
		w.call(o)
	case "cast", "info":
		w.send(statem.Event{Kind: kinds[o.Op], Content: o.Event})
	default:
		if w.core != nil {
			w.core.Request(func() { w.note(w.request(o)) })
		}
	}
}

// request does a system request when its turn comes.
func (w *world) request(o op) entry {
	e := entry{"k": "sys", "op": o.Op}
	switch o.Op {
	case "get_state":
		e["s"], e["d"] = w.core.State()
	case "get_status":
		maps.Copy(e, w.status())
	case "replace_state":
		state, data, _ := o.replace(w.core.State())
		w.core.Replace(state, data)
		e["s"], e["d"] = state, data
	case "suspend":
		w.core.Suspend()
	case "resume":
		w.core.Resume()
	case "change_code":
		if err := w.core.ChangeCode(w.core.Status().Callbacks[0], o.replace); err != nil {
			e["err"] = "error"
		}
	case "stop":
		w.core.Stop(exitReason(o.Reason))
	}
	return e
}

func (o *op) replace(state string, data int) (string, int, error) {
	if o.State != nil {
		state = *o.State
	}
	if o.Data != nil {
		data = *o.Data
	}
	return state, data, nil
}
