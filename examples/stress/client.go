package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/fsmgen/fsmgen/pool"
)

// client adds to its own sessions, one request after the other.
type client struct {
	id       int
	pool     *pool.Pool
	books    *books
	accounts []*account
	random   *rand.Rand
	sent     int
}

type question struct {
	N     int    `json:"n"`
	Token string `json:"token"`
}

type answer struct {
	N       int    `json:"n"`
	Token   string `json:"token"`
	Session string `json:"session"`
}

// work goes on until ctx ends.
func (c *client) work(ctx context.Context) {
	for ctx.Err() == nil {
		c.add(c.accounts[c.random.IntN(len(c.accounts))], 1+c.random.IntN(9))
	}
}

// add sends one request and enters what came of it. Its own context never ends: what bounds it is the pool's.
func (c *client) add(a *account, n int) {
	c.sent++
	token := fmt.Sprintf("%d-%d", c.id, c.sent)
	payload, err := json.Marshal(question{n, token})
	if err != nil {
		c.books.differ("a question is not JSON: %v", err)
		return
	}
	c.books.begin()
	result, err := c.pool.Execute(context.Background(), "add", payload, pool.Session(a.name))
	c.books.end(err)
	if err != nil {
		c.failed(a, n, err)
		return
	}
	var got answer
	switch err := json.Unmarshal(result.Payload, &got); {
	case err != nil:
		c.books.differ("session %s: the answer is not JSON: %v", a.name, err)
	case got.Token != token || got.Session != a.name:
		c.books.differ("session %s: %s got the answer of %s, %s", a.name, token, got.Session, got.Token)
	case result.Rebound:
		c.books.differ("session %s: its state was lost", a.name)
		a.possible = []int{got.N}
	default:
		if before := a.possible; !a.acknowledge(got.N, n) {
			c.books.differ("session %s: %d after adding %d; want it added to one of %v", a.name, got.N, n, before)
		}
	}
}

// failed enters a request that did not end well.
func (c *client) failed(a *account, n int, err error) {
	switch pool.OutcomeOf(err) {
	case pool.OutcomeNotRun:
	case pool.OutcomeUnknown:
		a.doubt(n)
	default:
		c.books.differ("session %s: add fails: %v", a.name, err)
	}
	if errors.Is(err, pool.ErrSessionLost) {
		c.books.differ("session %s: its state was lost", a.name)
	}
	if strings.Contains(err.Error(), "\n") {
		c.books.differ("an error of several lines: %q", err)
	}
}

// audit adds nothing to every session: now each must have one of the values that it may have.
func (c *client) audit() {
	for _, a := range c.accounts {
		c.add(a, 0)
	}
}
