// Upgrade replaces the code of a pool's workers twice while clients use it, prints what happens, and checks that no request
// fails and no state of a session is lost.
//
// The pool starts with workers that answer requests and know nothing else. They are upgraded to workers of the Python SDK;
// then health checks, sessions and checkpoints are switched on; then the workers are upgraded to a version that keeps the
// state of a session in another form. With -bad that version is a bad release, and the pool returns to the one before.
//
// It exits 0 if every number is right, and 1 otherwise.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// plan is what the command line asks for.
type plan struct {
	workers, clients int
	settle, bake     time.Duration // how long each stage goes on, and how long a new version is watched
	bad              bool
}

func (p *plan) check() error {
	if min(p.workers, p.clients) < 1 || p.settle < 0 || p.bake <= 0 {
		return errors.New("upgrade: workers and clients must be at least 1, bake above 0, and settle 0 or more")
	}
	return nil
}

func run(args []string, stdout, stderr io.Writer) int {
	var p plan
	flags := flag.NewFlagSet("upgrade", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&p.workers, "workers", 3, "workers in the pool")
	flags.IntVar(&p.clients, "clients", 8, "clients at a time")
	flags.DurationVar(&p.settle, "settle", time.Second, "how long the clients go on before and after each upgrade")
	flags.DurationVar(&p.bake, "bake", 2*time.Second, "how long a new version is watched, as a canary and at the end")
	flags.BoolVar(&p.bad, "bad", false, "upgrade to a version that fails in 5 % of its requests")
	if flags.Parse(args) != nil {
		return 2
	}
	if err := p.check(); err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	if _, err := exec.LookPath("python3"); err != nil {
		fmt.Fprintln(stdout, "upgrade: skipped: python3 is not on the PATH")
		return 0
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s, err := perform(ctx, p, stdout)
	if err != nil {
		fmt.Fprintln(stderr, "upgrade:", err)
		return 1
	}
	s.print(stdout)
	wrong := s.wrong()
	for _, what := range wrong {
		fmt.Fprintln(stdout, "WRONG:", what)
	}
	if len(wrong) > 0 {
		return 1
	}
	fmt.Fprintln(stdout, s.verdict())
	return 0
}
