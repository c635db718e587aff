package workerfsm_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsmgen/fsmgen/generated/workerfsm"
)

// FuzzEvents makes a life of each sequence of bytes, and has two workers lead it: one with one owner and one on a server.
// They must not panic, must agree after every event, and must keep the promises of the spec.
//
// Rows: S3.
func FuzzEvents(f *testing.F) {
	for _, path := range paths {
		for b := range ways {
			f.Add(append(slices.Clone(path), b))
		}
	}
	f.Add([]byte{started, checkout, checkinOK, checkout, checkinErr, healthOK, checkout, drain, checkinOK, exported, exited})
	f.Add([]byte{started, healthFailed, healthFailed, healthFailed, second, second, exited, started, checkout})
	f.Add([]byte{started, byCast + checkout, byPost + drain, byCall + checkinOK, byCast + exited, byPost + stop})
	f.Fuzz(func(t *testing.T, life []byte) {
		if len(life) > 500 {
			t.Skip("longer lives find nothing new")
		}
		synctest.Test(t, func(t *testing.T) { lead(t, life) })
	})
}

// paths lead to every state of a worker.
var paths = [][]byte{
	{}, // initializing
	{started},
	{started, checkout},
	{started, healthFailed},
	{started, checkout, drain},
	{started, drain}, // exporting
	{minute},         // terminating, and nothing left to wait for
	{drain},
	{drain, exited},
}

// lead has two workers lead a life.
func lead(t *testing.T, life []byte) {
	p := newPair(t)
	for _, b := range life {
		switch what := b % moments; what {
		case second:
			p.pass(time.Second)
		case minute:
			p.pass(time.Minute)
		default:
			p.happen(occurrences[what], b%ways-what)
		}
		p.check()
	}
	if err := p.live.Runtime().Stop(context.Background(), nil); err != nil {
		t.Errorf("Stop() = %v", err)
	}
	<-p.live.Done()
}

// What a byte of a life is: one of these, plus one of the ways to send to the server.
const (
	started byte = iota
	startFailed
	checkout
	checkinOK
	checkinErr
	checkinClose
	healthOK
	healthFailed
	drain
	exported
	stop
	exited
	second // passes
	minute // passes
	moments
)

const (
	byMethod byte = iota * moments
	byCast
	byPost
	byCall
	ways
)

// occurrence is one event, in the words of both workers.
type occurrence struct {
	name  string // in the spec
	event workerfsm.Event
	bare  func(m *workerfsm.Machine) (any, error)
	live  func(ctx context.Context, s *workerfsm.Server) (any, error)
}

var errFuzz = errors.New("fuzz")

func plain(err error) (any, error) { return nil, err }

var occurrences = [...]occurrence{
	started: {
		"started",
		workerfsm.StartedEvent{},
		func(m *workerfsm.Machine) (any, error) { return plain(m.Started()) },
		func(ctx context.Context, s *workerfsm.Server) (any, error) { return plain(s.Started(ctx)) },
	},
	startFailed: {
		"start_failed",
		workerfsm.StartFailedEvent{Reason: errFuzz},
		func(m *workerfsm.Machine) (any, error) { return plain(m.StartFailed(errFuzz)) },
		func(ctx context.Context, s *workerfsm.Server) (any, error) { return plain(s.StartFailed(ctx, errFuzz)) },
	},
	checkout: {
		"checkout",
		workerfsm.CheckoutEvent{Session: "s"},
		func(m *workerfsm.Machine) (any, error) { return m.Checkout("s") },
		func(ctx context.Context, s *workerfsm.Server) (any, error) { return s.Checkout(ctx, "s") },
	},
	checkinOK: {
		"checkin_ok",
		workerfsm.CheckinOKEvent{},
		func(m *workerfsm.Machine) (any, error) { return plain(m.CheckinOK()) },
		func(ctx context.Context, s *workerfsm.Server) (any, error) { return plain(s.CheckinOK(ctx)) },
	},
	checkinErr: {
		"checkin_err",
		workerfsm.CheckinErrEvent{Reason: errFuzz},
		func(m *workerfsm.Machine) (any, error) { return plain(m.CheckinErr(errFuzz)) },
		func(ctx context.Context, s *workerfsm.Server) (any, error) { return plain(s.CheckinErr(ctx, errFuzz)) },
	},
	checkinClose: {
		"checkin_close",
		workerfsm.CheckinCloseEvent{Reason: errFuzz},
		func(m *workerfsm.Machine) (any, error) { return plain(m.CheckinClose(errFuzz)) },
		func(ctx context.Context, s *workerfsm.Server) (any, error) {
			return plain(s.CheckinClose(ctx, errFuzz))
		},
	},
	healthOK: {
		"health_ok",
		workerfsm.HealthOKEvent{},
		func(m *workerfsm.Machine) (any, error) { return plain(m.HealthOK()) },
		func(ctx context.Context, s *workerfsm.Server) (any, error) { return plain(s.HealthOK(ctx)) },
	},
	healthFailed: {
		"health_failed",
		workerfsm.HealthFailedEvent{Reason: errFuzz},
		func(m *workerfsm.Machine) (any, error) { return plain(m.HealthFailed(errFuzz)) },
		func(ctx context.Context, s *workerfsm.Server) (any, error) {
			return plain(s.HealthFailed(ctx, errFuzz))
		},
	},
	drain: {
		"drain",
		workerfsm.DrainEvent{Reason: errFuzz},
		func(m *workerfsm.Machine) (any, error) { return plain(m.Drain(errFuzz)) },
		func(ctx context.Context, s *workerfsm.Server) (any, error) { return plain(s.Drain(ctx, errFuzz)) },
	},
	exported: {
		"exported",
		workerfsm.ExportedEvent{},
		func(m *workerfsm.Machine) (any, error) { return plain(m.Exported()) },
		func(ctx context.Context, s *workerfsm.Server) (any, error) { return plain(s.Exported(ctx)) },
	},
	stop: {
		"stop",
		workerfsm.StopEvent{Reason: errFuzz},
		func(m *workerfsm.Machine) (any, error) { return plain(m.Stop(errFuzz)) },
		func(ctx context.Context, s *workerfsm.Server) (any, error) { return plain(s.Stop(ctx, errFuzz)) },
	},
	exited: {
		"exited",
		workerfsm.ExitedEvent{Reason: errFuzz},
		func(m *workerfsm.Machine) (any, error) { return plain(m.Exited(errFuzz)) },
		func(ctx context.Context, s *workerfsm.Server) (any, error) { return plain(s.Exited(ctx, errFuzz)) },
	},
}
