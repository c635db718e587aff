// This file is a template: doc.go says what its comments with braces, "a thing" and "a live thing" become.

package fixed

import (
	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/impl"
)

// Server is a thing that many goroutines may use at once. An event whose context ends while it waits may still be handled.
type Server struct {
	server impl.Server
	m      Machine
}

// Start returns a live thing that has entered its initial state/*{{if .Given}}*/, with the data d, which it copies/*{{end}}*/. It fails if a group of hooks is missing/*{{if .Bounds}}*/ or a
// parameter is out of its bounds/*{{end}}*/, or with an [fsm.PanicError] if a hook panics on the way.
func Start(h Hooks /*{{if .Params}}*/, p Params /*{{end}}*/ /*{{if .Given}}*/, d Data /*{{end}}*/, c fsm.Config) (*Server, error) {
	s := new(Server)
	if err := StartAt(s, h /*{{if .Params}}*/, p /*{{end}}*/ /*{{if .Given}}*/, d /*{{end}}*/, c); err != nil {
		return nil, err
	}
	return s, nil
}

// StartAt makes the zero Server at s a live thing, as Start does. It is for servers that are held by value.
func StartAt(s *Server, h Hooks /*{{if .Params}}*/, p Params /*{{end}}*/ /*{{if .Given}}*/, d Data /*{{end}}*/, c fsm.Config) error {
	if err := s.m.init(h /*{{if .Params}}*/, p /*{{end}}*/); err != nil {
		return err
	}
	/*{{- if .Given}}*/
	s.m.data = impl.Clone(d)
	/*{{- end}}*/
	s.server.Open(&s.m, &s.m.engine, c)
	return s.enter()
}

// enter runs the entries of the initial state, as a step that ends the machine if a hook panics.
func (s *Server) enter() (err error) {
	err = impl.ErrUnfinished
	defer func() {
		if !s.server.Release(err) {
			s.server.Leave(&err, recover())
		}
	}()
	s.m.enter()
	return nil
}

// State returns the state that the last complete step left.
func (s *Server) State() State { return State(s.server.StateID()) }

// In reports whether the current state is the state of, or is inside it.
func (s *Server) In(of State) bool { return s.State().In(of) }

// Done is closed when the machine has ended.
func (s *Server) Done() <-chan struct{} { return s.server.Done() }

// Err returns nil while the machine lives, and then an [fsm.StoppedError] with the reason.
func (s *Server) Err() error { return s.server.Err() }

// Control returns the operations on the machine that are not events: stop, suspend, resume, inspect, trace and counters.
func (s *Server) Control() fsm.Control { return &s.server }

// Post sends ev one way and never runs the machine itself. It is how hooks of other machines send.
func (s *Server) Post(ev Event) error { return s.server.Post(ev) }
