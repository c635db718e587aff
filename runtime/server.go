package runtime

import (
	"log/slog"
	"math"
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
	// Logger gets every step: a crash as an error, rejections as warnings and everything else for debugging. Nil costs
	// nothing.
	Logger *slog.Logger
	// SlowHook is how long the hooks of one event may take before the Logger gets a warning. 0 means 10 ms, negative means
	// for ever. It costs two looks at the clock per event, and nothing where it is negative or where nobody reads warnings
	// when the machine starts.
	SlowHook time.Duration
}

const defaultMailbox = 1024

// The word of a server says who owns the machine. What is left of it is the state that the last step left behind.
const (
	wordOwned    uint64 = 1 << iota // somebody runs the machine
	wordQueued                      // the mailbox is not empty
	wordIndirect                    // events go through the mailbox: something waits inside, or the machine has ended
	wordEnded                       // nothing more fits into the mailbox
	wordNotified                    // everybody who waited knows that the machine has ended
	wordBoxed                       // events must be in a box, since slow ones are logged
	wordDone                        // no invoke runs any more
	wordShift    = 8
	wordFlags    = 1<<wordShift - 1
)

// Server is one live machine that many goroutines may send to. Whoever finds it idle runs it on his own goroutine, so an
// idle machine has none and an uncontended event switches to none. Generated servers embed one.
type Server struct {
	word    atomic.Uint64
	engine  *Engine
	machine Stepper
	wake    time.Duration // when the group wakes the machine, for whoever runs it; never if it does not

	mu        sync.Mutex // a leaf: guards crowd, held for O(1)
	inbox     *inbox     // nil while nobody waits
	limit     int32      // of casts and calls that wait
	heapIndex int32      // in the group, whose lock guards it
}

// Clock returns the clock that the engine of a server with this configuration must use.
func (c *Config) Clock() *Clock {
	if c.Group == nil {
		return processClock
	}
	return &c.Group.clock
}

// Open makes s the server of a machine that its caller still runs, as after [Server.Enter]. The engine must use the clock
// of the configuration. Generated code calls it, enters the initial state, and calls [Server.Leave].
func (s *Server) Open(machine Stepper, engine *Engine, c Config) {
	s.machine, s.engine, s.wake = machine, engine, never
	s.limit = limit(c.Mailbox)
	if c.Name == "" {
		c.Name = engine.info.Machine
	}
	engine.server = s
	if engine.hasTimer() {
		engine.flags |= flagRearm
	}
	engine.Watch(c.Name, c.Observer, c.History, c.Logger)
	engine.timeSteps(c.SlowHook)
	s.word.Store(s.idle() | wordOwned)
}

// limit is the bound of a mailbox as a server keeps it: one that is never reached where there is none.
func limit(mailbox int) int32 {
	if mailbox == 0 {
		return defaultMailbox
	}
	if mailbox < 0 || mailbox > math.MaxInt32 {
		return math.MaxInt32
	}
	return int32(mailbox)
}

// StateID returns the number of the state that the last step left. It is one atomic read. Whoever has had the answer to an
// event sees at least the state that the event led to.
func (s *Server) StateID() int { return int(s.word.Load() >> wordShift) }

// Done is closed when the machine has ended, everybody who waited has been told, and all its invokes have returned.
func (s *Server) Done() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closedWith(&s.acquireInbox().done, wordDone)
}

// told is closed when the machine has ended and everybody who waited has been told.
func (s *Server) ended() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closedWith(&s.acquireInbox().notified, wordNotified)
}

// closed returns the channel at c, which is closed when the word has the flag, under the lock of the server.
func (s *Server) closedWith(c *chan struct{}, flag uint64) <-chan struct{} {
	if *c == nil {
		*c = make(chan struct{})
		if s.word.Load()&flag != 0 {
			close(*c)
		}
	}
	return *c
}

// Err returns nil while the machine lives, and then a [StoppedError] with the reason.
func (s *Server) Err() error {
	if s.word.Load()&wordEnded == 0 {
		return nil
	}
	return s.engine.Err()
}

// Stats is what a server counts.
type Stats struct {
	Waiting   int    // casts and calls in the mailbox
	Unhandled uint64 // events that the state had no use for when their turn came, and that nobody waited for
}

// Stats returns what has been counted so far.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inbox == nil {
		return Stats{}
	}
	return Stats{Waiting: s.inbox.len(), Unhandled: s.inbox.unhandled}
}

// unheard counts an event that was rejected where nobody waits for the error.
func (e *Engine) countUnhandled(err error) {
	if _, rejected := err.(*UnhandledError); !rejected || e.server == nil {
		return
	}
	s := e.server
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acquireInbox().unhandled++
}
