package engine_test

import (
	"fmt"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/impl"
	"github.com/fsmgen/fsmgen/runtime/internal/engine"
)

// turnstile is a small machine in the form of generated code.
//
//	state   event  target
//	locked  coin   open      reply with the number of coins
//	locked  visit  (postpone)
//	open    push   locked
//	open    visit  open      internal
//	open    after  locked
//	*       do     *         internal: runs a function of the test as a hook
//	*       ring   *         internal: the same, when an alarm expires
type turnstile struct {
	engine     engine.Engine
	coins      int
	log        []string // what happened; only the owner of the machine uses it
	openTime   time.Duration
	terminated func(reason error)
	washed     func(o engine.Outcome) // called with each result of an invoke; may be nil
	alarms     [alarms]func(t *turnstile)
	asked      []fsm.Caller[string]
}

const (
	locked = iota + 1
	open
)

const (
	eventCoin = iota
	eventPush
	eventVisit
	eventDo
	eventAfter
)

const (
	transitionCoin = iota
	transitionPush
	transitionVisit
	transitionDoLocked
	transitionDoOpen
	transitionAfter
)

type (
	coin  struct{}
	push  struct{}
	visit struct{ who string }
	do    struct{ f func(t *turnstile) }
	ring  struct{ alarm int }
	after struct{}
	idle  struct{ what string }
	ask   struct{} // a call that is answered later: the info must have Defers

	// patient is a call that is postponed while locked, and runs a function each time.
	patient struct{ locked, open func() }
)

// The timers: the one of state open, and alarms and event time-outs for tests.
const (
	timerOpen = iota
	timerAlarm
	timerIdle  = timerAlarm + alarms
	timerBored = timerIdle + 1
)

const alarms = 3

// What tests invoke.
const (
	invokeWash = iota
	invokeDry
)

var turnstileSpec = engine.Info{
	Machine: "turnstile",
	States:  []string{"", "locked", "open"},
	Events:  []string{"coin", "push", "visit", "do", "after"},
	Calls:   []bool{true, false, false, false, false},
	Handles: [][]int{nil, {eventCoin, eventVisit, eventDo}, {eventPush, eventVisit, eventDo, eventAfter}},
	Transitions: []fsm.TransitionInfo{
		{From: "locked", Event: "coin", To: "open"},
		{From: "open", Event: "push", To: "locked"},
		{From: "open", Event: "visit", To: "open", Internal: true},
		{From: "locked", Event: "do", To: "locked", Internal: true},
		{From: "open", Event: "do", To: "open", Internal: true},
		{From: "open", Event: "after", To: "locked"},
	},
	Timers: []engine.TimerInfo{
		{Name: "open", Event: after{}},
		{Name: "alarm 0", Event: ring{0}},
		{Name: "alarm 1", Event: ring{1}},
		{Name: "alarm 2", Event: ring{2}},
		{Name: "idle", Event: idle{"idle"}, Kind: engine.KindEventTimeout},
		{Name: "bored", Event: idle{"bored"}, Kind: engine.KindEventTimeout},
	},
	Invokes: []string{"wash", "dry"},
}

var turnstileInfo = engine.NewInfo(turnstileSpec)

func newTurnstile(clock *fsm.Clock) *turnstile {
	t := &turnstile{}
	t.engine.Init(turnstileInfo, locked)
	t.engine.OpenBare(fsm.BareConfig{Clock: clock})
	return t
}

// Step handles a boxed event.
func (t *turnstile) Step(ev engine.Event) (any, error) {
	switch content := ev.Content.(type) {
	case coin:
		return t.onCoin()
	case push:
		return nil, t.onPush()
	case visit:
		return nil, t.onVisit(content)
	case do:
		return nil, t.onDo(content)
	case after:
		t.note("after")
		t.engine.Commit(locked, transitionAfter)
		return nil, nil
	case ring:
		return nil, t.onDo(do{t.alarms[content.alarm]})
	case ask:
		t.asked = append(t.asked, impl.CallerOf[string](ev))
		return nil, fsm.ErrLater
	case idle:
		t.note("%s", content.what)
		return nil, nil
	case engine.Outcome:
		t.note("%s: %v, %v", turnstileInfo.Invokes[content.Invoke], content.Value, content.Err)
		if t.washed != nil {
			t.washed(content)
		}
		return nil, nil
	case patient:
		if t.engine.State() == locked {
			content.locked()
			return nil, t.engine.Postpone(eventVisit)
		}
		content.open()
		return t.coins, nil
	default:
		return nil, fmt.Errorf("turnstile: unknown event %T", ev.Content)
	}
}

func (t *turnstile) Terminate(reason error) {
	t.note("terminated")
	if t.terminated != nil {
		t.terminated(reason)
	}
}

func (t *turnstile) note(format string, args ...any) {
	t.log = append(t.log, fmt.Sprintf(format, args...))
}

// setAlarm makes an alarm run f after d. It replaces the function of the alarm.
func (t *turnstile) setAlarm(alarm int, d time.Duration, f func(t *turnstile)) {
	t.alarms[alarm] = f
	t.engine.StartTimer(timerAlarm+alarm, d)
}

func (t *turnstile) onCoin() (int, error) {
	if t.engine.State() != locked {
		return 0, t.engine.Reject(eventCoin)
	}
	t.coins++
	t.engine.Commit(open, transitionCoin)
	if t.openTime > 0 {
		t.engine.StartTimer(timerOpen, t.openTime)
	}
	return t.coins, nil
}

func (t *turnstile) onPush() error {
	if t.engine.State() != open {
		return t.engine.Reject(eventPush)
	}
	t.engine.StopTimer(timerOpen)
	t.engine.Commit(locked, transitionPush)
	return nil
}

func (t *turnstile) onVisit(ev visit) error {
	if t.engine.Watched() {
		t.engine.Record(impl.RecordString("who", ev.who))
	}
	if t.engine.State() == locked {
		return t.engine.Postpone(eventVisit)
	}
	t.note("visit %s", ev.who)
	t.engine.Stay(transitionVisit)
	return nil
}

func (t *turnstile) onDo(ev do) error {
	ev.f(t)
	if t.engine.State() == locked {
		t.engine.Stay(transitionDoLocked)
	} else {
		t.engine.Stay(transitionDoOpen)
	}
	return nil
}

// The typed methods of the machine with one owner.

func (t *turnstile) Coin() (int, error) {
	if !t.engine.Direct() {
		return impl.Take[int](&t.engine, t, coin{})
	}
	reply, err := t.onCoin()
	if !t.engine.Direct() {
		t.engine.Complete(t, coin{}, err)
	}
	return reply, err
}

func (t *turnstile) Push() error {
	if !t.engine.Direct() {
		return t.engine.Take(t, push{})
	}
	err := t.onPush()
	if !t.engine.Direct() {
		t.engine.Complete(t, push{}, err)
	}
	return err
}

func (t *turnstile) Visit(who string) error {
	if !t.engine.Direct() {
		return t.engine.Take(t, visit{who})
	}
	err := t.onVisit(visit{who})
	if !t.engine.Direct() || err == fsm.ErrPending {
		t.engine.Complete(t, visit{who}, err)
	}
	return err
}

func (t *turnstile) Do(f func(t *turnstile)) error {
	if !t.engine.Direct() {
		return t.engine.Take(t, do{f})
	}
	err := t.onDo(do{f})
	if !t.engine.Direct() {
		t.engine.Complete(t, do{f}, err)
	}
	return err
}
