package console

import (
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/spec"
)

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
