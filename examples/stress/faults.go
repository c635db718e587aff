package main

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/fsmgen/fsmgen/pool"
)

// chaos draws faults.
type chaos struct {
	pool    *pool.Pool
	books   *books
	random  *rand.Rand
	crash   string // the file that keeps workers from starting
	drawn   map[string]int
	clients sync.WaitGroup
}

// faults are what workers suffer, and how often each is drawn.
var faults = []struct {
	name   string
	weight int
	strike func(*chaos)
}{
	{"kill", 6, func(c *chaos) { c.signal(syscall.SIGKILL) }},
	{"stop", 1, func(c *chaos) { c.signal(syscall.SIGSTOP) }},
	{"terminate", 1, func(c *chaos) { c.signal(syscall.SIGTERM) }},
	{"hang", 1, func(c *chaos) { c.request("hang", nil) }},
	{"slow", 3, func(c *chaos) { c.request("slow", map[string]any{"seconds": c.random.Float64() * 2, "token": "slow"}) }},
	{"garbage", 2, func(c *chaos) { c.request("garbage", nil) }},
	{"flood", 2, func(c *chaos) { c.request("flood", map[string]any{"token": "flood"}) }},
	{"grow", 1, func(c *chaos) { c.request("grow", map[string]any{"bytes": 256 << 20, "token": "grow"}) }},
	{"no start", 1, (*chaos).noStart},
	{"recycle", 3, (*chaos).recycle},
}

// rage draws faults until ctx ends.
func (c *chaos) rage(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			c.clients.Wait()
			return
		case <-timer.C:
		}
		c.draw()
		timer.Reset(time.Duration(100+c.random.IntN(300)) * time.Millisecond)
	}
}

func (c *chaos) draw() {
	sum := 0
	for _, f := range faults {
		sum += f.weight
	}
	n := c.random.IntN(sum)
	for _, f := range faults {
		if n -= f.weight; n < 0 {
			c.drawn[f.name]++
			f.strike(c)
			return
		}
	}
}

// victim is a worker that has a process.
func (c *chaos) victim() (pool.WorkerInfo, bool) {
	workers := c.pool.Workers()
	if len(workers) == 0 {
		return pool.WorkerInfo{}, false
	}
	w := workers[c.random.IntN(len(workers))]
	return w, w.PID > 0
}

// signal may come too late for a process that has just ended. Its id cannot be another's yet: the pool reaps it first.
func (c *chaos) signal(s syscall.Signal) {
	if w, ok := c.victim(); ok {
		_ = syscall.Kill(w.PID, s)
	}
}

func (c *chaos) recycle() {
	if w, ok := c.victim(); ok {
		c.pool.Recycle(w.ID)
	}
}

// request sends a command that does harm, beside everything else. Its client gives up soon.
func (c *chaos) request(command string, args map[string]any) {
	payload, err := json.Marshal(args)
	if err != nil {
		c.books.differ("%s: %v", command, err)
		return
	}
	c.clients.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		c.books.begin()
		_, err := c.pool.Execute(ctx, command, payload)
		c.books.end(err)
	})
}

// noStart keeps workers from starting for a while, and kills one.
func (c *chaos) noStart() {
	if err := os.WriteFile(c.crash, nil, 0o600); err != nil {
		c.books.differ("%v", err)
		return
	}
	c.signal(syscall.SIGKILL)
	c.clients.Go(func() {
		time.Sleep(700 * time.Millisecond)
		_ = os.Remove(c.crash) // another one may have done so
	})
}
