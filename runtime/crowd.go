package runtime

import (
	"sync"
	"sync/atomic"
)

// crowd is what a server needs only while somebody waits for its machine. Senders put messages in, and whoever runs the
// machine takes all that are there at once: in belongs to the lock of the server, out to the runner.
type crowd struct {
	in        mailbox
	let       int           // how many casts and calls were let out last: at most so many are left of them
	told      chan struct{} // closed when the machine has ended and everybody knows; nil until somebody asks
	done      chan struct{} // closed when its invokes have returned too; nil until somebody asks
	unhandled uint64

	_       [64]byte // what follows changes with every message served
	out     mailbox
	shown   int          // what outside is
	grain   int          // by how much outside may be larger than what is left
	outside atomic.Int32 // casts and calls in out, for those who want to put more in
}

// grains is into how many parts the bound of a mailbox is divided: it is exact to one of them.
const grains = 64

// crowds are those that nobody needs now, with the memory of their mailboxes.
var crowds = sync.Pool{New: func() any { return new(crowd) }}

// more returns the crowd of the server, under its lock.
func (s *Server) more() *crowd {
	if s.crowd == nil {
		s.crowd = crowds.Get().(*crowd)
		s.crowd.grain = max(1, int(s.limit/grains))
	}
	return s.crowd
}

// less gives a crowd back that has gone, for whoever runs the machine and has the lock of the server.
func (s *Server) less() {
	c := s.crowd
	switch {
	case c == nil || c.in.waiting()+c.out.waiting() > 0 || c.out.suspended:
	case c.told != nil || c.done != nil || c.unhandled > 0:
		c.in.shrink()
		c.out.shrink()
	default:
		s.crowd = nil
		crowds.Put(c)
	}
}

// full reports whether as many casts and calls wait as may.
func (c *crowd) full(limit int32) bool {
	return c.in.outside+c.let >= int(limit) && c.waiting() >= int(limit)
}

// waiting returns how many casts and calls wait, under the lock of the server.
func (c *crowd) waiting() int { return c.in.outside + int(c.outside.Load()) }

// put puts a message in, under the lock of the server.
func (c *crowd) put(message any) {
	c.in.mail = append(c.in.mail, message)
	if outside(message) {
		c.in.outside++
	}
}

// take returns the next message of those that have been let out.
func (c *crowd) take() (message any, ok bool) {
	m, ok := c.out.take()
	if left := c.out.outside; c.shown-left >= c.grain || left == 0 && c.shown > 0 {
		c.tell()
	}
	return m, ok
}

// letOut moves what is in out, under the lock of the server. It reports whether there was anything.
func (c *crowd) letOut() bool {
	if c.in.waiting() == 0 {
		return false
	}
	suspended := c.out.suspended
	if c.out.waiting() == 0 {
		c.in, c.out = c.out, c.in
	} else { // the machine is suspended
		for _, m := range c.in.close() {
			c.out.put(m)
		}
	}
	c.in.suspended, c.out.suspended = false, suspended
	c.let = c.out.outside
	c.tell()
	return true
}

// tell lets those who want to put more in know how many are left. That is dear while they look, and so is not done for every
// message of a large mailbox.
func (c *crowd) tell() {
	c.shown = c.out.outside
	c.outside.Store(int32(c.shown))
}

// close empties the mailbox and returns what was in it.
func (c *crowd) close() []any { return append(c.out.close(), c.in.close()...) }
