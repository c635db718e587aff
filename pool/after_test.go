package pool

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// rounds is how often as many requests as there are slots run at once after each operation.
const rounds = 10

// TestAfter_AnyOperation does every operation of a pool with every outcome that it may have, and shows each time that the
// pool is as good as before: as many requests as it has slots run at once, again and again, no slot is taken, no request
// waits, every worker that is wanted is ready, and the invariants of the core hold.
// Rows: U1.
func TestAfter_AnyOperation(t *testing.T) {
	for _, s := range setups() {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			a := startAfter(t, s)
			for _, session := range []string{"", "s"} {
				for _, o := range operations() {
					for _, end := range o.outcomes {
						if testing.Short() && end.thorough {
							continue
						}
						a.name = fmt.Sprintf("%s, %s, session %q", o.name, end.name, session)
						err := o.run(a, end, session)
						if !end.is(err) {
							t.Errorf("%s: the error is %T %v", a.name, err, err)
						}
						a.isAsGoodAsBefore()
						if t.Failed() {
							return
						}
					}
				}
			}
		})
	}
}

// setup is a pool that all operations run on.
type setup struct {
	slots, workers int
	fork, async    bool
	checkpoint     bool
}

func (s setup) String() string {
	return fmt.Sprintf("%dx%d slots, fork %v, async %v, checkpoint %v", s.workers, s.slots, s.fork, s.async, s.checkpoint)
}

// setups pairs every value of each field with every value of every other one.
func setups() []setup {
	all := []setup{
		{slots: 1, workers: 1, fork: false, async: false, checkpoint: false},
		{slots: 4, workers: 1, fork: true, async: true, checkpoint: false},
		{slots: 4, workers: 1, fork: false, async: false, checkpoint: true},
		{slots: 1, workers: 1, fork: true, async: false, checkpoint: true},
		{slots: 1, workers: 4, fork: false, async: true, checkpoint: true},
		{slots: 2, workers: 2, fork: true, async: false, checkpoint: false},
	}
	if testing.Short() {
		return all[1:4]
	}
	return all
}

// after is a pool, and the place where its requests meet.
type after struct {
	*Pool
	t      *testing.T
	setup  setup
	name   string // of the operation
	path   string // of the socket
	listen *net.UnixListener
}

func startAfter(t *testing.T, s setup) *after {
	t.Helper()
	return startAfterWith(t, s, "testdata/after.py", Config{})
}

// startAfterWith takes the script, and of the configuration the health checks, the observer and the log.
func startAfterWith(t *testing.T, s setup, script string, c Config) *after {
	t.Helper()
	kind := "sync"
	if s.async {
		kind = "async"
	}
	p := startPython(t, Config{
		Source: &ProcessSource{Script: script, Args: []string{kind, strconv.Itoa(s.slots)}, Fork: s.fork}, Size: Size{Min: s.workers}, Slots: s.slots, Sessions: Sessions{Checkpoint: s.checkpoint},
		RequestTimeout: 10 * time.Second, QueueTimeout: 30 * time.Second, SilenceTimeout: 250 * time.Millisecond,
		CancelGrace: 250 * time.Millisecond, Shutdown: Shutdown{ShutdownGrace: 250 * time.Millisecond}, Health: Health{DegradedProbeDelay: 10 * time.Millisecond, HealthCheckInterval: c.Health.HealthCheckInterval},
		Recycle: Recycle{MaxWorkerRequests: -1, ErrorThreshold: -1}, Observer: c.Observer, Logger: c.Logger,
	})
	dir, err := os.MkdirTemp("", "meet") // that of the test is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "s")
	listen, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listen.Close() })
	return &after{Pool: p, t: t, setup: s, path: path, listen: listen}
}

// isAsGoodAsBefore fails the test unless the pool is.
func (a *after) isAsGoodAsBefore() {
	a.t.Helper()
	for range rounds {
		if err := a.meet(); err != nil {
			a.t.Errorf("after %s: %v; Stats = %+v", a.name, err, a.Stats())
			return
		}
	}
	eventually(a.t, "the pool has its workers, and nothing to do, after "+a.name, func() bool {
		s := a.Stats()
		return s.Busy == 0 && s.Waiting == 0 && s.Phase == "running" && s.Wanted == a.setup.workers &&
			s.Workers["ready"] == s.Wanted && len(s.Workers) == 1
	})
	checkCore(a.t, a.Pool)
}

// meet runs as many requests as there are slots. Each one is answered when all of them have begun.
func (a *after) meet() error {
	n := a.setup.slots * a.setup.workers
	results := make(chan error, n)
	for range n {
		go func() {
			_, err := a.Execute(a.t.Context(), "meet", []byte(strconv.Quote(a.path)))
			results <- err
		}()
	}
	var there []net.Conn
	defer func() {
		for _, c := range there {
			_ = c.Close()
		}
	}()
	_ = a.listen.SetDeadline(time.Now().Add(20 * time.Second)) // a guard
	for len(there) < n {
		c, err := a.listen.Accept()
		if err != nil {
			for _, c := range there {
				_ = c.Close()
			}
			return fmt.Errorf("%d of %d requests run at once: %w", len(there), n, err)
		}
		there = append(there, c)
	}
	for _, c := range there {
		if _, err := c.Write([]byte("x")); err != nil {
			return err
		}
	}
	var errs []error
	for range n {
		errs = append(errs, <-results)
	}
	return errors.Join(errs...)
}

// outcome is one way in which a request ends.
type outcome struct {
	name     string
	command  string
	payload  string
	is       func(error) bool
	cancel   bool          // the caller cancels when the request runs
	timeout  time.Duration // RequestTimeout; 0 leaves it
	thorough bool          // left out of a short run
}

