package importer

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"
)

// onlyRaises are the events that content raises, if it does nothing else.
func (x *scxml) onlyRaises(content *element) []string {
	var events []string
	for _, e := range content.inner {
		if e.name != "raise" {
			return nil
		}
		events = append(events, x.m.event(e.attrs["event"]))
	}
	return events
}

// actions are hooks that do what content does, one for each of its elements.
func (x *scxml) actions(content *element) []string {
	var actions []string
	for _, e := range content.inner {
		if name := x.action(e); name != "" {
			actions = append(actions, name)
		}
	}
	return actions
}

func (x *scxml) action(e *element) string {
	raw := strings.Join(strings.Fields(string(x.source[e.offset:e.end])), " ")
	hook := func(name string, effect Effect) string {
		given, known := x.m.hookNames.names[raw]
		if !known {
			given = x.m.hook(&x.m.actions, raw, name, "Does "+raw, effect)
			x.byHand(e.offset, "<"+e.name+"> becomes the action "+given, "write it as a hook")
		}
		return given
	}
	event := e.attrs["event"]
	switch {
	case e.name == "raise":
		return hook("raise_"+event, Effect{Raise: x.m.event(event)})
	case e.name == "send" && x.toItself(e):
		return hook("send_"+event, x.sending(e))
	case e.name == "send" && x.failure(e) != "":
		return hook("send_"+event, Effect{Raise: x.failure(e)})
	case e.name == "cancel" && e.attrs["sendid"] != "":
		return hook("cancel_"+e.attrs["sendid"], Effect{Cancel: e.attrs["sendid"]})
	case e.name == "log":
		return hook("log_"+cmp.Or(e.attrs["label"], e.attrs["expr"]), Effect{Text: raw})
	default:
		about := cmp.Or(e.attrs["location"], e.attrs["id"], e.attrs["cond"], event)
		return hook(e.name+"_"+short(about), Effect{Text: raw})
	}
}

// toItself reports whether a send is an event that the machine gets, and the document says which, without data.
func (x *scxml) toItself(e *element) bool {
	target, targetKnown := either(e, "target")
	_, delayKnown := either(e, "delay")
	typ := strings.TrimSuffix(e.attrs["type"], "/")
	return e.attrs["event"] != "" && targetKnown && delayKnown && (target == "" || target == "#_internal") &&
		(typ == "" || typ == "scxml" || strings.HasSuffix(typ, "#SCXMLEventProcessor")) &&
		len(e.inner) == 0 && e.attrs["namelist"] == ""
}

// failure is the event that the machine gets instead, where a send can only fail and the document waits for that: of a
// type that is none, to a target that is none, or to another session.
func (x *scxml) failure(e *element) string {
	target, event := e.attrs["target"], "error.execution"
	switch {
	case strings.HasPrefix(target, "#_scxml_"):
		event = "error.communication"
	case e.attrs["type"] != "" && !strings.Contains(e.attrs["type"], "EventProcessor"):
	case target != "" && !strings.HasPrefix(target, "#_") && !strings.Contains(target, "://"):
	default:
		return ""
	}
	if !slices.Contains(x.known, event) {
		return ""
	}
	return x.m.event(event)
}

func (x *scxml) sending(e *element) Effect {
	event := x.m.event(e.attrs["event"])
	if target, _ := either(e, "target"); target == "#_internal" {
		return Effect{Raise: event}
	}
	text, _ := either(e, "delay")
	delay, err := delayOf(text)
	if err != nil {
		x.notTaken(e.offset, "the delay "+text+" is none", "write it like 1s or 500ms")
	}
	return Effect{Send: event, Delay: delay, ID: e.attrs["id"]}
}

// either is an attribute, or what its expression says if that is a text in quotes; not known if it is another.
func either(e *element, attr string) (text string, known bool) {
	if text = e.attrs[attr]; text != "" {
		return text, true
	}
	return literal(e.attrs[attr+"expr"])
}

// delayOf reads a CSS2 time such as 1s, 500ms or .5s.
func delayOf(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	return time.ParseDuration(strings.ToLower(text))
}

// literal is the text of an expression that is a text in quotes. No expression is one, too.
func literal(expr string) (string, bool) {
	expr = strings.TrimSpace(expr)
	if expr == "" {
		return "", true
	}
	quoted := len(expr) >= 2 && (expr[0] == '\'' || expr[0] == '"') && expr[len(expr)-1] == expr[0]
	if !quoted || strings.Contains(expr[1:len(expr)-1], expr[:1]) {
		return "", false
	}
	return expr[1 : len(expr)-1], true
}

var (
	inState   = regexp.MustCompile(`\bIn\(\s*['"]([^'"]+)['"]\s*\)`)
	operators = regexp.MustCompile(`^(?:[\s()!]|&&|\|\||\bin\d+\b)*$`)
)

// condition is the guard of a transition: nothing where it is always taken.
func (x *scxml) condition(t *element) string {
	cond := strings.TrimSpace(t.attrs["cond"])
	if cond == "" || cond == "true" {
		return ""
	}
	if operators.MatchString(inState.ReplaceAllString(cond, "in0")) && inState.MatchString(cond) {
		return inState.ReplaceAllStringFunc(cond, func(match string) string {
			id := inState.FindStringSubmatch(match)[1]
			name := x.m.stateNames.of(id)
			return x.m.hook(&x.m.guards, "in "+id, "in_"+name, "Holds in "+name+".", Effect{In: name})
		})
	}
	name := x.m.hook(&x.m.guards, "cond "+cond, "cond_"+short(cond), "Holds if "+cond+".", Effect{Text: cond})
	x.byHand(t.offset, "the condition becomes the guard "+name, "write it as a hook, or as an expression over `data`")
	return name
}

// short is a name that is not too long for one.
func short(text string) string {
	const longest = 24
	if name := snake(text); len(name) <= longest {
		return name
	}
	return strings.Trim(snake(text)[:longest], "_")
}
