package statem_test

import (
	"fmt"
	"slices"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/statem"
)

// lockState and lockData are what the code lock remembers, lockEvents are what happens to it.
type (
	lockState string
	lockData  struct {
		code    []int
		buttons []int // pressed so far, as many as the code has
	}

	button     struct{ digit int }
	codeLength struct{} // a call: how long is the code?
	forget     struct{} // the time to press the next button is over
	lockAgain  struct{} // the time to pass is over
)

const (
	lockLocked lockState = "locked"
	lockOpen   lockState = "open"
)

// codeLock is the example of the gen_statem manual: the right digits open it for ten seconds. Without a button for
// thirty seconds begins anew. A button that is pressed while it is open waits until it is locked again.
func codeLock(code ...int) *statem.Callback[lockState, lockData] {
	type (
		turn   = statem.Turn[lockState, lockData]
		result = statem.Result[lockState, lockData]
	)
	locked := func(x turn, ev button) result {
		x.Data.buttons = append(slices.Clone(x.Data.buttons), ev.digit)
		x.Data.buttons = x.Data.buttons[max(0, len(x.Data.buttons)-len(x.Data.code)):]
		if slices.Equal(x.Data.buttons, x.Data.code) {
			return x.Next(lockOpen)
		}
		return x.Keep(statem.StateTimer().After(30*time.Second, forget{}))
	}
	return &statem.Callback[lockState, lockData]{
		Name: "code lock",
		Init: func(x turn) result {
			x.Data.code = code
			return x.Next(lockLocked)
		},
		Enter: func(x turn, _ lockState) result {
			x.Data.buttons = nil
			if x.State == lockOpen {
				fmt.Println("open")
				return x.Keep(statem.StateTimer().After(10*time.Second, lockAgain{}))
			}
			fmt.Println("locked")
			return x.Keep()
		},
		Handle: func(x turn) result {
			switch ev := x.Event.Content.(type) {
			case codeLength:
				return x.Keep(statem.Reply(x.Event.From, len(x.Data.code)))
			case button:
				if x.State == lockOpen {
					return x.Keep(statem.Postpone(true))
				}
				return locked(x, ev)
			case forget:
				x.Data.buttons = nil
				return x.Keep()
			case lockAgain:
				return x.Next(lockLocked)
			default:
				return x.Stop(fmt.Errorf("code lock: unknown event %T", ev))
			}
		},
		Terminate: func(state lockState, _ lockData, _ error) {
			if state == lockOpen {
				fmt.Println("locked for good")
			}
		},
	}
}

// A machine written by hand, run with virtual time: the ten seconds take none.
func Example_codeLock() {
	clock := fsm.NewVirtualClock()
	lock, err := statem.NewCore(codeLock(4, 2), clock)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, digit := range []int{1, 4, 2} {
		_ = lock.Cast(button{digit})
	}
	_ = lock.Cast(button{4}) // it is open now: this one waits until it is locked again
	_ = lock.Call(codeLength{}, func(reply any, _ error) { fmt.Println("the code has", reply, "digits") })
	lock.Run()

	clock.Advance(10 * time.Second)
	lock.Run()
	_ = lock.Cast(button{2})
	lock.Run()

	lock.Stop(nil)
	lock.Run()
	// Output:
	// locked
	// open
	// the code has 2 digits
	// locked
	// open
	// locked for good
}
