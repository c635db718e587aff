// Package modeltest compares a machine written by hand with a model of gen_statem, on events that bytes choose.
package modeltest

import (
	"testing"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/statem"
)

// Play makes a machine from the first bytes of data and runs it with the events that the rest
// chooses. It fails t at the first difference from the model.
func Play(t testing.TB, data []byte) {
	b := &model{t: t, tape: choices{data}, clock: fsm.NewVirtualClock(), timers: map[statem.Timer]*runningTimer{}, answers: map[int]int{}}
	b.choose()
	core, err := statem.NewCore(b.callback(), b.clock)
	if err != nil {
		t.Fatal(err)
	}
	b.core = core
	b.run()
	for !b.tape.over() {
		b.act()
		if b.tape.next(3) == 0 {
			b.run()
		}
	}
	if b.suspended {
		core.Request(b.resume)
	}
	b.run()
}

// act does one operation on the machine.
func (b *model) act() {
	switch b.tape.next(13) {
	case 0, 1, 2, 3, 4:
		it := b.item(b.tape.next(words))
		if b.core.Cast(it) == nil {
			b.mailbox = append(b.mailbox, it.id)
		}
	case 5, 6, 7:
		it := b.item(b.tape.next(words))
		b.answers[it.id] = 0
		if b.core.Call(it, func(any, error) { b.answers[it.id]++ }) == nil {
			b.mailbox = append(b.mailbox, it.id)
		}
	case 8, 9:
		b.run()
		b.clock.Advance(b.clock.Now() + time.Duration(b.tape.next(8))*tick)
		b.run()
	case 10:
		b.core.Request(b.suspend)
	case 11:
		b.core.Request(b.resume)
	case 12:
		to := stateNames[b.tape.next(len(stateNames))]
		b.core.Request(func() { b.replace(to) })
	}
}

func (b *model) suspend() {
	b.core.Suspend()
	b.suspended = true
}

func (b *model) resume() {
	b.core.Resume()
	b.suspended = false
}

// replace sets the state. That must have no other effect.
func (b *model) replace(state string) {
	b.settle()
	b.state = state
	b.core.Replace(b.state, b.data)
}
