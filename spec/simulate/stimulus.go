package simulate

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/expr"
)

// StimulusKind says what a stimulus does.
type StimulusKind uint8

// The kinds of stimulus, and the lines of a script that they are.
const (
	Send        StimulusKind = iota + 1 // send EVENT FIELD=VALUE...
	Wait                                // wait DURATION
	Fire                                // fire TIMER: wait until it expires
	Return                              // return INVOKE[@STATE] FIELD=VALUE...
	Fail                                // fail INVOKE[@STATE] REASON
	Guard                               // guard NAME true|false...: what it answers from now on, the last for good
	Choose                              // choose NAME OUTCOME...: likewise
	Answer                              // reply NAME VALUE: what it answers from now on
	AnswerError                         // reply_error NAME REASON: what it fails with from now on
	Set                                 // set FIELD VALUE: a field of the data
	Resolve                             // answer VALUE: to the caller that has waited longest
	Begin                               // begin: the answers above are there when the machine begins, those below come after
)

var verbs = map[StimulusKind]string{
	Send: "send", Wait: "wait", Fire: "fire", Return: "return", Fail: "fail",
	Guard: "guard", Choose: "choose", Answer: "reply", AnswerError: "reply_error", Set: "set", Resolve: "answer", Begin: "begin",
}

// Stimulus is one line of a script: an input of a machine, or an answer of one of its hooks.
type Stimulus struct {
	Kind   StimulusKind
	Name   string        // of the event, timer, invoke, hook or field
	After  time.Duration // of Wait
	Fields []Setting     // of Send and Return
	Holds  []bool        // of Guard
	Picks  []string      // of Choose
	Text   string        // of Fail, Answer, AnswerError, Set and Resolve
}

// Setting is a field and the text of its value.
type Setting struct {
	Name, Text string
}

// String is the stimulus as a line of a script, which [ParseStimulus] reads.
func (s Stimulus) String() string {
	words := []string{verbs[s.Kind]}
	if s.Kind == Wait {
		words = append(words, s.After.String())
	}
	if s.Name != "" {
		words = append(words, quoted(s.Name))
	}
	for _, f := range s.Fields {
		words = append(words, f.Name+"="+quoted(f.Text))
	}
	for _, h := range s.Holds {
		words = append(words, fmt.Sprint(h))
	}
	for _, p := range s.Picks {
		words = append(words, quoted(p))
	}
	switch s.Kind {
	case Fail, Answer, AnswerError, Set, Resolve:
		words = append(words, quoted(s.Text))
	}
	return strings.Join(words, " ")
}

// Apply does what the stimulus says. The answers must be the oracle of the machine. The error says what is wrong with
// the stimulus; what becomes of an event is in the transcript alone.
func (s Stimulus) Apply(m *Machine, a *Answers) error {
	switch s.Kind {
	case Send:
		return s.send(m)
	case Begin:
		return s.unknown("is for before the machine begins", nil)
	case Wait:
		m.Advance(s.After)
		return nil
	case Fire:
		if _, ok := m.Until(s.Name); !ok {
			return s.unknown("is not a timer that runs", timerNames(m))
		}
		return nil
	case Return:
		return s.conclude(m)
	case Fail:
		return m.Finish(s.Name, nil, errors.New(s.Text))
	case Set:
		return s.set(m)
	case Resolve:
		if len(m.Callers()) == 0 {
			return s.unknown("has no answer to give: no caller waits", nil)
		}
		m.Callers()[0].Reply(s.Text)
		return nil
	default:
		return s.Answer(m.spec, a)
	}
}

func (s Stimulus) send(m *Machine) error {
	i := slices.IndexFunc(m.spec.Events, func(ev *spec.Event) bool { return ev.Name == s.Name })
	if i < 0 {
		return s.unknown("is not an event", m.sendable())
	}
	payload, err := s.Payload(m.spec.Events[i])
	if err != nil {
		return err
	}
	if m.Err() != nil {
		return m.Err()
	}
	_, err = m.Send(s.Name, payload)
	if _, wrong := errors.AsType[*EventError](err); wrong {
		return err
	}
	return nil
}

func (s Stimulus) conclude(m *Machine) error {
	v := m.running(s.Name)
	if v == nil {
		return m.Finish(s.Name, nil, nil)
	}
	result, err := s.values(v.Src.Hook.Result)
	if err != nil {
		return err
	}
	m.Conclude(v, result, nil)
	return nil
}

// Payload returns the fields of a Send as values of the types that the event gives them.
func (s Stimulus) Payload(ev *spec.Event) (Values, error) { return s.values(ev.Payload) }

