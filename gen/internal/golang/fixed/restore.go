// This file is a template: doc.go says what its comments with braces, "a thing" and "a live thing" become.

package fixed

import (
	"context"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/impl"
)

// ReadSnapshot reads a snapshot from JSON, also one that an older version of the spec has written. Migrate, which may be nil,
// changes one of a lower revision than the spec before anything in it is looked up; without it such a snapshot is refused. The
// error is an [fsm.SnapshotError] or an [fsm.MigrationError].
func ReadSnapshot(text []byte, migrate fsm.Migrate) (Snapshot, error) {
	read, err := stored.Read(text, migrate)
	if err != nil {
		return Snapshot{}, err
	}
	return typedSnapshot(read)
}

// UnmarshalJSON is [ReadSnapshot] for a snapshot that is not migrated.
func (s *Snapshot) UnmarshalJSON(text []byte) (err error) {
	*s, err = ReadSnapshot(text, nil)
	return err
}

// Restore returns a thing that continues where a snapshot was taken: no entry runs/*{{if .Timers}}*/, time-outs keep their
// deadlines/*{{end}}*//*{{if .Invokes}}*/, the work of its invokes begins anew/*{{end}}*/. One that had ended has ended, and its
// events get the error that they got before. Besides what New fails with, it fails with an [fsm.SnapshotError] if the snapshot has
// something that the machine does not have.
func Restore(h Hooks /*{{if .Params}}*/, p Params /*{{end}}*/, from Snapshot) (*Machine, error) {
	return RestoreWith(h /*{{if .Params}}*/, p /*{{end}}*/, from, fsm.BareConfig{})
}

// RestoreWith is Restore for a machine that shares a clock with others, or whose steps are recorded.
func RestoreWith(h Hooks /*{{if .Params}}*/, p Params /*{{end}}*/, from Snapshot, c fsm.BareConfig) (*Machine, error) {
	m := new(Machine)
	if err := m.load(h /*{{if .Params}}*/, p /*{{end}}*/, &from); err != nil {
		return nil, err
	}
	m.engine.OpenBare(c)
	m.resume(from)
	m.engine.Settle(m)
	return m, nil
}

/*{{if .Server}}*/

// RestoreServer returns a live thing that continues where a snapshot was taken, as Restore does.
func RestoreServer(h Hooks /*{{if .Params}}*/, p Params /*{{end}}*/, from Snapshot, c fsm.Config) (*Server, error) {
	s := new(Server)
	if err := s.m.load(h /*{{if .Params}}*/, p /*{{end}}*/, &from); err != nil {
		return nil, err
	}
	s.server.Open(&s.m, &s.m.engine, c)
	return s, s.resume(from)
}

// resume gives the machine free when what runs beside its state has been started again.
func (s *Server) resume(from Snapshot) (err error) {
	err = impl.ErrUnfinished
	defer func() {
		if !s.server.Release(err) {
			s.server.Leave(&err, recover())
		}
	}()
	s.m.resume(from)
	return nil
}

// Snapshot waits, at most for ctx, until no event is being handled. It also works when the machine has ended.
func (s *Server) Snapshot(ctx context.Context) (now Snapshot, err error) {
	err = s.server.Inspect(ctx, func() { now = s.m.Snapshot() })
	return now, err
}

/*{{end}}*/
