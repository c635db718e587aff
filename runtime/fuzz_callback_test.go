package runtime_test

import (
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// tape turns bytes into decisions. Behind their end every decision is 0.
type tape struct{ bytes []byte }

func (t *tape) next(n int) int {
	if t.over() {
		return 0
	}
	b := t.bytes[0]
	t.bytes = t.bytes[1:]
	return int(b) % n
}

func (t *tape) over() bool { return len(t.bytes) == 0 }

const (
	words = 4 // that an event can say
	tick  = time.Millisecond
	// patienceOfBook is after how many calls the callback does nothing more, so that every machine comes to rest.
	patienceOfBook = 300
)

var bookStates = []string{"a", "b", "c"}

// item is what events carry. No two have one number.
type item struct{ word, id int }

func (b *book) item(word int) item {
	b.ids++
	return item{word, b.ids}
}

// reaction is what the callback does in one state, with one word or on entry.
type reaction struct {
	outcome int
	to      string
	deeds   []deed
}

// deed is one action. What it needs of the others depends on what it is.
type deed struct {
	what  int
	timer fsm.Timer
	after time.Duration
	word  int
}

const (
	deedPostpone = iota
	deedKeep     // not to postpone after all
	deedRaise
	deedInsertTimeout
	deedReply
	deedSet
	deedSetAt
	deedUpdate
	deedCancel
	deedHibernate
	deeds
)

const (
	outcomeKeep = iota
	outcomeNext
	outcomeRepeat
	outcomeStop
	outcomePanic
	outcomeNone
)

// outcomes are as frequent as they are here: machines that end early show little.
var outcomes = [40]int{
	6: outcomeNext, outcomeNext, outcomeNext, outcomeNext, outcomeNext, outcomeNext, outcomeNext, outcomeNext, outcomeNext,
	20: outcomeRepeat, outcomeRepeat, outcomeRepeat, outcomeRepeat,
	37: outcomeStop, outcomePanic, outcomeNone,
}

var bookTimes = []time.Duration{0, 0, tick, 2 * tick, 3 * tick, 5 * tick, fsm.Infinity}

var bookTimers = []fsm.Timer{fsm.EventTimer(), fsm.StateTimer(), fsm.NamedTimer("x"), fsm.NamedTimer("y")}

// invent decides how the machine reacts.
func (b *book) invent() {
	b.enters = b.tape.next(2) == 1
	for s := range bookStates {
		b.entries[s] = b.reaction()
		for w := range words {
			b.reactions[s][w] = b.reaction()
		}
	}
}

func (b *book) reaction() reaction {
	r := reaction{outcome: outcomes[b.tape.next(len(outcomes))], to: bookStates[b.tape.next(len(bookStates))]}
	for range b.tape.next(4) {
		r.deeds = append(r.deeds, deed{
			what:  b.tape.next(deeds),
			timer: bookTimers[b.tape.next(len(bookTimers))],
			after: bookTimes[b.tape.next(len(bookTimes))],
			word:  b.tape.next(words),
		})
	}
	return r
}

func (b *book) callback() *fsm.Callback[string, int] {
	c := &fsm.Callback[string, int]{
		Name: "fuzz",
		Init: func(x turn) result {
			b.state, b.open = bookStates[0], &entryOf{to: bookStates[0], enter: true}
			return x.Next(bookStates[0])
		},
		Handle: func(x turn) result {
			it := x.Event.Content.(item)
			b.settle()
			b.arrive(x, it)
			b.open = &entryOf{id: it.id, to: x.State, data: x.Data}
			return b.react(x, b.reactions[stateIndex(x.State)][it.word], false)
		},
		Terminate: func(state string, data int, _ error) { b.terminate(state, data) },
	}
	if b.enters {
		c.Enter = func(x turn, from string) result {
			b.entered(x, from)
			return b.react(x, b.entries[stateIndex(x.State)], true)
		}
	}
	return c
}

func stateIndex(s string) int { return int(s[0] - 'a') }

// react does what the reaction says and writes it down.
func (b *book) react(x turn, r reaction, entering bool) result {
	b.turns++
	if b.turns > patienceOfBook {
		return x.Keep()
	}
	var actions []fsm.Action
	for _, d := range r.deeds {
		if !entering || d.what != deedPostpone && d.what != deedRaise && d.what != deedInsertTimeout {
			actions = append(actions, b.do(x, d)...)
		}
	}
	outcome := r.outcome
	if entering && outcome == outcomeNext {
		outcome = outcomeKeep
	}
	x.Data++
	b.note(outcome, r.to, entering)
	switch outcome {
	case outcomeNext:
		return x.Next(r.to, actions...)
	case outcomeRepeat:
		return x.Repeat(actions...)
	case outcomeStop:
		return x.Stop(nil)
	case outcomePanic:
		panic("fuzz")
	case outcomeNone:
		return result{}
	default:
		return x.Keep(actions...)
	}
}

// do returns the actions of one deed, and writes down what they are to do.
func (b *book) do(x turn, d deed) []fsm.Action {
	it, open := b.item(d.word), b.open
	timer := func(verb int, a fsm.Action) []fsm.Action {
		open.ops = append(open.ops, timerDeed{verb, d.timer, d.after, it.id})
		return []fsm.Action{a}
	}
	switch d.what {
	case deedPostpone, deedKeep:
		open.postpone = d.what == deedPostpone
		return []fsm.Action{fsm.Postpone(open.postpone)}
	case deedRaise:
		open.inserts = append(open.inserts, it.id)
		return []fsm.Action{fsm.Raise(it)}
	case deedInsertTimeout:
		open.inserts = append(open.inserts, it.id)
		return []fsm.Action{fsm.Insert(fsm.Event{Kind: d.timer.Kind(), Name: d.timer.Name(), Content: it})}
	case deedReply:
		return []fsm.Action{fsm.Reply(x.Event.From, "yes")}
	case deedSet:
		return timer(d.what, d.timer.After(d.after, it))
	case deedSetAt:
		return timer(d.what, d.timer.At(d.after, it))
	case deedUpdate:
		return timer(d.what, d.timer.Update(it))
	case deedCancel:
		return timer(d.what, d.timer.Cancel())
	default:
		return []fsm.Action{fsm.Hibernate()}
	}
}
