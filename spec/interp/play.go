package interp

import (
	"fmt"
	"io"
	"time"

	"github.com/fsmgen/fsmgen/spec"
)

// Start returns a machine at the beginning of a script, its oracle, and the rest of the script. Answers that come first are
// there when the machine begins: all of them, or those above a `begin`. The error is about these, or about the params.
func Start(m *spec.Machine, script []Stimulus, params Values) (*Machine, *Answers, []Stimulus, error) {
	answers := &Answers{}
	for len(script) > 0 && script[0].Answers() {
		if err := script[0].Answer(m, answers); err != nil {
			return nil, nil, nil, err
		}
		script = script[1:]
	}
	if len(script) > 0 && script[0].Kind == Begin {
		script = script[1:]
	}
	machine, err := New(m, answers, params)
	return machine, answers, script, err
}

// Play applies the stimuli of a script one after the other and writes what happens: each stimulus behind a >, then the entries
// of the transcript, with the time where that has changed, then where the machine is. It stops at the first stimulus that
// cannot be done, with its error.
func Play(w io.Writer, m *Machine, a *Answers, script []Stimulus) error {
	p := NewPlayer(w, m, a)
	for _, s := range script {
		p.print("> %s\n", s)
		if err := p.Do(s); err != nil {
			return err
		}
	}
	return p.err
}

// Player is [Play] for a script that is not known in advance.
type Player struct {
	w       io.Writer
	m       *Machine
	answers *Answers
	written int           // entries of the transcript
	at      time.Duration // of the last entry
	err     error         // the first of the writer
}

// NewPlayer writes what has happened to the machine so far. The answers must be its oracle.
func NewPlayer(w io.Writer, m *Machine, a *Answers) *Player {
	p := &Player{w: w, m: m, answers: a}
	p.entries()
	return p
}

// Do applies a stimulus and writes what happens. The error is that of the stimulus, or the first of the writer.
func (p *Player) Do(s Stimulus) error {
	if err := s.Apply(p.m, p.answers); err != nil {
		return err
	}
	p.entries()
	return p.err
}

// Err returns the first error of the writer.
func (p *Player) Err() error { return p.err }

func (p *Player) entries() {
	if p.written == p.m.Len() && p.m.Now() == 0 {
		return
	}
	for _, e := range p.m.Since(p.written) {
		if e.At != p.at {
			p.print("  at %v\n", e.At)
		}
		p.at = e.At
		p.print("    %s\n", e)
	}
	p.written = p.m.Len()
	p.print("= %s at %v\n", p.m.State().Name, p.m.Now())
}

func (p *Player) print(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}
