package codelock_test

import (
	"context"
	"fmt"
	"time"

	"github.com/fsmgen/fsmgen/examples/codelock"
	"github.com/fsmgen/fsmgen/examples/codelock/lockfsm"
	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/statem"
)

// The example waits for what the door does.
type door chan string

func newDoor() door { return make(door, 10) }

func (d door) tell(what string) {
	fmt.Println(what)
	d <- what
}

// wait returns when the door has done what.
func (d door) wait(what string) {
	for <-d != what {
	}
}

func ExampleByHand() {
	ctx, door := context.Background(), newDoor()
	lock, err := statem.Start(codelock.ByHand{
		Code: []int{4, 2}, OpenTime: 10 * time.Millisecond, Patience: 30 * time.Second, Tell: door.tell,
	}.Callback(), fsm.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	door.wait("closed")

	digits, err := statem.Call[int](ctx, lock, codelock.Length{})
	fmt.Println(digits, "digits", err)
	for _, digit := range []int{1, 4, 2} {
		_ = lock.Cast(codelock.Button{Digit: digit})
	}
	_ = lock.Cast(codelock.Button{Digit: 4}) // the door is open: this one waits
	door.wait("closed")
	_ = lock.Cast(codelock.Button{Digit: 2})
	door.wait("closed")
	_ = lock.Stop(ctx, nil)
	// Output:
	// closed
	// 2 digits <nil>
	// open
	// closed
	// open
	// closed
	// gone
}

func ExampleGenerated() {
	ctx, door := context.Background(), newDoor()
	hooks := lockfsm.Hooks{Lock: &codelock.Generated{Code: []int{4, 2}, Tell: door.tell}}
	lock, err := lockfsm.Start(hooks, lockfsm.Params{OpenTime: 10 * time.Millisecond}, fsm.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	door.wait("closed")

	digits, err := lock.Length(ctx)
	fmt.Println(digits, "digits", err)
	for _, digit := range []int{1, 4, 2} {
		_ = lock.CastButton(digit)
	}
	_ = lock.CastButton(4) // the door is open: this one waits
	door.wait("closed")
	_ = lock.CastButton(2)
	door.wait("closed")
	_ = lock.Control().Stop(ctx, nil)
	// Output:
	// closed
	// 2 digits <nil>
	// open
	// closed
	// open
	// closed
	// gone
}

// Two locks without servers share a clock that this function moves: no goroutine runs them, and no time passes.
func ExampleGenerated_bare() {
	clock, history := fsm.NewVirtualClock(), fsm.NewHistory(10)
	locks := make(map[string]*lockfsm.Machine)
	for _, name := range []string{"front", "back"} {
		tell := func(what string) { fmt.Println(name, what) }
		hooks := lockfsm.Hooks{Lock: &codelock.Generated{Code: []int{4}, Tell: tell}}
		lock, err := lockfsm.NewWith(hooks, lockfsm.Params{}, fsm.BareConfig{Name: name, Clock: clock, History: history})
		if err != nil {
			fmt.Println(err)
			return
		}
		locks[name] = lock
	}
	_ = locks["front"].Button(4)
	clock.Advance(2 * time.Second)
	_ = locks["back"].Button(4)

	for range locks { // a loop that sleeps until the next deadline would do this
		next, _ := nextDeadline(locks)
		clock.Advance(next)
		fmt.Println("after", clock.Now())
		for _, lock := range locks {
			lock.Expire()
		}
	}
	for _, step := range history.Steps() {
		fmt.Println(step.Machine, step.Event, step.From, step.To, step.InState)
	}
	// Output:
	// front closed
	// back closed
	// front open
	// back open
	// after 10s
	// front closed
	// after 12s
	// back closed
	// front button untouched opened 0s
	// back button untouched opened 2s
	// front after open_time opened untouched 10s
	// back after open_time opened untouched 10s
}

func nextDeadline(locks map[string]*lockfsm.Machine) (next time.Duration, ok bool) {
	for _, lock := range locks {
		if deadline, runs := lock.Deadline(); runs && (!ok || deadline < next) {
			next, ok = deadline, true
		}
	}
	return next, ok
}
