package worker

import (
	"context"

	"github.com/fsmgen/fsmgen/bench/worker/workerfsm"
	fsm "github.com/fsmgen/fsmgen/runtime"
)

// generatedHooks does what hooks do, on a generated machine.
type generatedHooks struct{ entries Entries }

func (h *generatedHooks) CountEntry(x *workerfsm.Ctx) { h.entries[x.State()]++ }

func (h *generatedHooks) BelowMax(x *workerfsm.View, f Failure) bool {
	return f.Failures < x.Params().Max
}

func (h *generatedHooks) Terminated(*workerfsm.Ctx, error) {}

func (h *generatedHooks) hooks() workerfsm.Hooks { return workerfsm.Hooks{Worker: h} }

func newGenerated() (*workerfsm.Machine, *Entries, error) {
	h := new(generatedHooks)
	m, err := workerfsm.New(h.hooks(), workerfsm.Params{Max: maxFailures})
	return m, &h.entries, err
}

// served is a generated server, told never to give up waiting.
type served struct {
	*workerfsm.Server
	entries *Entries
}

func newServer() (served, error) {
	h := new(generatedHooks)
	s, err := workerfsm.Start(h.hooks(), workerfsm.Params{Max: maxFailures}, fsm.Config{})
	return served{s, &h.entries}, err
}

// Entries is for when no event is being handled.
func (s served) Entries() Entries { return *s.entries }

func (s served) InitComplete() error          { return s.Server.InitComplete(context.Background()) }
func (s served) InitFailed() error            { return s.Server.InitFailed(context.Background()) }
func (s served) Checkout() error              { return s.Server.Checkout(context.Background()) }
func (s served) CheckinOK() error             { return s.Server.CheckinOK(context.Background()) }
func (s served) CheckinError(f Failure) error { return s.Server.CheckinError(context.Background(), f) }
func (s served) HealthOK() error              { return s.Server.HealthOK(context.Background()) }
func (s served) HealthFailed(f Failure) error { return s.Server.HealthFailed(context.Background(), f) }
func (s served) Drain() error                 { return s.Server.Drain(context.Background()) }
func (s served) Stop() error                  { return s.Server.Stop(context.Background()) }
func (s served) CleanupComplete() error       { return s.Server.CleanupComplete(context.Background()) }
