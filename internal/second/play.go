package second

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/simulate"
)

// Play runs a script as [simulate.Play] does, and writes what can be seen from outside: the actions that run, what
// becomes of each event, and where the machine is. It stops at the first stimulus that this engine cannot do.
func Play(w io.Writer, m *spec.Machine, script []simulate.Stimulus, params simulate.Values) error {
	p := player{narrator: narrator{Answers: &simulate.Answers{}, w: w}, spec: m}
	for len(script) > 0 && script[0].Answers() {
		if err := script[0].Answer(m, p.Answers); err != nil {
			return err
		}
		script = script[1:]
	}
	if len(script) > 0 && script[0].Kind == simulate.Begin {
		script = script[1:]
	}
	machine, err := New(m, &p.narrator, settings(m, params))
	if err != nil {
		return err
	}
	p.machine = machine
	p.print("= %s\n", machine.State().Name)
	for _, s := range script {
		p.print("> %s\n", s)
		if err := p.do(s); err != nil {
			return err
		}
	}
	return p.err
}

// settings completes params with their defaults.
func settings(m *spec.Machine, given simulate.Values) simulate.Values {
	values := simulate.Values{}
	for _, p := range m.Params {
		values[p.Name], _ = simulate.Parse(p.Type.Value, p.Default.Value)
		if value, ok := given[p.Name]; ok {
			values[p.Name] = value
		}
	}
	return values
}

type player struct {
	narrator
	spec    *spec.Machine
	machine *Machine
}

func (p *player) do(s simulate.Stimulus) error {
	switch {
	case s.Answers():
		return s.Answer(p.spec, p.Answers)
	case s.Kind != simulate.Send:
		return &simulate.StimulusError{Line: s.String(), Problem: "is nothing that stateless can do", Want: []string{"send", "guard", "reply"}}
	}
	i := slices.IndexFunc(p.spec.Events, func(ev *spec.Event) bool { return ev.Name == s.Name })
	if i < 0 {
		return &simulate.StimulusError{Line: s.String(), Problem: "is not an event"}
	}
	payload, err := s.Payload(p.spec.Events[i])
	if err != nil {
		return err
	}
	reply, err := p.machine.Send(s.Name, payload)
	switch {
	case err != nil:
		p.print("    %v\n", err)
	case p.spec.Events[i].Call.Value != "":
		p.print("    reply to %s: %v\n", s.Name, reply)
	}
	p.print("= %s\n", p.machine.State().Name)
	return nil
}

// narrator is an oracle that says which actions run.
type narrator struct {
	*simulate.Answers
	w   io.Writer
	err error // the first of the writer
}

// Act writes the action.
func (n *narrator) Act(q *simulate.Question) {
	n.print("    run %s\n", q.Name())
	n.Answers.Act(q)
}

func (n *narrator) print(format string, args ...any) {
	_, err := fmt.Fprintf(n.w, format, args...)
	n.err = errors.Join(n.err, err)
}
