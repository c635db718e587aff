package runtime_test

import (
	"math/rand/v2"
	"testing"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// FuzzCore has bytes decide how a machine reacts to its events and what is sent to it, and keeps books on it: see [book].
func FuzzCore(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(randomBytes(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 2000 {
			t.Skip("longer sequences find nothing new")
		}
		play(t, data)
	})
}

// TestCore_AgreesWithModel is FuzzCore on random bytes.
func TestCore_AgreesWithModel(t *testing.T) {
	for seed := range uint64(3000) {
		play(t, randomBytes(seed))
		if t.Failed() {
			t.Fatalf("with the bytes of seed %d", seed)
		}
	}
}

func randomBytes(seed uint64) []byte {
	random := rand.New(rand.NewPCG(seed, 0))
	data := make([]byte, 200+random.IntN(400))
	for i := range data {
		data[i] = byte(random.Uint32())
	}
	return data
}

// play makes a machine of the bytes and has it do what the rest of them says.
func play(t testing.TB, data []byte) {
	b := &book{t: t, tape: tape{data}, clock: fsm.NewVirtualClock(), timers: map[fsm.Timer]*promise{}, answers: map[int]int{}}
	b.invent()
	core, err := fsm.NewCore(b.callback(), b.clock)
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

// act does one thing to the machine.
func (b *book) act() {
	switch b.tape.next(13) {
	case 0, 1, 2, 3, 4:
		it := b.item(b.tape.next(words))
		if b.core.Cast(it) == nil {
			b.mail = append(b.mail, it.id)
		}
	case 5, 6, 7:
		it := b.item(b.tape.next(words))
		b.answers[it.id] = 0
		if b.core.Call(it, func(any, error) { b.answers[it.id]++ }) == nil {
			b.mail = append(b.mail, it.id)
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
		to := bookStates[b.tape.next(len(bookStates))]
		b.core.Request(func() { b.replace(to) })
	}
}

func (b *book) suspend() {
	b.core.Suspend()
	b.suspended = true
}

func (b *book) resume() {
	b.core.Resume()
	b.suspended = false
}

// replace sets the state, which must stay without consequences.
func (b *book) replace(state string) {
	b.settle()
	b.state = state
	b.core.Replace(b.state, b.data)
}
