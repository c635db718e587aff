// This file is a template: doc.go says what its comments with braces, "a thing" and "a live thing" become.

package fixed

import (
	"context"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/impl"
)

// Ctx is what an action gets of its machine. It is invalid after the action has returned.
type Ctx Machine

/*{{if .Data}}*/

// Data returns the machine's data, to be read and written.
func (x *Ctx) Data() *Data { return &x.data }

/*{{end}}*/ /*{{if .Params}}*/

// Params returns the machine's parameters, defaults filled in.
func (x *Ctx) Params() Params { return x.params }

/*{{end}}*/

// State returns the current state; while exits and actions run, that is the one they leave.
func (x *Ctx) State() State { return State(x.engine.State()) }

// Raise makes the machine handle ev right after this step, before everything that waits.
func (x *Ctx) Raise(ev Event) { x.engine.Raise(ev) }

// Context is for what an action calls: a call that comes back to this machine with it fails with [fsm.ErrReentrant] instead of
// waiting for itself.
func (x *Ctx) Context() context.Context { return x.engine.HookContext() }

/*{{if .Readers}}*/

// View is what a guard/*{{if .Choices}}*/, a choice/*{{end}}*/ or a reply gets of its machine, to be read. It is invalid after the
// hook has returned.
type View Machine

/*{{if .Data}}*/

// Data returns a copy of the machine's data.
func (x *View) Data() Data { return x.data }

/*{{end}}*/ /*{{if .Params}}*/

// Params returns the machine's parameters, defaults filled in.
func (x *View) Params() Params { return x.params }

/*{{end}}*/

// State returns the current state.
func (x *View) State() State { return State(x.engine.State()) }

/*{{end}}*/

// New returns a thing that has entered its initial state/*{{if .Given}}*/, with the data d, which it copies/*{{end}}*/. It fails if a group of hooks is missing/*{{if .Bounds}}*/ or a parameter
// is out of its bounds/*{{end}}*/.
func New(h Hooks /*{{if .Params}}*/, p Params /*{{end}}*/ /*{{if .Given}}*/, d Data /*{{end}}*/) (*Machine, error) {
	return NewWith(h /*{{if .Params}}*/, p /*{{end}}*/ /*{{if .Given}}*/, d /*{{end}}*/, fsm.BareConfig{})
}

// NewWith is New for a machine that shares a clock with others, or whose steps are recorded.
func NewWith(h Hooks /*{{if .Params}}*/, p Params /*{{end}}*/ /*{{if .Given}}*/, d Data /*{{end}}*/, c fsm.BareConfig) (*Machine, error) {
	m := new(Machine)
	if err := m.init(h /*{{if .Params}}*/, p /*{{end}}*/); err != nil {
		return nil, err
	}
	/*{{- if .Given}}*/
	m.data = impl.Clone(d)
	/*{{- end}}*/
	m.engine.OpenBare(c)
	m.enter()
	m.engine.Settle(m)
	return m, nil
}

// State returns the current state.
func (m *Machine) State() State { return State(m.engine.State()) }

/*{{if .Data}}*/

// Data returns a copy of the machine's data.
func (m *Machine) Data() Data { return m.data }

/*{{end}}*/ /*{{if .Invokes}}*/

// Invocations takes the work that has begun. Its owner runs each, on a goroutine of its own if it takes long, and then hands it
// to Finish.
func (m *Machine) Invocations() []fsm.Invocation { return m.engine.Invocations() }

// Finish handles what an invocation has come to, once. It is dropped if the state that began it has been left. Nothing has
// changed if the error is an [fsm.InvocationError]: Run has not returned, or another machine has begun it.
func (m *Machine) Finish(i fsm.Invocation) error { return m.engine.Finish(m, i) }

/*{{end}}*/

// Err returns nil while the machine lives, and then an [fsm.StoppedError] with the reason.
func (m *Machine) Err() error { return m.engine.Err() }

// Deadline returns when the next time-out is due, on the machine's clock; false if none is to come.
func (m *Machine) Deadline() (time.Duration, bool) { return m.engine.Deadline() }

// Expire handles the time-outs that are due, and returns when the next one is, on the machine's clock.
func (m *Machine) Expire() (next time.Duration, ok bool) { return m.engine.Expire(m) }

func (m *Machine) ctx() *Ctx { return (*Ctx)(m) }

/*{{if .Readers}}*/

func (m *Machine) view() *View { return (*View)(m) }

/*{{end}}*/
