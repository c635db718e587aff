package console

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/simulate"
)

// command is a word about the conversation.
type command struct {
	word, about string
	do          func(*Console) error
}

func commands() []command {
	return []command{
		{"help", "this list", (*Console).help},
		{"possible", "what can happen now that the machine has a use for", (*Console).possible},
		{"where", "the state, the timers that run and what waits", (*Console).where},
		{"history", "what was said so far, as a script", (*Console).history},
		{"undo", "takes back the last line, and tells the rest again", (*Console).undo},
		{"begin", "begins anew, with the answers of hooks that were said so far", (*Console).begin},
		{"restart", "begins anew, as if nothing had been said", (*Console).forget},
	}
}

// lines are those of a script, as help lists them.
var lines = [][2]string{
	{"send EVENT FIELD=VALUE...", "an event happens"},
	{"wait 5s", "time passes"},
	{"fire TIMER", "time passes until the timer expires"},
	{"return INVOKE FIELD=VALUE...", "work beside the machine ends"},
	{"fail INVOKE REASON", "or fails"},
	{"guard NAME true|false...", "what a guard, or a part of a condition, answers from now on; false without it"},
	{"choose NAME OUTCOME...", "what a choice answers from now on; the first outcome without it"},
	{"reply NAME VALUE", "what a reply answers from now on"},
	{"reply_error NAME REASON", "what a reply with `fails` fails with from now on"},
	{"set FIELD VALUE", "a field of the data, as an action would write it"},
	{"answer VALUE", "to the caller that has waited longest for a reply that comes later"},
}

func (c *Console) help() error {
	var b strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&b, "  %-30s %s\n", l[0], l[1])
	}
	for _, command := range commands() {
		fmt.Fprintf(&b, "  %-30s %s\n", command.word, command.about)
	}
	fmt.Fprintf(&b, "  %-30s %s\n", "quit", "ends the conversation")
	return c.print("%s", b.String())
}

func (c *Console) possible() error {
	var b strings.Builder
	for _, line := range c.suggestions() {
		fmt.Fprintf(&b, "  %s\n", line)
	}
	if b.Len() == 0 {
		b.WriteString("  nothing\n")
	}
	return c.print("%s", b.String())
}

// suggestions are lines that the machine has a use for now.
func (c *Console) suggestions() []string {
	var all []string
	for _, t := range c.machine.Possible() {
		switch t.Kind {
		case spec.OnInvokeDone:
			all = append(all, "return "+t.Invoke.Src.Value+fields(t.Invoke.Src.Hook.Result))
		case spec.OnInvokeError:
			all = append(all, "fail "+t.Invoke.Src.Value+" REASON")
		case spec.OnEvent:
			if t.Event.Timer == nil {
				all = append(all, "send "+t.Event.Name+fields(t.Event.Payload))
			}
		}
	}
	for _, t := range c.machine.Timers() {
		all = append(all, fmt.Sprintf("fire %s   # in %v", t.Name, t.Left))
	}
	return all
}

func fields(of []*spec.Field) string {
	var b strings.Builder
	for _, f := range of {
		b.WriteString(" " + f.Name + "=" + f.Type.Value)
	}
	return b.String()
}

func (c *Console) where() error {
	var b strings.Builder
	if c.machine.Err() != nil {
		fmt.Fprintf(&b, "  ended in %s at %v\n", c.machine.State().Path(), c.machine.Now())
		return c.print("%s", b.String())
	}
	at := c.machine.Configuration()
	fmt.Fprintf(&b, "  %s at %v\n", at.Leaf.Path(), c.machine.Now())
	for _, t := range at.Timers {
		fmt.Fprintf(&b, "  timer %s in %v\n", t.Name, t.Left)
	}
	for _, w := range at.Postponed {
		fmt.Fprintf(&b, "  postponed %s\n", w.Event.Name)
	}
	for _, v := range at.Invokes {
		fmt.Fprintf(&b, "  invoke %s\n", v.Src.Value)
	}
	for _, f := range c.spec.Data {
		value, known := at.Data[f.Name]
		if !known {
			value = "not known"
		}
		fmt.Fprintf(&b, "  data.%s = %v\n", f.Name, value)
	}
	return c.print("%s", b.String())
}

