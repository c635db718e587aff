package engine

import (
	"math"
	"sync"
	"sync/atomic"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/internal/timing"
)

const defaultMailbox = 1024

// The flags of the word of a server. The goroutine that set wordOwned is the owner: it runs the
// machine, and only it may use the engine. The bits above the flags hold the state after the last
// step.
const (
	wordOwned    uint64 = 1 << iota // a goroutine owns the machine
	wordQueued                      // the inbox is not empty
	wordIndirect                    // events go through the inbox: something waits inside, or the machine has ended
	wordEnded                       // the inbox takes no more messages
	wordNotified                    // all waiting callers know that the machine has ended
	wordBoxed                       // events must be boxed: slow ones are logged
	wordDone                        // no invoke runs any more
	wordShift    = 8
	wordFlags    = 1<<wordShift - 1
)

// Server is one live machine that many goroutines may send to. A goroutine that finds it idle runs
// it itself: an idle machine has no goroutine, and an event without contention needs no switch to
// another one. Generated servers embed a Server.
type Server struct {
	word    atomic.Uint64
	engine  *Engine
	machine Stepper
	wake    time.Duration // when the group wakes the machine; never if it does not; only the owner uses it

	mu     sync.Mutex // a leaf: guards inbox, held for O(1)
	inbox  *inbox     // nil while no message waits
	limit  int32      // the largest number of casts and calls that wait
	member timing.Member
}

// Open makes s the server of a machine. The calling goroutine owns the machine then, as after
// [Server.Enter]. Generated code calls Open, enters the initial state, and calls [Server.Leave].
func (s *Server) Open(machine Stepper, engine *Engine, c fsm.Config) {
	s.machine, s.engine, s.wake = machine, engine, timing.Never
	s.limit = limit(c.Mailbox)
	if c.Name == "" {
		c.Name = engine.info.Machine
	}
	engine.server, engine.clock = s, timing.Process
	if c.Group != nil {
		engine.clock = timing.ClockOf(&c.Group.Group)
	}
	engine.Watch(c.Name, c.Observer, c.History, c.Logger)
	engine.timeSteps(c.SlowHook)
	s.word.Store(s.idle() | wordOwned)
}

// limit returns the bound of an inbox for Config.Mailbox. Without a bound it is a number that is
// never reached.
func limit(mailbox int) int32 {
	if mailbox == 0 {
		return defaultMailbox
	}
	if mailbox < 0 || mailbox > math.MaxInt32 {
		return math.MaxInt32
	}
	return int32(mailbox)
}

// StateID returns the number of the state after the last step. It is one atomic read. A goroutine
// that has the answer to an event gets at least the state after that event.
func (s *Server) StateID() int { return int(s.word.Load() >> wordShift) }

// Done returns a channel that is closed when the machine has ended, all waiting callers have been
// notified, and all its invokes have returned.
func (s *Server) Done() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closedWith(&s.acquireInbox().done, wordDone)
}

// ended returns a channel that is closed when the machine has ended and all waiting callers have
// been notified.
func (s *Server) ended() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closedWith(&s.acquireInbox().notified, wordNotified)
}

// closedWith returns the channel at c, which is closed once the word has the flag. The lock of the
// server is held.
func (s *Server) closedWith(c *chan struct{}, flag uint64) <-chan struct{} {
	if *c == nil {
		*c = make(chan struct{})
		if s.word.Load()&flag != 0 {
			close(*c)
		}
	}
	return *c
}

// Err returns nil while the machine runs. After the end it returns a [fsm.StoppedError] with the
// reason.
func (s *Server) Err() error {
	if s.word.Load()&wordEnded == 0 {
		return nil
	}
	return s.engine.Err()
}

// Stats returns the counters of this moment.
func (s *Server) Stats() fsm.Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inbox == nil {
		return fsm.Stats{}
	}
	return fsm.Stats{Waiting: s.inbox.len(), Unhandled: s.inbox.unhandled}
}

// countUnhandled counts an event that the state rejected if its sender does not get the error.
func (e *Engine) countUnhandled(err error) {
	if _, rejected := err.(*fsm.UnhandledError); !rejected || e.server == nil {
		return
	}
	s := e.server
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acquireInbox().unhandled++
}
