package interp

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fsmgen/fsmgen/spec"
)

// StimulusKind says what a stimulus does.
type StimulusKind uint8

// The kinds of stimulus, and the lines of a script that they are.
const (
	Send    StimulusKind = iota + 1 // send EVENT FIELD=VALUE...
	Wait                            // wait DURATION
	Fire                            // fire TIMER: wait until it expires
	Return                          // return INVOKE[@STATE] FIELD=VALUE...
	Fail                            // fail INVOKE[@STATE] REASON
	Guard                           // guard NAME true|false...: what it answers from now on, the last for good
	Choose                          // choose NAME OUTCOME...: likewise
	Answer                          // reply NAME VALUE: what it answers from now on
	Set                             // set FIELD VALUE: a field of the data
	Resolve                         // answer VALUE: to the caller who waits longest
	Begin                           // begin: the answers above are there when the machine begins, those below come after
)

var verbs = map[StimulusKind]string{
	Send: "send", Wait: "wait", Fire: "fire", Return: "return", Fail: "fail",
	Guard: "guard", Choose: "choose", Answer: "reply", Set: "set", Resolve: "answer", Begin: "begin",
}

// Stimulus is one thing that is done to a machine, or one answer of its surroundings.
type Stimulus struct {
	Kind   StimulusKind
	Name   string        // of the event, timer, invoke, hook or field
	After  time.Duration // of Wait
	Fields []Setting     // of Send and Return
	Holds  []bool        // of Guard
	Picks  []string      // of Choose
	Text   string        // of Fail, Answer, Set and Resolve
}

// Setting is a field and its value as people write it.
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
	if s.Kind == Fail || s.Kind == Answer || s.Kind == Set || s.Kind == Resolve {
		words = append(words, quoted(s.Text))
	}
	return strings.Join(words, " ")
}

// Apply does what the stimulus says. The answers must be the oracle of the machine. The error says what is wrong with the
// stimulus; what becomes of an event is in the transcript alone.
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
			return s.unknown("has nobody to answer: no caller waits", nil)
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
