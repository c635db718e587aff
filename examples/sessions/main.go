// Sessions drives many sessions through a pool of workers while it kills some of them, and tells what happened.
//
// It exits 0 if nothing was lost silently and no process is left, and 1 otherwise. Without python3 the workers run in this
// process.
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
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/fsmgen/fsmgen/pool"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// plan is what the command line asks for.
type plan struct {
	workers, sessions, requests, clients, kills int
}

func (p plan) check() error {
	if min(p.workers, p.sessions, p.requests, p.clients) < 1 || p.kills < 0 {
		return errors.New("sessions: workers, sessions, requests and clients must be at least 1, kills at least 0")
	}
	return nil
}

func run(args []string, stdout, stderr io.Writer) int {
	var p plan
	flags := flag.NewFlagSet("sessions", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&p.workers, "workers", 4, "workers in the pool")
	flags.IntVar(&p.sessions, "sessions", 200, "sessions, each a text that comes in pieces")
	flags.IntVar(&p.requests, "requests", 20, "requests of each session")
	flags.IntVar(&p.clients, "clients", 16, "clients at a time")
	flags.IntVar(&p.kills, "kills", 2, "workers to kill on the way")
	if flags.Parse(args) != nil {
		return 2
	}
	if err := p.check(); err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r, err := drive(ctx, p, stdout)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	if !r.print(stdout) {
		return 1
	}
	if ctx.Err() != nil {
		fmt.Fprintln(stderr, "sessions: interrupted")
		return 1
	}
	return 0
}

// source returns the Python worker beside this file, or the same in Go where there is no python3.
func source(stdout io.Writer, workers int) pool.Source {
	python, err := exec.LookPath("python3")
	if err != nil {
		fmt.Fprintf(stdout, "python3 is not on the PATH: starting %d embedded Go workers instead\n", workers)
		return pool.Func(readInGo)
	}
	_, self, _, _ := runtime.Caller(0)
	script := filepath.Join(filepath.Dir(self), "worker.py")
	fmt.Fprintf(stdout, "starting %d Python workers (%s %s)\n", workers, python, filepath.Base(script))
	return pool.Python(script)
}

// drive runs the plan and reports what happened.
func drive(ctx context.Context, p plan, stdout io.Writer) (*report, error) {
	begin := time.Now()
	workers, err := pool.Start(ctx, pool.Config{
		Name: "sessions", Source: source(stdout, p.workers), Size: pool.Size{Min: p.workers},
	})
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(stdout, "ready after %v\n", time.Since(begin).Round(time.Millisecond))
	d := newDriver(p, workers, stdout)
	d.drive(ctx)
	d.report.stats, d.report.workers = workers.Stats(), workers.Workers()
	err = workers.Close(context.Background())
	d.report.left = d.alive()
	return d.report, err
}