// values reads the fields by the types that the spec gives them. A value that is not of a basic type stays a text.
func (s Stimulus) values(fields []*spec.Field) (Values, error) {
	values := Values{}
	for _, given := range s.Fields {
		i := slices.IndexFunc(fields, func(f *spec.Field) bool { return f.Name == given.Name })
		if i < 0 {
			return nil, s.unknown("has no field "+given.Name, names(fields))
		}
		value, err := s.value(fields[i].Type.Value, given.Text)
		if err != nil {
			return nil, err
		}
		values[given.Name] = value
	}
	return values, nil
}

func (s Stimulus) value(typ, text string) (any, error) {
	if literal(typ, "") == nil {
		return text, nil
	}
	value, ok := Parse(typ, text)
	if !ok {
		return nil, s.unknown(fmt.Sprintf("wants a value of type %s, not %q", typ, text), nil)
	}
	return value, nil
}

func (s Stimulus) set(m *Machine) error {
	i := slices.IndexFunc(m.spec.Data, func(f *spec.Field) bool { return f.Name == s.Name })
	if i < 0 {
		return s.unknown("is not a field of the data", names(m.spec.Data))
	}
	value, err := s.value(m.spec.Data[i].Type.Value, s.Text)
	if err == nil {
		m.data[s.Name] = value
	}
	return err
}

func timerNames(m *Machine) []string {
	var names []string
	for _, t := range m.Timers() {
		names = append(names, t.Name)
	}
	return names
}

// Answers reports whether the stimulus is an answer of a hook, which needs no machine to be applied to.
func (s Stimulus) Answers() bool {
	return s.Kind == Guard || s.Kind == Choose || s.Kind == Answer || s.Kind == AnswerError
}

// Answer changes what a hook of m answers from now on.
func (s Stimulus) Answer(m *spec.Machine, a *Answers) error {
	switch s.Kind {
	case Guard:
		if !slices.Contains(asked(m), s.Name) {
			return s.unknown("is neither a guard nor a part of a condition", asked(m))
		}
		set(&a.Guards, s.Name, slices.Clone(s.Holds))
	case Choose:
		i := slices.IndexFunc(m.Choices, s.names)
		if i < 0 {
			return s.unknown("is not a choice", hookNames(m.Choices))
		}
		outcomes := texts(m.Choices[i].Outcomes)
		for _, p := range s.Picks {
			if !slices.Contains(outcomes, p) {
				return s.unknown("has no outcome "+p, outcomes)
			}
		}
		set(&a.Choices, s.Name, slices.Clone(s.Picks))
	case Answer:
		if !slices.ContainsFunc(m.Replies, s.names) {
			return s.unknown("is not a reply", hookNames(m.Replies))
		}
		set[any](&a.Replies, s.Name, s.Text)
		delete(a.Failures, s.Name)
	case AnswerError:
		fail := slices.DeleteFunc(slices.Clone(m.Replies), func(h *spec.Hook) bool { return !h.Fails })
		if !slices.ContainsFunc(fail, s.names) {
			return s.unknown("is not a reply with `fails: true`", hookNames(fail))
		}
		set(&a.Failures, s.Name, errors.New(s.Text))
	}
	return nil
}

func (s Stimulus) names(h *spec.Hook) bool { return h.Name == s.Name }

func set[V any](m *map[string]V, name string, value V) {
	if *m == nil {
		*m = map[string]V{}
	}
	(*m)[name] = value
}

func (s Stimulus) unknown(problem string, want []string) error {
	return &StimulusError{Line: s.String(), Problem: problem, Want: want}
}

// asked are the names of everything that [Oracle.Guard] can be asked.
func asked(m *spec.Machine) []string {
	names := hookNames(m.Guards)
	for a := range Transitions(m) {
		if a.Guard == nil {
			continue
		}
		for e := range a.Guard.Expr.All() {
			if text := e.String(); isAtom(e) && !slices.Contains(names, text) {
				names = append(names, text)
			}
		}
	}
	return names
}

// isAtom reports whether an expression is a part of a condition that an oracle is asked about as a whole.
func isAtom(e *expr.Expr) bool {
	return e.Op.IsComparison() || e.Type == "bool" && e.Op.IsVariable()
}

func hookNames(hooks []*spec.Hook) []string {
	var names []string
	for _, h := range hooks {
		names = append(names, h.Name)
	}
	return names
}

func texts(all []spec.Text) []string {
	var values []string
	for _, t := range all {
		values = append(values, t.Value)
	}
	return values
}
