package workerfsm_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/generated/workerfsm"
)

// FuzzEvents makes a life of each sequence of bytes, and has a worker lead it. It must not panic, and must keep the promises of
// the spec.
//
// Rows: S3.
func FuzzEvents(f *testing.F) {
	for _, path := range paths {
		for b := range moments {
			f.Add(append(slices.Clone(path), b))
		}
	}
	f.Add([]byte{started, checkout, checkinOK, checkout, checkinErr, healthOK, checkout, drain, checkinOK, exported, exited})
	f.Add([]byte{started, healthFailed, healthFailed, healthFailed, second, second, exited, started, checkout})
	f.Add([]byte{started, checkout, drain, checkinOK, exited, stop})
	f.Fuzz(func(t *testing.T, life []byte) {
		if len(life) > 500 {
			t.Skip("longer lives find nothing new")
		}
		lead(t, life)
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

// lead has a worker lead a life.
func lead(t *testing.T, bytes []byte) {
	l := newLife(t)
	for _, b := range bytes {
		switch what := b % moments; what {
		case second:
			l.pass(time.Second)
		case minute:
			l.pass(time.Minute)
		default:
			l.happen(occurrences[what])
		}
		l.check()
	}
}

// What a byte of a life is, as its remainder.
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

// occurrence is one event.
type occurrence struct {
	name string // in the spec
	send func(m *workerfsm.Machine) error
}

var errFuzz = errors.New("fuzz")

var occurrences = [...]occurrence{
	started:      {"started", (*workerfsm.Machine).Started},
	startFailed:  {"start_failed", func(m *workerfsm.Machine) error { return m.StartFailed(errFuzz) }},
	checkout:     {"checkout", grant},
	checkinOK:    {"checkin_ok", (*workerfsm.Machine).CheckinOK},
	checkinErr:   {"checkin_err", func(m *workerfsm.Machine) error { return m.CheckinErr(errFuzz) }},
	checkinClose: {"checkin_close", func(m *workerfsm.Machine) error { return m.CheckinClose(errFuzz) }},
	healthOK:     {"health_ok", (*workerfsm.Machine).HealthOK},
	healthFailed: {"health_failed", func(m *workerfsm.Machine) error { return m.HealthFailed(errFuzz) }},
	drain:        {"drain", func(m *workerfsm.Machine) error { return m.Drain(errFuzz) }},
	exported:     {"exported", (*workerfsm.Machine).Exported},
	stop:         {"stop", func(m *workerfsm.Machine) error { return m.Stop(errFuzz) }},
	exited:       {"exited", func(m *workerfsm.Machine) error { return m.Exited(errFuzz) }},
}

// grant checks the worker out, and holds the grant against the data.
func grant(m *workerfsm.Machine) error {
	got, err := m.Checkout("s")
	if want := (workerfsm.Grant{Worker: 1, Generation: m.Data().Uses}); err == nil && got != want {
		return fmt.Errorf("the grant is %+v; want %+v", got, want)
	}
	return err
}
