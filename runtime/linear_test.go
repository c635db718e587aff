package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// TestServer_LinearizesToCore has many senders use one live machine at once, in ways and with words that rapid chooses:
// calls that are given up at random, panics, a stop in the middle. Whatever the machine then says to have handled, in that
// order, is what a core must make of the same letters; see [office.audit].
//
// Rows: S7.
func TestServer_LinearizesToCore(t *testing.T) {
	tests := []struct {
		name string
		open func(t *rapid.T, l *ledger) (*fsm.Server, method)
	}{
		{"written by hand", func(t *rapid.T, l *ledger) (*fsm.Server, method) {
			m, err := fsm.Start(l.callback(), fsm.Config{Mailbox: -1})
			if err != nil {
				t.Fatal(err)
			}
			return m.Runtime(), func(ctx context.Context, ev letter) (int, error) { return fsm.Call[int](ctx, m.Runtime(), ev) }
		}},
		{"generated", func(_ *rapid.T, l *ledger) (*fsm.Server, method) {
			g := l.generated(fsm.Config{Mailbox: -1})
			return &g.server, g.Letter
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				o := &office{
					ledger:      new(ledger),
					senders:     make([]sender, 1+rapid.IntRange(1, 6).Draw(t, "senders")),
					disturbance: rapid.SampledFrom(disturbances).Draw(t, "disturbance"),
				}
				o.server, o.method = tt.open(t, o.ledger)
				o.begin()
				defer o.close()
				t.Repeat(o.actions())
				o.close()
				o.audit(t)
			})
		})
	}
}

type method func(ctx context.Context, ev letter) (int, error)

// office is many senders and the one machine they write to.
type office struct {
	ledger  *ledger
	server  *fsm.Server
	method  method
	senders []sender     // the first is the porter, who has no errands
	clock   atomic.Int64 // counts what happens, so that it can be said what came before what
	closed  bool
	ended   atomic.Bool // somebody has stopped the machine, or had it crash, before all was handled

	errands     int            // so far
	disturbance *errand        // what is to end the machine early; nil if nothing is
	running     sync.WaitGroup // senders
	collecting  sync.WaitGroup // replies that come last
}

// sender is one goroutine. What it has sent and what came of it is its own until the office is closed.
type sender struct {
	todo    chan errand
	sent    []outcome
	pending []pendingLetter
}

// errand is what a sender is to do: so many letters, one after the other.
type errand struct {
	way   way
	words []word
}

type way string

const (
	byMethod  way = "method"
	byCall    way = "call"
	byGivenUp way = "call that is given up"
	byLater   way = "call whose reply is collected at the end"
	byCast    way = "cast"
	byPost    way = "post"
	byStop    way = "stop"
)

// outcome is what came of a letter.
type outcome struct {
	letter
	way          way
	total        int
	err          error
	begun, ended int64 // when, on the clock of the office; ended is 0 while nobody knows
}

func (o outcome) String() string {
	return fmt.Sprintf("%s, letter %d of sender %d by %s, which got %d and %v", o.word, o.number, o.sender, o.way, o.total, o.err)
}

type pendingLetter struct {
	at    int // in sent
	reply fsm.Pending[int]
}

func (o *office) begin() {
	for i := 1; i < len(o.senders); i++ {
		s := &o.senders[i]
		s.todo = make(chan errand, 1000)
		o.running.Go(func() {
			for e := range s.todo {
				o.run(i, e)
			}
			o.collect(s)
		})
	}
}

// close waits for every sender, and for the end of the machine.
func (o *office) close() {
	if o.closed {
		return
	}
	o.closed = true
	for i := 1; i < len(o.senders); i++ {
		close(o.senders[i].todo)
	}
	gone := make(chan struct{})
	go func() {
		o.running.Wait()
		close(gone)
	}()
	o.unlock(gone)
	_ = o.server.Inspect(context.Background(), func() {}) // behind every cast
	_ = o.server.Stop(context.Background(), errClosed)
	<-o.server.Done()
	o.collecting.Wait()
}

