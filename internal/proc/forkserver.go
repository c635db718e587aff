package proc

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"
)

// defaultReady is how long a fork server may take for its imports if Ready is 0.
const defaultReady = time.Minute

// ForkServer starts workers by forking a process that has done their imports once, which takes a hundredth of the time
// where imports are heavy. The program has to know how: it is told by FSMPOOL_FORKSERVER in its environment. A process
// has descriptors, group, lifeline, limits and output of its own, as one from a [Spawner], and does not run its author's
// code before it has them.
//
// The first Start starts the server. When one of the sources that the server named has changed, or the server has ended,
// the next Start starts another one. The processes of an old server live on; it ends with the last of them. If it was
// killed, their exit status is lost, but not their end.
type ForkServer struct {
	// Spawner starts the servers, and owns the processes as well: its Close ends them all. Required.
	Spawner *Spawner
	// Ready bounds how long a server may take for its imports. Zero means a minute.
	Ready time.Duration

	// Output, if set, gets what the servers print themselves, as Spec.Output gets what workers print.
	Output func(Line)

	start   sync.Mutex // held while a server starts, since all need that one; guards the four below
	current *server    // nil before the first Start, and when no server can have more processes
	refused *RefusedError
	program Spec    // that was refused
	why     sources // of program: while they stay as they are there is no use in asking again

	mu        sync.Mutex // a leaf; guards the two below
	importing *Process   // a server that is not ready yet
	closed    bool
}

// RefusedError reports a program that must not be forked, or a system that cannot. Start it with [Spawner.Start].
type RefusedError struct {
	Path   string
	Reason string // for people: threads run, CUDA is initialised
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("proc: fork server %q: refused: %s; start its workers without a fork server", e.Path, e.Reason)
}

// Start forks a process that runs on where the program serves. Path, Args and Credential of spec are the server's: another
// value starts another server. The rest is the process's own, but the first server imports with the Env and the Dir of
// the first spec, and a process has the variables that the imports, or a wrapper around them, have set. The error is a
// *RefusedError, a *StartError or ErrClosed, and nothing of the process is left then. The process is the caller's to Close.
func (f *ForkServer) Start(spec Spec) (*Process, error) {
	if err := forkable(spec); err != nil {
		return nil, err
	}
	p, err := f.startOnce(spec)
	if errors.Is(err, errGone) { // its end was not noticed yet, and another one may live longer
		p, err = f.startOnce(spec)
	}
	return p, err
}

func (f *ForkServer) startOnce(spec Spec) (*Process, error) {
	srv, err := f.server(spec)
	if err != nil {
		return nil, err
	}
	return srv.fork(f.Spawner, spec)
}

func forkable(spec Spec) error {
	if err := spec.validate(); err != nil {
		return err
	}
	wrong := ""
	switch {
	case spec.Stdio:
		wrong = "a worker on standard input and output cannot come from a fork server"
	case spec.PIDNamespace:
		wrong = "a worker from a fork server cannot have a PID namespace"
	default:
		return nil
	}
	return &StartError{Path: spec.Path, What: wrong, Err: syscall.EINVAL}
}

// Close takes no more starts, and gives up the one that is under way. Servers without processes are gone when it returns,
// others end when the last of their processes is closed and nothing is left of its group. It may be called more than once.
func (f *ForkServer) Close() {
	f.mu.Lock()
	f.closed = true
	if f.importing != nil {
		_ = f.importing.Kill()
	}
	f.mu.Unlock()
	f.start.Lock()
	defer f.start.Unlock()
	f.retire()
}

// server returns a server that imported the program as it is now, and counts the process that is to come.
func (f *ForkServer) server(spec Spec) (*server, error) {
	f.start.Lock()
	defer f.start.Unlock()
	if f.current != nil && f.current.fits(spec) && f.current.join() {
		return f.current, nil
	}
	f.retire()
	if f.refused != nil && sameProgram(f.program, spec) && !f.why.changed() {
		return nil, f.refused
	}
	srv, err := f.begin(spec)
	if err != nil {
		return nil, err
	}
	f.current, f.refused = srv, nil
	srv.join() // should it have ended since, the fork will say so
	return srv, nil
}

// begin starts a server. If a source was written while it was imported, what the server has is unknown: another one
// starts, but only one, as clocks may disagree.
func (f *ForkServer) begin(spec Spec) (*server, error) {
	srv, err := f.beginOnce(spec)
	if err != nil || !srv.sources.modifiedWithin(srv.started, time.Now()) {
		return srv, err
	}
	srv.retire()
	return f.beginOnce(spec)
}

func (f *ForkServer) beginOnce(spec Spec) (*server, error) {
	started := time.Now()
	p, err := f.launch(spec)
	if err != nil {
		return nil, err
	}
	defer f.imported()
	srv := newServer(p, spec, started)
	if err := srv.awaitReady(cmp.Or(f.Ready, defaultReady)); err != nil {
		if refused, ok := errors.AsType[*RefusedError](err); ok {
			f.refused, f.program, f.why = refused, spec, srv.sources
		}
		srv.retire()
		return nil, err
	}
	return srv, nil
}

// launch starts the process of a server, which is importing from then on. It has no limits: its processes have.
func (f *ForkServer) launch(spec Spec) (*Process, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, ErrClosed
	}
	p, err := f.Spawner.launch(Spec{
		Path: spec.Path, Args: spec.Args, Env: spec.Env, Dir: spec.Dir, Run: spec.Run, Credential: spec.Credential,
		OutputLines: spec.OutputLines, OutputBytes: spec.OutputBytes, LineBytes: spec.LineBytes, Output: f.Output,
	}, forking)
	if errors.Is(err, syscall.ENOTSUP) {
		return nil, &RefusedError{Path: spec.Path, Reason: "this system has no sockets that carry packets"}
	}
	f.importing = p
	return p, err
}

func (f *ForkServer) imported() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.importing = nil
}

func (f *ForkServer) retire() {
	if f.current != nil {
		f.current.retire()
		f.current = nil
	}
}

// fits reports whether s can fork a process for spec, from sources that are as they were.
func (s *server) fits(spec Spec) bool { return sameProgram(s.program, spec) && !s.sources.changed() }

// sameProgram reports whether a server for one can fork the other.
func sameProgram(a, b Spec) bool {
	return a.Path == b.Path && slices.Equal(a.Args, b.Args) && sameCredential(a.Credential, b.Credential)
}

func sameCredential(a, b *syscall.Credential) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Uid == b.Uid && a.Gid == b.Gid && a.NoSetGroups == b.NoSetGroups && slices.Equal(a.Groups, b.Groups)
}

// sources are files, with their sizes and times when they were read.
type sources map[string]stamp

type stamp struct {
	modified time.Time
	size     int64
}

func readSources(paths []string) sources {
	s := make(sources, len(paths))
	for _, path := range paths {
		s[path] = readStamp(path)
	}
	return s
}

// readStamp is the zero stamp of a file that is not there.
func readStamp(path string) stamp {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}
	}
	return stamp{info.ModTime(), info.Size()}
}

// changed reports whether one of the files is another one now.
func (s sources) changed() bool {
	for path, before := range s {
		if now := readStamp(path); now.size != before.size || !now.modified.Equal(before.modified) {
			return true
		}
	}
	return false
}

// modifiedWithin reports whether one of the files was written in a stretch of time, which is when it was being imported.
func (s sources) modifiedWithin(from, to time.Time) bool {
	for _, was := range s {
		if was.modified.After(from) && was.modified.Before(to) {
			return true
		}
	}
	return false
}
