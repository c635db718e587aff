package runtime

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Config says how a live machine behaves. The zero value of every field is usable.
type Config struct {
	// Name is the instance in logs and steps. Empty means the name of the machine type.
	Name string
	// Group shares one timer between many machines. Nil gives the machine one of its own.
	Group *Group
	// Mailbox bounds the casts and calls that wait. 0 means 1024, negative means no bound. What the machine owes itself,
	// time-outs and system requests, always fits.
	Mailbox int
	// History keeps the last steps. Nil keeps none, which saves a look at the clock per step.
	History *History
	// Observer gets every step. Nil costs nothing.
	Observer Observer
	// Logger gets every step, rejections as warnings and everything else for debugging. Nil costs nothing.
	Logger *slog.Logger
}

const defaultMailbox = 1024

// The word of a server says who owns the machine. What is left of it is the state that the last step left behind.
const (
	wordRun      uint64 = 1 << iota // somebody runs the machine
	wordMore                        // the mailbox is not empty
	wordIndirect                    // events go through the mailbox: something waits inside, or the machine has ended
	wordFlags    = wordRun | wordMore | wordIndirect
	wordShift    = 8
)

// Server is one live machine that many goroutines may send to. Whoever finds it idle runs it on his own goroutine, so an
// idle machine has none and an uncontended event switches to none. Generated servers embed one.
type Server struct {
	word    atomic.Uint64
	engine  *Engine
	machine Stepper
	group   *Group
	timed   *armed        // the machine's place in the group; nil until a timer runs
	wake    time.Duration // when the group wakes the machine, for whoever runs it; never if it does not

	mu    sync.Mutex // a leaf: guards the fields below, held for O(1)
	box   mailbox
	limit int
	done  chan struct{} // nil until somebody asks
	ended bool          // nothing more fits into the mailbox
	told  bool          // everybody who waited knows that the machine has ended
}

// Clock returns the clock that the engine of a server with this configuration must use.
func (c *Config) Clock() *Clock {
	if c.Group == nil {
		c.Group = NewGroup()
	}
	return c.Group.clock
}

// Open makes s the server of a machine that its caller still runs, as after [Server.Enter]. The engine must use the clock
// of the configuration. Generated code calls it, enters the initial state, and calls [Server.Leave].
func (s *Server) Open(machine Stepper, engine *Engine, c Config) {
	s.machine, s.engine, s.group, s.limit, s.wake = machine, engine, c.Group, c.Mailbox, never
	if s.group == nil {
		s.group = &Group{clock: engine.clock}
	}
	if s.limit == 0 {
		s.limit = defaultMailbox
	}
	if c.Name == "" {
		c.Name = engine.info.Machine
	}
	engine.word = &s.word
	engine.Watch(c.Name, c.Observer, c.History, c.Logger)
	s.word.Store(s.idle() | wordRun)
}

// StateID returns the number of the state that the last step left. It is one atomic read. Whoever has had the answer to an
// event sees at least the state that the event led to.
func (s *Server) StateID() int { return int(s.word.Load() >> wordShift) }

// Enter takes the machine if it is idle and nothing waits. Whoever gets true must call [Server.Leave].
func (s *Server) Enter() bool {
	w := s.word.Load()
	return w&wordFlags == 0 && s.word.CompareAndSwap(w, w|wordRun)
}

// Leave gives the machine back after a direct step. It is deferred, and *err must be [ErrUnfinished] until the step is
// complete: a panic or Goexit in between ends the machine, and *err becomes what its caller gets.
func (s *Server) Leave(err *error) {
	if *err == ErrUnfinished {
		*err = s.crash(recover())
	}
	if s.engine.Direct() {
		w := s.word.Load()
		if w&wordMore == 0 && s.word.CompareAndSwap(w, s.idle()) {
			return
		}
	}
	s.drain(patience{})
}

// idle is the word of the machine while nobody runs it and nothing in its mailbox can be served.
func (s *Server) idle() uint64 {
	w := uint64(s.engine.state) << wordShift
	if !s.engine.Direct() || s.box.suspended {
		w |= wordIndirect
	}
	return w
}

// crash ends the machine because of a hook that panicked with v, or ended its goroutine.
func (s *Server) crash(v any) error {
	err := newPanicError(s.engine.info.Machine, v)
	s.engine.crash(err, err)
	return err
}

// Done is closed when the machine has ended and everybody who waited has been told.
func (s *Server) Done() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done == nil {
		s.done = make(chan struct{})
		if s.told {
			close(s.done)
		}
	}
	return s.done
}

// Err returns nil while the machine lives, and then a [StoppedError] with the reason.
func (s *Server) Err() error {
	s.mu.Lock()
	ended := s.ended
	s.mu.Unlock()
	if !ended {
		return nil
	}
	return s.engine.Err()
}
