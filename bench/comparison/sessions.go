package comparison

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"syscall"
	"time"
)

// How the sessions are used.
const (
	sessionCount    = 40
	sessionRequests = 10               // of each session; a worker is killed before the second half
	sessionPause    = time.Millisecond // of a caller before it tries a request again
)

// Fate is the outcome for the state of sessions.
type Fate struct {
	Whole    int // sessions of which every answer went on from the one before
	Reported int // sessions that lost their state, and whose caller was told
	Silent   int // sessions that lost their state, and whose caller was not told
}

// add counts one session.
func (f *Fate) add(s session) {
	switch {
	case s.silent:
		f.Silent++
	case s.reported:
		f.Reported++
	default:
		f.Whole++
	}
}

// session is the view of a session that its caller has.
type session struct {
	served           int // requests, by the last answer
	reported, silent bool
}

// answered takes an answer that says how many requests of the session its worker has served.
func (s *session) answered(served int, rebound bool) {
	if want := s.served + 1; served != want {
		s.reported = s.reported || rebound
		s.silent = s.silent || !rebound
	}
	s.served = served
}

// MeasureSessions uses sessions on a pool, and kills a worker halfway if kill says so.
func MeasureSessions(ctx context.Context, k Kind, workers int, kill bool) (fate Fate, err error) {
	p, err := k.Start(ctx, workers)
	if err != nil {
		return fate, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	pids, err := awaitWhole(ctx, p, workers, time.Minute)
	if err != nil {
		return fate, err
	}
	sessions := make([]session, sessionCount)
	if err := use(ctx, p, sessions); err != nil {
		return fate, err
	}
	if kill {
		if err := syscall.Kill(pids[0], syscall.SIGKILL); err != nil {
			return fate, err
		}
	}
	err = use(ctx, p, sessions)
	for _, s := range sessions {
		fate.add(s)
	}
	return fate, err
}

// use sends half of the requests of each session, in the order in which a program would: one of each session in turn.
func use(ctx context.Context, p Pool, sessions []session) error {
	for range sessionRequests / 2 {
		err := inParallel(faultClients, func(client int) error {
			for i := client; i < len(sessions); i += faultClients {
				if err := sessions[i].request(ctx, p, fmt.Sprintf("s-%d", i)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// request tries again what fails, for as long as a pool is watched.
func (s *session) request(ctx context.Context, p Pool, name string) (err error) {
	var answer Answer
	for end := time.Now().Add(watched); time.Now().Before(end); time.Sleep(sessionPause) {
		if answer, err = p.Execute(ctx, Request{Command: "count", Session: name, Payload: []byte("null")}); err != nil {
			continue
		}
		var served int
		if err := json.Unmarshal(answer.Payload, &served); err != nil {
			return err
		}
		s.answered(served, answer.Rebound)
		return nil
	}
	return fmt.Errorf("comparison: session %s: every attempt within %v failed: %w", name, watched, err)
}
