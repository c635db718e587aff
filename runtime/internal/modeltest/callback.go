package modeltest

import (
	"time"

	"github.com/fsmgen/fsmgen/runtime/statem"
)

// choices turns bytes into decisions. After the last byte every decision is 0.
type choices struct{ bytes []byte }

func (t *choices) next(n int) int {
	if t.over() {
		return 0
	}
	b := t.bytes[0]
	t.bytes = t.bytes[1:]
	return int(b) % n
}

func (t *choices) over() bool { return len(t.bytes) == 0 }

type (
	turn   = statem.Turn[string, int]
	result = statem.Result[string, int]
)

const (
	words = 4 // number of different events
	tick  = time.Millisecond
	// maxTurns is the number of turns after which the callback does nothing more, so that every
	// machine comes to rest.
	maxTurns = 300
)

var stateNames = []string{"a", "b", "c"}

// item is the content of an event. Its id is unique.
type item struct{ word, id int }

func (b *model) item(word int) item {
	b.ids++
	return item{word, b.ids}
}

// reaction is what the callback does in one state, on one word or on entry.
type reaction struct {
	outcome int
	to      string
	deeds   []action
}

// action is one action of a reaction. Which of the fields are used depends on the kind.
type action struct {
	what  int
	timer statem.Timer
	after time.Duration
	word  int
}

const (
	actPostpone = iota
	actKeep     // take a postponement back
	actRaise
	actInsertTimeout
	actReply
	actSet
	actSetAt
	actUpdate
	actCancel
	actHibernate
	actionKinds
)

const (
	outcomeKeep = iota
	outcomeNext
	outcomeRepeat
	outcomeStop
	outcomePanic
	outcomeNone
)

// outcomes lists each outcome as often as it is to be chosen: machines that end early test little.
var outcomes = [40]int{
	6: outcomeNext, outcomeNext, outcomeNext, outcomeNext, outcomeNext, outcomeNext, outcomeNext, outcomeNext, outcomeNext,
	20: outcomeRepeat, outcomeRepeat, outcomeRepeat, outcomeRepeat,
	37: outcomeStop, outcomePanic, outcomeNone,
}

var bookTimes = []time.Duration{0, 0, tick, 2 * tick, 3 * tick, 5 * tick, statem.Infinity}

var timerKeys = []statem.Timer{statem.EventTimer(), statem.StateTimer(), statem.NamedTimer("x"), statem.NamedTimer("y")}

// choose chooses the reactions of the machine.
func (b *model) choose() {
	b.enters = b.tape.next(2) == 1
	for s := range stateNames {
		b.entries[s] = b.reaction()
		for w := range words {
			b.reactions[s][w] = b.reaction()
		}
	}
}

func (b *model) reaction() reaction {
	r := reaction{outcome: outcomes[b.tape.next(len(outcomes))], to: stateNames[b.tape.next(len(stateNames))]}
	for range b.tape.next(4) {
		r.deeds = append(r.deeds, action{
			what:  b.tape.next(actionKinds),
			timer: timerKeys[b.tape.next(len(timerKeys))],
			after: bookTimes[b.tape.next(len(bookTimes))],
			word:  b.tape.next(words),
		})
	}
	return r
}

func (b *model) callback() *statem.Callback[string, int] {
	c := &statem.Callback[string, int]{
		Name: "fuzz",
		Init: func(x turn) result {
			b.state, b.open = stateNames[0], &turnRecord{to: stateNames[0], enter: true}
			return x.Next(stateNames[0])
		},
		Handle: func(x turn) result {
			it := x.Event.Content.(item)
			b.settle()
			b.handled(x, it)
			b.open = &turnRecord{id: it.id, to: x.State, data: x.Data}
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

// react returns the result of a reaction and records it in the model.
func (b *model) react(x turn, r reaction, entering bool) result {
	b.turns++
	if b.turns > maxTurns {
		return x.Keep()
	}
	var actions []statem.Action
	for _, d := range r.deeds {
		if !entering || d.what != actPostpone && d.what != actRaise && d.what != actInsertTimeout {
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

// do returns the machine's actions for one action, and records their effect in the model.
func (b *model) do(x turn, d action) []statem.Action {
	it, open := b.item(d.word), b.open
	timer := func(verb int, a statem.Action) []statem.Action {
		open.ops = append(open.ops, timerOp{verb, d.timer, d.after, it.id})
		return []statem.Action{a}
	}
	switch d.what {
	case actPostpone, actKeep:
		open.postpone = d.what == actPostpone
		return []statem.Action{statem.Postpone(open.postpone)}
	case actRaise:
		open.inserts = append(open.inserts, it.id)
		return []statem.Action{statem.Raise(it)}
	case actInsertTimeout:
		open.inserts = append(open.inserts, it.id)
		return []statem.Action{statem.Insert(statem.Event{Kind: d.timer.Kind(), Name: d.timer.Name(), Content: it})}
	case actReply:
		return []statem.Action{statem.Reply(x.Event.From, "yes")}
	case actSet:
		return timer(d.what, d.timer.After(d.after, it))
	case actSetAt:
		return timer(d.what, d.timer.At(d.after, it))
	case actUpdate:
		return timer(d.what, d.timer.Update(it))
	case actCancel:
		return timer(d.what, d.timer.Cancel())
	default:
		return []statem.Action{statem.Hibernate()}
	}
}
