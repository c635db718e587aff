package pool_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/fsmgen/fsmgen/pool"
)

// remember is a worker in this process: "upper" answers in capitals, "remember" counts the words of a session. A worker in
// Python would do the same with `from fsmpool import worker`.
func remember(_ context.Context, r *pool.Request) ([]byte, error) {
	var text string
	if err := json.Unmarshal(r.Payload, &text); err != nil {
		return nil, err
	}
	switch r.Command {
	case "upper":
		return json.Marshal(strings.ToUpper(text))
	case "remember":
		words, _ := r.State["words"].(int)
		words += len(strings.Fields(text))
		r.State["words"] = words
		return json.Marshal(words)
	default:
		return nil, pool.ErrUnknownCommand
	}
}

func start(ctx context.Context) *pool.Pool {
	p, err := pool.Start(ctx, pool.Config{Name: "demo", Source: pool.Func(remember)})
	if err != nil {
		panic(err)
	}
	return p
}

func ExampleStart() {
	ctx := context.Background()
	p, err := pool.Start(ctx, pool.Config{
		Name:           "demo",
		Source:         pool.Func(remember), // or pool.Python("worker.py")
		Size:           pool.Size{Min: 2},
		RequestTimeout: 10 * time.Second,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close(ctx)
	r, err := p.Execute(ctx, "upper", []byte(`"hello"`))
	fmt.Printf("%s %v\n", r.Payload, err)
	_, err = p.Execute(ctx, "lower", []byte(`"hello"`))
	fmt.Println(pool.OutcomeOf(err))
	// Output:
	// "HELLO" <nil>
	// not run
}

func ExampleCall() {
	ctx := context.Background()
	p := start(ctx)
	defer p.Close(ctx)
	for _, text := range []string{"one two", "three"} {
		words, err := pool.Call[string, int](ctx, p, "remember", text, pool.Session("s-42"))
		fmt.Println(words, err)
	}
	// Output:
	// 2 <nil>
	// 3 <nil>
}

func ExamplePool_Checkout() {
	ctx := context.Background()
	p := start(ctx)
	defer p.Close(ctx)
	lease, err := p.Checkout(ctx, pool.Session("s-42"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer lease.Close() // checks in as failed, unless Checkin came before
	for _, text := range []string{`"one two"`, `"three"`} {
		r, err := lease.Execute(ctx, "remember", []byte(text))
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s words\n", r.Payload)
	}
	fmt.Println(lease.Checkin(nil))
	_, err = lease.Execute(ctx, "remember", []byte(`"four"`))
	fmt.Println(errors.Is(err, pool.ErrLeaseEnded), err)
	// Output:
	// 2 words
	// 3 words
	// <nil>
	// true pool: lease has ended: it was checked in: check out again
}
