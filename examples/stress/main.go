// Stress lets many clients count in sessions on a pool of Python workers while faults are drawn at random, keeps books of its
// own, and compares them with the pool's.
//
// Its last line is one JSON object. It exits 0 if every acknowledged value was there at the end, every request ended once,
// no answer reached the wrong caller, the pool recovered in time and every metric was right, and 1 otherwise. STRESS_SECONDS
// and STRESS_SEED say how long and with what luck.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

func main() { os.Exit(run(os.Stdout, os.Stderr)) }

// plan is how much of everything there is.
type plan struct {
	seconds                    int
	seed                       uint64
	workers, sessions, clients int
}

func run(stdout, stderr io.Writer) int {
	p, err := readPlan()
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	if _, err := exec.LookPath("python3"); err != nil {
		fmt.Fprintln(stdout, "stress: skipped: python3 is not on the PATH")
		return 0
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	fmt.Fprintf(stdout, "stress: %d workers, %d sessions, %d clients, %d s, STRESS_SEED=%d\n",
		p.workers, p.sessions, p.clients, p.seconds, p.seed)
	r, err := drive(ctx, p, stdout)
	if err != nil {
		fmt.Fprintln(stderr, "stress:", err)
		return 1
	}
	line, err := json.Marshal(r)
	if err != nil {
		fmt.Fprintln(stderr, "stress:", err)
		return 1
	}
	fmt.Fprintf(stdout, "%s\n", line)
	if len(r.Differences) > 0 {
		return 1
	}
	return 0
}

func readPlan() (plan, error) {
	p := plan{workers: 5, sessions: 1000, clients: 16}
	var err error
	if p.seconds, err = number("STRESS_SECONDS", 60); err != nil {
		return p, err
	}
	seed, err := number("STRESS_SEED", int(rand.Uint32()))
	p.seed = uint64(seed)
	return p, err
}

func number(name string, preset int) (int, error) {
	text := os.Getenv(name)
	if text == "" {
		return preset, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("stress: %s is %q; want a number, at least 1", name, text)
	}
	return n, nil
}

// limit is how long the pool may take to be well again after the last fault.
const limit = 30 * time.Second
