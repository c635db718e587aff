package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fsmgen/fsmgen/pool"
)

// books are what the clients have seen.
type books struct {
	requests atomic.Int64
	carts    atomic.Bool // whether the clients use sessions

	mu        sync.Mutex
	byVersion map[string]int // answers
	released  int            // requests that failed because the bad release failed them
	failures  []string       // every other one
	lost      []string       // answers that are not what the client expects
}

func newBooks() *books { return &books{byVersion: map[string]int{}} }

// cart is what a client knows of its session.
type cart struct {
	session    string
	count, sum int
}

// client sends one request after the other, and compares every answer with what it expects.
type client struct {
	pool   *pool.Pool
	books  *books
	random *rand.Rand
	name   string
	long   cart // of a session that lasts as long as the client
	short  cart // of one that ends after some requests
	shorts int
}

// pause is how long a client thinks between two requests: the load is the same whatever the speed of the machine.
const pause = 3 * time.Millisecond

// shortLength is how many requests a short session has.
const shortLength = 20

func newClient(number int, p *pool.Pool, b *books) *client {
	name := fmt.Sprintf("client-%d", number)
	return &client{pool: p, books: b, random: rand.New(rand.NewPCG(uint64(number), 0)), name: name, long: cart{session: name}}
}

// run goes on until ctx ends. The request under way then is let finish.
func (c *client) run(ctx context.Context) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for turn := 0; ; turn++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		switch {
		case !c.books.carts.Load() || turn%3 == 0:
			c.squares()
		case turn%3 == 1:
			c.put(&c.long)
		default:
			c.putShort()
		}
	}
}

// squares is a request without a session.
func (c *client) squares() {
	numbers, want := make([]int, 10), 0
	for i := range numbers {
		numbers[i] = c.random.IntN(1000)
		want += numbers[i] * numbers[i]
	}
	var answer struct{ Sum int }
	if c.ask("squares", map[string]any{"numbers": numbers}, &answer) && answer.Sum != want {
		c.books.lose("%s: the sum of the squares of %v is %d; the worker says %d", c.name, numbers, want, answer.Sum)
	}
}

// put puts a price into a cart. A request that failed has changed nothing: the bad release fails before it does anything.
func (c *client) put(in *cart) {
	price := 1 + c.random.IntN(100)
	var answer struct{ Count, Sum int }
	if !c.ask("put", map[string]any{"price": price}, &answer, pool.Session(in.session)) {
		return
	}
	in.count++
	in.sum += price
	if answer.Count != in.count || answer.Sum != in.sum {
		c.books.lose("%s: %d prices of %d together; the worker knows of %d, %d together",
			in.session, in.count, in.sum, answer.Count, answer.Sum)
		in.count, in.sum = answer.Count, answer.Sum
	}
}

// putShort goes on with the short session, or begins another one.
func (c *client) putShort() {
	if c.short.count == shortLength {
		c.pool.EndSession(c.short.session)
		c.short = cart{}
	}
	if c.short.session == "" {
		c.shorts++
		c.short.session = fmt.Sprintf("%s-%d", c.name, c.shorts)
	}
	c.put(&c.short)
}

// ask sends a request and reads its answer. It reports false for one that failed.
func (c *client) ask(command string, args, answer any, list ...pool.Option) bool {
	payload, err := json.Marshal(args)
	if err != nil {
		c.books.fail(err)
		return false
	}
	result, err := c.pool.Execute(context.Background(), command, payload, list...)
	if err == nil {
		err = json.Unmarshal(result.Payload, answer)
	}
	c.books.requests.Add(1)
	if err != nil {
		c.books.fail(err)
		return false
	}
	c.books.answered(result.Version)
	return true
}

func (b *books) answered(version string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.byVersion[version]++
}

func (b *books) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e, ok := errors.AsType[*pool.HandlerError](err); ok && e.Type == "BadRelease" {
		b.released++
		return
	}
	b.failures = append(b.failures, err.Error())
}

func (b *books) lose(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lost = append(b.lost, fmt.Sprintf(format, args...))
}

// failed is how many requests have failed so far, for whatever reason.
func (b *books) failed() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.released + len(b.failures)
}