// operation is something that callers do with a pool.
type operation struct {
	name     string
	outcomes []outcome
	run      func(a *after, o outcome, session string) error
}

func operations() []operation {
	return []operation{
		{"Execute", requestOutcomes(), (*after).execute},
		{"lease", append(requestOutcomes(), outcome{name: "discarded", command: "answer", payload: "1", is: isNil}), (*after).lease},
		{"Stream", streamOutcomes(), (*after).stream},
	}
}

func isNil(err error) bool { return err == nil }

func requestOutcomes() []outcome {
	return []outcome{
		{name: "answer", command: "answer", payload: "1", is: isNil},
		{name: "handler error", command: "fail", is: is[*HandlerError]},
		{name: "Retryable", command: "retryable", is: is[*HandlerError], thorough: true},
		{name: "Fatal", command: "fatal", is: is[*HandlerError], thorough: true},
		{name: "unknown command", command: "nonsense", is: is[*UnknownCommandError]},
		{name: "bad JSON", command: "answer", payload: "{", is: is[*HandlerError]},
		{name: "cancel", command: "stops", is: is[*AbandonedError], cancel: true},
		{name: "RequestTimeout, the handler stops", command: "stops", is: is[*TimeoutError], timeout: 50 * time.Millisecond},
		{name: "RequestTimeout, the handler goes on", command: "stubborn", is: is[*TimeoutError], timeout: 50 * time.Millisecond, thorough: true},
		{name: "SIGKILL", command: "die", is: is[*LostError]},
		{name: "exit", command: "leave", is: is[*LostError], thorough: true},
		{name: "garbage", command: "garbage", is: is[*LostError], thorough: true},
	}
}

func streamOutcomes() []outcome {
	return []outcome{
		{name: "read to its end", command: "pieces", payload: `{"n": 3}`, is: isNil},
		{name: "no pieces", command: "pieces", payload: `{"n": 0}`, is: isNil},
		{name: "plain answer", command: "answer", payload: "1", is: isNil},
		{name: "left early", command: "pieces", payload: `{"n": 1000000}`, is: is[errLeftEarly]},
		{name: "left after its last piece", command: "pieces", payload: `{"n": 1}`, is: is[errLeftEarly]},
		{name: "error", command: "pieces", payload: `{"n": 2, "then": "fail"}`, is: is[*HandlerError]},
		{name: "silence", command: "pieces", payload: `{"n": 1, "then": "silence"}`, is: is[*TimeoutError]},
		{name: "unknown command", command: "nonsense", is: is[*UnknownCommandError], thorough: true},
		{name: "cancel", command: "pieces", payload: `{"n": 1, "then": "silence"}`, is: is[*AbandonedError], cancel: true},
		{name: "SIGKILL", command: "pieces", payload: `{"n": 2, "then": "die"}`, is: is[*LostError]},
		{name: "exit", command: "pieces", payload: `{"n": 2, "then": "leave"}`, is: is[*LostError], thorough: true},
		{name: "garbage", command: "pieces", payload: `{"n": 2, "then": "garbage"}`, is: is[*LostError], thorough: true},
	}
}

// errLeftEarly is what the test makes of a loop that it has left.
type errLeftEarly struct{}

func (errLeftEarly) Error() string { return "left early" }

// ofSession is the option of a request of the session, none for the empty one.
func ofSession(session string) []Option {
	if session == "" {
		return nil
	}
	return []Option{Session(session)}
}

// context returns the one of a request, and cancels it when the request may run if the outcome asks for that.
func (a *after) context(o outcome) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(a.t.Context())
	if o.cancel {
		time.AfterFunc(50*time.Millisecond, cancel) // whenever it is
	}
	return ctx, cancel
}

// limit sets RequestTimeout for the request that follows.
func (a *after) limit(o outcome) (reset func()) {
	if o.timeout == 0 {
		return func() {}
	}
	c := *a.conf()
	was := c.RequestTimeout
	c.RequestTimeout = o.timeout
	if err := a.Reconfigure(c); err != nil {
		a.t.Fatal(err)
	}
	return func() {
		c.RequestTimeout = was
		if err := a.Reconfigure(c); err != nil {
			a.t.Fatal(err)
		}
	}
}

func (a *after) execute(o outcome, session string) error {
	ctx, cancel := a.context(o)
	defer cancel()
	defer a.limit(o)()
	_, err := a.Execute(ctx, o.command, []byte(o.payload), ofSession(session)...)
	return err
}

// lease does two requests: one that is answered, and that of the outcome.
func (a *after) lease(o outcome, session string) error {
	l, err := a.Checkout(a.t.Context(), ofSession(session)...)
	if err != nil {
		return err
	}
	if _, err := l.Execute(a.t.Context(), "answer", []byte("1")); err != nil {
		_ = l.Close()
		return err
	}
	ctx, cancel := a.context(o)
	defer cancel()
	defer a.limit(o)()
	_, err = l.Execute(ctx, o.command, []byte(o.payload))
	if o.name == "discarded" {
		_ = l.Discard()
		return err
	}
	_ = l.Checkin(nil) // refused where the request has ended the lease
	return err
}

func (a *after) stream(o outcome, session string) error {
	ctx, cancel := a.context(o)
	defer cancel()
	for _, err := range a.Stream(ctx, o.command, []byte(o.payload), ofSession(session)...) {
		if err != nil {
			return err
		}
		if o.name == "left early" || o.name == "left after its last piece" {
			return errLeftEarly{}
		}
	}
	return nil
}
