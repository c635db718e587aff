package statem_test

import (
	"context"
	"errors"
	"fmt"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/statem"
)

// A live machine counts. Its event "wait" is a call that is answered later: when the count has been
// sent.
func ExampleStart() {
	type (
		turn   = statem.Turn[string, int]
		result = statem.Result[string, int]
	)
	ctx := context.Background()
	counter, err := statem.Start(&statem.Callback[string, int]{
		Name: "counter",
		Init: func(x turn) result { return x.Next("counting") },
		Handle: func(x turn) result {
			switch x.Event.Content {
			case "add":
				x.Data++
				return x.Keep()
			case "read":
				return x.Keep(statem.Reply(x.Event.From, x.Data))
			case "wait":
				if x.State == "counting" {
					return x.Keep(statem.Postpone(true)) // until the state changes
				}
				return x.Keep(statem.Reply(x.Event.From, "done"))
			case "finish":
				return x.Next("finished")
			default:
				return x.Stop(errors.New("unknown event"))
			}
		},
	}, fsm.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	pending, _ := statem.Send[string](counter, "wait")
	_ = counter.Cast("add")
	_ = counter.Cast("add")
	count, err := statem.Call[int](ctx, counter, "read")
	fmt.Println(count, err)

	_ = counter.Cast("finish")
	fmt.Println(pending.Wait(ctx))

	_ = counter.Cast("restart")
	<-counter.Done()
	fmt.Println(counter.Err())
	// Output:
	// 2 <nil>
	// done <nil>
	// fsm: counter: stopped: unknown event
}
