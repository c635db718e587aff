package simulate

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// StimulusError reports a line of a script that cannot be read or done.
type StimulusError struct {
	Line    string
	Problem string
	Want    []string // what is allowed instead; may be empty
}

func (e *StimulusError) Error() string {
	return fmt.Sprintf("simulate: %s: %s%s", e.Line, e.Problem, wanted(e.Want))
}

// ParseScript reads stimuli, one a line. Empty lines and what follows a # at the beginning of a word are left out. An
// error is a [StimulusError].
func ParseScript(text string) ([]Stimulus, error) {
	var script []Stimulus
	for line := range strings.Lines(text) {
		words, err := split(line)
		if err != nil {
			return nil, err
		}
		if len(words) == 0 {
			continue
		}
		s, err := parse(strings.TrimSpace(line), words)
		if err != nil {
			return nil, err
		}
		script = append(script, s)
	}
	return script, nil
}

// ParseStimulus reads one line.
func ParseStimulus(line string) (Stimulus, error) {
	script, err := ParseScript(line)
	if err != nil {
		return Stimulus{}, err
	}
	if len(script) != 1 {
		return Stimulus{}, &StimulusError{Line: strings.TrimSpace(line), Problem: "is not one line of a script", Want: verbList()}
	}
	return script[0], nil
}

func parse(line string, words []word) (Stimulus, error) {
	s := Stimulus{}
	for kind, verb := range verbs {
		if words[0].text == verb {
			s.Kind = kind
		}
	}
	if s.Kind == 0 {
		return s, &StimulusError{Line: line, Problem: words[0].text + " is not a word of a script", Want: verbList()}
	}
	if problem := s.read(words[1:]); problem != "" {
		return s, &StimulusError{Line: line, Problem: problem}
	}
	return s, nil
}

// read takes the words behind the verb. It returns what is wrong with them.
func (s *Stimulus) read(words []word) string {
	if s.Kind == Begin {
		if len(words) > 0 {
			return "wants nothing behind it"
		}
		return ""
	}
	if s.Kind != Wait && s.Kind != Resolve {
		if len(words) == 0 || words[0].text == "" || words[0].field != "" {
			return "names nothing"
		}
		s.Name, words = words[0].text, words[1:]
	}
	if s.Kind == Fire { // the names of timers have spaces
		for _, w := range words {
			s.Name += " " + w.text
		}
		return ""
	}
	switch s.Kind {
	case Send, Return:
		return s.readFields(words)
	case Guard:
		return s.readAnswers(words)
	case Choose:
		return s.readPicks(words)
	}
	if len(words) != 1 {
		return fmt.Sprintf("wants one value, not %d: put quotes around a text with spaces", len(words))
	}
	s.Text = words[0].text
	if s.Kind != Wait {
		return ""
	}
	d, err := time.ParseDuration(s.Text)
	s.After, s.Text = d, ""
	if err != nil || d < 0 {
		return "wants a duration: 5s, 100ms"
	}
	return ""
}

func (s *Stimulus) readFields(words []word) string {
	for _, w := range words {
		if w.field == "" {
			return fmt.Sprintf("%s is not FIELD=VALUE", w.text)
		}
		s.Fields = append(s.Fields, Setting{w.field, w.text})
	}
	return ""
}

func (s *Stimulus) readAnswers(words []word) string {
	for _, w := range words {
		if w.text != "true" && w.text != "false" {
			return fmt.Sprintf("%s is neither true nor false", w.text)
		}
		s.Holds = append(s.Holds, w.text == "true")
	}
	if len(s.Holds) == 0 {
		return "wants true or false"
	}
	return ""
}

func (s *Stimulus) readPicks(words []word) string {
	for _, w := range words {
		s.Picks = append(s.Picks, w.text)
	}
	if len(s.Picks) == 0 {
		return "wants an outcome"
	}
	return ""
}

func verbList() []string {
	var list []string
	for kind := Send; kind <= Begin; kind++ {
		list = append(list, verbs[kind])
	}
	return list
}

// word is one word of a line; the value, where it is FIELD=VALUE.
type word struct {
	field, text string
}

func split(line string) ([]word, error) {
	var words []word
	rest := strings.TrimSpace(line)
	for rest != "" && !strings.HasPrefix(rest, "#") {
		var w word
		if end := strings.IndexAny(rest, "= \t\""); end > 0 && rest[end] == '=' {
			w.field, rest = rest[:end], rest[end+1:]
		}
		if strings.HasPrefix(rest, `"`) {
			quote, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return nil, &StimulusError{Line: strings.TrimSpace(line), Problem: "a quote is not closed"}
			}
			w.text, _ = strconv.Unquote(quote)
			rest = rest[len(quote):]
			if rest != "" && !strings.ContainsAny(rest[:1], " \t") {
				return nil, &StimulusError{Line: strings.TrimSpace(line), Problem: "a quote ends inside of a word"}
			}
		} else {
			end := strings.IndexAny(rest+" ", " \t")
			w.text, rest = rest[:end], rest[end:]
		}
		words = append(words, w)
		rest = strings.TrimSpace(rest)
	}
	return words, nil
}

// quoted puts quotes around a text that would not be one word.
func quoted(text string) string {
	if text == "" || strings.ContainsAny(text, " \t\n\"=#") || strconv.Quote(text) != `"`+text+`"` {
		return strconv.Quote(text)
	}
	return text
}