// unlock is what the porter does until everybody has gone: somebody may still wait for it.
func (o *office) unlock(gone <-chan struct{}) {
	for o.server.Err() == nil {
		select {
		case <-gone:
			return
		default:
			o.run(0, errand{byCall, []word{unlock}})
			for range 100 {
				runtime.Gosched()
			}
		}
	}
	<-gone
}

var (
	errClosed  = errors.New("the office is closed")
	errStopped = errors.New("stopped in the middle")
)

// actions are what rapid may have the senders do.
func (o *office) actions() map[string]func(*rapid.T) {
	send := func(ways ...way) func(*rapid.T) {
		return func(t *rapid.T) {
			o.order(t, errand{
				rapid.SampledFrom(ways).Draw(t, "way"),
				rapid.SliceOfN(rapid.SampledFrom([]word{add, add, wait, wait, lock, unlock}), 5, 30).Draw(t, "words"),
			})
		}
	}
	return map[string]func(*rapid.T){
		"call":    send(byMethod, byCall),
		"give up": send(byGivenUp),
		"collect": send(byLater),
		"cast":    send(byCast, byPost),
		"disturb": o.disturb,
	}
}

// disturb ends the machine, if this time somebody is to do so, when it has seen some letters.
func (o *office) disturb(t *rapid.T) {
	if o.disturbance == nil || o.errands < 10 {
		return
	}
	o.order(t, *o.disturbance)
	o.disturbance = nil
}

// disturbances are what may end the machine.
var disturbances = []*errand{
	nil, nil, nil,
	{byStop, []word{""}},
	{byMethod, []word{boom}},
	{byCall, []word{boom}},
	{byCast, []word{boom}},
}

func (o *office) order(t *rapid.T, e errand) {
	o.errands++
	o.senders[rapid.IntRange(1, len(o.senders)-1).Draw(t, "sender")].todo <- e
}

// run sends the letters of one errand.
func (o *office) run(i int, e errand) {
	s := &o.senders[i]
	for _, w := range e.words {
		if w == boom || e.way == byStop {
			o.ended.Store(true)
		}
		if e.way == byStop {
			_ = o.server.Stop(context.Background(), errStopped)
			continue
		}
		out := outcome{letter: letter{i, len(s.sent), w}, way: e.way, begun: o.clock.Add(1)}
		out.total, out.err = o.deliver(s, out)
		if e.way != byLater {
			out.ended = o.clock.Add(1)
		}
		s.sent = append(s.sent, out)
	}
}

func (o *office) deliver(s *sender, out outcome) (int, error) {
	ctx := context.Background()
	switch out.way {
	case byMethod:
		return o.method(ctx, out.letter)
	case byCall:
		return fsm.Call[int](ctx, o.server, out.letter)
	case byGivenUp:
		return o.giveUp(out.letter)
	case byLater:
		reply, err := fsm.Send[int](o.server, out.letter)
		if err == nil {
			s.pending = append(s.pending, pendingLetter{len(s.sent), reply})
		}
		return 0, err
	case byCast:
		return 0, o.server.Cast(out.letter)
	default:
		return 0, o.server.Post(out.letter)
	}
}

// giveUp calls with a context that somebody cancels soon.
func (o *office) giveUp(ev letter) (int, error) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		for range ev.number % 7 {
			runtime.Gosched()
		}
		cancel()
	})
	return o.method(ctx, ev)
}

// collect abandons some of the replies that are to be collected at the end, and waits for the others. Some come only with the
// end of the machine.
func (o *office) collect(s *sender) {
	for i, p := range s.pending {
		out := &s.sent[p.at]
		if i%3 == 0 && p.reply.Abandon() {
			out.err = fsm.ErrAbandoned
			continue
		}
		o.collecting.Go(func() {
			out.total, out.err = p.reply.Wait(context.Background())
			out.ended = o.clock.Add(1)
		})
	}
}