func (c *Console) history() error {
	var b strings.Builder
	for _, s := range c.said {
		fmt.Fprintln(&b, s)
	}
	return c.print("%s", b.String())
}

func (c *Console) begin() error {
	var said []simulate.Stimulus
	for _, s := range c.said {
		if s.Answers() {
			said = append(said, s)
		}
	}
	return c.restart(append(said, simulate.Stimulus{Kind: simulate.Begin}))
}

func (c *Console) forget() error { return c.restart([]simulate.Stimulus{{Kind: simulate.Begin}}) }

func (c *Console) undo() error {
	if c.said[len(c.said)-1].Kind == simulate.Begin {
		return c.print("! there is nothing to undo\n")
	}
	return c.restart(slices.Clone(c.said[:len(c.said)-1]))
}

// Complete completes the last word of a line as far as it is certain, and returns what the word could be. Events,
// timers and invokes are those that the machine has a use for now.
func (c *Console) Complete(line string) (completed string, candidates []string) {
	begin := strings.LastIndexAny(line, " \t") + 1
	before, word := strings.Fields(line[:begin]), line[begin:]
	for _, candidate := range c.candidates(before) {
		if strings.HasPrefix(candidate, word) {
			candidates = append(candidates, candidate)
		}
	}
	if len(candidates) == 0 {
		return line, nil
	}
	word = prefix(candidates)
	if len(candidates) == 1 && !strings.HasSuffix(word, "=") {
		word += " "
	}
	return line[:begin] + word, candidates
}

// prefix is the longest text with which all texts begin.
func prefix(texts []string) string {
	common := texts[0]
	for _, text := range texts[1:] {
		for !strings.HasPrefix(text, common) {
			common = common[:len(common)-1]
		}
	}
	return common
}

// candidates returns the words that can follow those of a line.
func (c *Console) candidates(before []string) []string {
	switch len(before) {
	case 0:
		return verbs()
	case 1:
		return c.names(before[0])
	default:
		return c.values(before[0], before[1])
	}
}

// verbs are the words that a line can begin with.
func verbs() []string {
	verbs := []string{"quit"}
	for _, l := range lines {
		verbs = append(verbs, strings.Fields(l[0])[0])
	}
	for _, command := range commands() {
		verbs = append(verbs, command.word)
	}
	return verbs
}

// names returns the names that a verb takes.
func (c *Console) names(verb string) []string {
	switch verb {
	case "send", "return", "fail":
		var names []string
		for _, line := range c.suggestions() {
			if words := strings.Fields(line); words[0] == verb && !slices.Contains(names, words[1]) {
				names = append(names, words[1])
			}
		}
		return names
	case "fire":
		var names []string
		for _, t := range c.machine.Timers() {
			names = append(names, t.Name)
		}
		return names
	case "guard":
		return hooks(c.spec.Guards)
	case "choose":
		return hooks(c.spec.Choices)
	case "reply":
		return hooks(c.spec.Replies)
	case "reply_error":
		return hooks(slices.DeleteFunc(slices.Clone(c.spec.Replies), func(h *spec.Hook) bool { return !h.Fails }))
	case "set":
		return assignments(c.spec.Data, "")
	default:
		return nil
	}
}

// values returns the values that a verb takes for a name.
func (c *Console) values(verb, name string) []string {
	switch verb {
	case "send":
		for _, ev := range c.spec.Events {
			if ev.Name == name {
				return assignments(ev.Payload, "=")
			}
		}
	case "return":
		for _, h := range c.spec.Invokes {
			if h.Name == name {
				return assignments(h.Result, "=")
			}
		}
	case "guard":
		return []string{"true", "false"}
	case "choose":
		for _, h := range c.spec.Choices {
			if h.Name == name {
				return outcomes(h)
			}
		}
	}
	return nil
}

func hooks(of []*spec.Hook) []string {
	var names []string
	for _, h := range of {
		names = append(names, h.Name)
	}
	return names
}

func assignments(of []*spec.Field, sign string) []string {
	var names []string
	for _, f := range of {
		names = append(names, f.Name+sign)
	}
	return names
}

func outcomes(h *spec.Hook) []string {
	var names []string
	for _, o := range h.Outcomes {
		names = append(names, o.Value)
	}
	return names
}
