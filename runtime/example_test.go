package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/internal/doorfsm"
)

// hooks are the hooks of a door.
type hooks struct{}

func (hooks) Count(x *doorfsm.Ctx)           { x.Data().Visitors++ }
func (hooks) Visits(v *doorfsm.View) int     { return v.Data().Visitors }
func (hooks) Terminated(*doorfsm.Ctx, error) { fmt.Println("locked") }

// A door that was generated, as a live machine: many goroutines may push it.
func Example() {
	ctx := context.Background()
	door, err := doorfsm.Start(doorfsm.Hooks{Door: hooks{}}, fsm.Config{Name: "front door"})
	if err != nil {
		fmt.Println(err)
		return
	}
	visitors, err := door.Push(ctx)
	fmt.Println(door.State(), visitors, err)

	var unhandled *fsm.UnhandledError
	if _, err := door.Push(ctx); errors.As(err, &unhandled) {
		fmt.Println(unhandled.State, "handles", unhandled.Allowed)
	}
	_ = door.Control().Stop(ctx, nil)
	_, err = door.Push(ctx)
	fmt.Println(errors.Is(err, fsm.ErrStopped))
	// Output:
	// open 1 <nil>
	// open handles [lock]
	// locked
	// true
}

// The same door for one goroutine, with a clock that the goroutine advances. The event lock waits until
// the door has closed.
func ExampleBareConfig() {
	clock := fsm.NewVirtualClock()
	door, err := doorfsm.NewWith(doorfsm.Hooks{Door: hooks{}}, fsm.BareConfig{Clock: clock})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = door.Push()
	fmt.Println(door.Lock())

	clock.Advance(10 * time.Second)
	door.Expire()
	fmt.Println(door.State(), door.Err())
	// Output:
	// fsm: postponed: the reply comes later
	// locked
	// locked fsm: door: stopped
}

// A history keeps the last steps of a door. It may be read while other goroutines push the door.
func ExampleHistory() {
	history := fsm.NewHistory(10)
	door, err := doorfsm.Start(doorfsm.Hooks{Door: hooks{}}, fsm.Config{History: history})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = door.Push(context.Background())
	_, _ = door.Push(context.Background())
	_ = door.CastLock()
	for _, step := range history.Steps() {
		fmt.Println(step.Event, step.Kind, step.From, "->", step.To)
	}
	// Output:
	// push accepted closed -> open
	// push rejected open -> open
	// lock postponed open -> open
}
