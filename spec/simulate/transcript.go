package simulate

import (
	"fmt"
	"io"
	"strings"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/spec"
)

// EntryKind says what an entry of a transcript is about.
type EntryKind uint8

// The kinds of entry.
const (
	Asked          EntryKind = iota + 1 // a guard, or a part of a condition, was answered with Value
	Chose                               // a choice was answered with Value
	Exited                              // State is left; its exit actions follow
	Ran                                 // an action ran with Args
	Raised                              // an event of the machine itself was queued
	Took                                // a transition: its exits and actions have run, its entries follow
	Entered                             // State is entered; its entry actions follow
	Completed                           // State is in a final child, and its done event was queued
	Invoked                             // an invoke has begun
	Cancelled                           // an invoke was cancelled, because its state was left
	Returned                            // an invoke has ended by itself, with Value as its error
	Replied                             // a call was answered with Value, which may be an error
	Postponed                           // an event waits for a state change
	Ignored                             // an event was dropped on purpose, or what timers and invokes say met no guard that held
	Rejected                            // no state takes the event
	Dropped                             // a done event came too late
	TimerSet                            // a timer was started, anew if it ran
	TimerFired                          // a timer has expired, and its event is the next
	TimerCancelled                      // a timer that ran was stopped
	Stopped                             // the machine has ended, for the reason Value
)

// Entry is one thing that has happened.
type Entry struct {
	Kind       EntryKind
	At         time.Duration    // on the machine's clock
	Name       string           // of the event, hook, timer or invoke
	State      string           // that it is about, or in which it happened
	To         string           // of Took: the leaf it led to
	Transition *spec.Transition // of Took
	Left       bool             // of Took: at least one state was left
	Args       []any            // of Ran: the payload fields that the hook takes; nil for one that is not known
	Value      any
	// Refused says of Rejected that the state has transitions for the event, but no guard held. Value is the error.
	Refused bool
}

// note writes an entry.
func (m *Machine) note(e Entry) {
	e.At = m.clock.Now()
	m.log = append(m.log, e)
}

// args are the payload fields that a hook takes.
func args(hook *spec.Hook, payload Values) []any {
	var values []any
	for _, f := range hook.Payload {
		values = append(values, payload[f.Value])
	}
	return values
}

// String is the entry as a line of a transcript, without its time.
func (e Entry) String() string {
	switch e.Kind {
	case Asked, Chose:
		return fmt.Sprintf("%s: %v", e.Name, e.Value)
	case Exited:
		return "exit " + e.State
	case Entered:
		return "enter " + e.State
	case Ran:
		return "run " + e.Name + e.arguments()
	case Raised:
		return "raise " + e.Name
	case Took:
		if !e.Left {
			return fmt.Sprintf("%s --%s", e.State, e.Name)
		}
		return fmt.Sprintf("%s --%s--> %s", e.State, e.Name, e.To)
	case Completed:
		return "done " + e.State
	default:
		return e.about()
	}
}

func (e Entry) about() string {
	switch e.Kind {
	case Invoked:
		return "invoke " + e.Name
	case Cancelled:
		return "invoke cancelled: " + e.Name
	case Returned:
		if e.Value != nil {
			return fmt.Sprintf("invoke failed: %s: %v", e.Name, e.Value)
		}
		return "invoke returned: " + e.Name
	case Replied:
		return fmt.Sprintf("reply to %s: %v", e.Name, e.Value)
	case Postponed:
		return "postponed: " + e.Name
	case Ignored:
		return "ignored: " + e.Name
	case Dropped:
		return "dropped: " + e.Name
	case Rejected:
		if err, ok := e.Value.(*fsm.UnhandledError); ok && e.Refused {
			return "rejected: " + e.Name + ": " + err.Reason()
		}
		return "rejected: " + e.Name
	case TimerSet:
		return "timer set: " + e.Name
	case TimerFired:
		return "timer fired: " + e.Name
	case TimerCancelled:
		return "timer cancelled: " + e.Name
	case Stopped:
		if e.Value != nil {
			return fmt.Sprintf("stopped: %v", e.Value)
		}
		return "stopped"
	default:
		return "invalid"
	}
}

func (e Entry) arguments() string {
	if len(e.Args) == 0 {
		return ""
	}
	var values []string
	for _, v := range e.Args {
		text := fmt.Sprint(v)
		if _, ok := v.(*Caller); ok {
			text = callerField
		}
		if v == nil {
			text = "?"
		}
		values = append(values, text)
	}
	return "(" + strings.Join(values, ", ") + ")"
}

// Name is the text of a trigger: the name of an event, or the state that waits for it and for what.
func Name(t spec.Trigger) string {
	switch t.Kind {
	case spec.OnEvent:
		return t.Event.Name
	case spec.OnAfter, spec.OnEvery:
		return t.State.Name + " " + t.Timer.Word() + " " + t.Timer.Value
	case spec.OnEventTimeout:
		return t.State.Name + " event_timeout " + t.Timer.Value
	case spec.OnAlways:
		return t.State.Name + " always"
	case spec.OnDone:
		return t.State.Name + " done"
	case spec.OnInvokeDone:
		return t.Invoke.Src.Value + " done"
	case spec.OnInvokeError:
		return t.Invoke.Src.Value + " error"
	default:
		return "invalid"
	}
}

// Start returns a machine at the beginning of a script, its oracle, and the rest of the script. Answers that come first
// are there when the machine begins: all of them, or those above a `begin`. The error is about these, or about the
// params.
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

// Play applies the stimuli of a script one after the other and writes what happens: each stimulus behind a >, then the
// entries of the transcript, with the time where that has changed, then where the machine is. It stops at the first
// stimulus that cannot be done, with its error.
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
