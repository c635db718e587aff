package main

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/fsmgen/fsmgen/pool"
)

// piece is what a session sends, and progress what the worker says after it: see worker.py.
type piece struct {
	Text string `json:"text"`
}

type progress struct {
	Pieces   int    `json:"pieces"`
	Words    int    `json:"words"`
	Distinct int    `json:"distinct"`
	Top      string `json:"top"`
}

var word = regexp.MustCompile(`[a-z']+`)

// counts is the state of a session: the clients keep it too, to see whether the worker has lost any of it.
type counts struct {
	pieces int
	words  map[string]int
}

func (c *counts) read(text string) progress {
	if c.words == nil {
		c.words = make(map[string]int)
	}
	c.pieces++
	for _, w := range word.FindAllString(strings.ToLower(text), -1) {
		c.words[w]++
	}
	p := progress{Pieces: c.pieces, Distinct: len(c.words)}
	for w, n := range c.words {
		p.Words += n
		if best := c.words[p.Top]; n > best || n == best && w > p.Top {
			p.Top = w
		}
	}
	return p
}

// readInGo does in this process what worker.py does in its own. It panics when it is told to, since there is no process
// to kill.
func readInGo(_ context.Context, r *pool.Request) ([]byte, error) {
	switch r.Command {
	case "read":
		var p piece
		if err := json.Unmarshal(r.Payload, &p); err != nil {
			return nil, err
		}
		c, _ := r.State["counts"].(*counts)
		if c == nil {
			c = &counts{}
			r.State["counts"] = c
		}
		return json.Marshal(c.read(p.Text))
	case "crash":
		panic("told to crash")
	default:
		return nil, fmt.Errorf("%w: want read", pool.ErrUnknownCommand)
	}
}
