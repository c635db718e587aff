package pool

import (
	"context"
	"errors"
	"fmt"
	"strconv"
)

// modelRequest is one request. Its handler runs until the model opens the gate.
type modelRequest struct {
	id      int
	session string
	lease   *modelLease // nil without one
	cancel  context.CancelFunc
	gate    chan string // how the handler ends: ok, fail, crash
	runs    int
	failed  bool
	ended   bool
}

type modelLease struct {
	*Lease
	session string
	cancel  context.CancelFunc
	over    bool
}

// modelSession is what the clients of a session know.
type modelSession struct {
	count    int // of the last result
	worker   uint64
	answered bool // with a result or the error of a handler: there may be state to lose
}

func (m *model) violated(format string, args ...any) {
	m.broken = append(m.broken, fmt.Sprintf(format, args...))
}

// handle is the handler of all workers.
func (m *model) handle(ctx context.Context, r *Request) ([]byte, error) {
	id, _ := strconv.Atoi(string(r.Payload))
	q := m.enter(r.Worker, id)
	var how string
	select {
	case how = <-q.gate:
	case <-ctx.Done():
		how = "fail"
	}
	return m.leave(q, r, how)
}

func (m *model) enter(worker uint64, id int) *modelRequest {
	m.mu.Lock()
	defer m.mu.Unlock()
	q := m.requests[id]
	if q.runs++; q.runs > 1 {
		m.violated("request %d runs again", id)
	}
	if other := m.running[worker]; other != nil {
		m.violated("worker %d runs the requests %d and %d", worker, other.id, id)
	}
	if owner := m.owner[worker]; owner != nil && owner != q.lease {
		m.violated("worker %d, which a lease has, runs request %d", worker, id)
	}
	m.running[worker] = q
	return q
}

func (m *model) leave(q *modelRequest, r *Request, how string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.running, r.Worker)
	switch how {
	case "crash":
		panic("told to")
	case "fail":
		q.failed = true
		return nil, errors.New("told to")
	}
	if r.Session == "" {
		return nil, nil
	}
	n, _ := r.State["count"].(float64)
	r.State["count"] = n + 1
	return strconv.AppendInt(nil, int64(n+1), 10), nil
}

// send starts a request; execute sends it.
func (m *model) send(session string, l *modelLease, execute func(context.Context, []byte) (*Result, error)) {
	ctx, cancel := context.WithCancel(m.ctx)
	m.mu.Lock()
	q := &modelRequest{id: len(m.requests), session: session, lease: l, cancel: cancel, gate: make(chan string, 1)}
	m.requests = append(m.requests, q)
	m.mu.Unlock()
	m.clients.Go(func() {
		r, err := execute(ctx, strconv.AppendInt(nil, int64(q.id), 10))
		m.mu.Lock()
		defer m.mu.Unlock()
		q.ended = true
		if err != nil {
			m.noteError(q, err)
			return
		}
		m.noteResult(q, r)
	})
}

func (m *model) noteError(q *modelRequest, err error) {
	switch outcome := OutcomeOf(err); {
	case outcome == OutcomeNotRun && q.runs > 0:
		m.violated("request %d has run and says %v", q.id, err)
	case outcome == OutcomeFailed && !q.failed:
		m.violated("request %d has not failed and says %v", q.id, err)
	case outcome == OutcomeFailed:
		m.sessions[q.session].answered = true
	}
	if !(is[*ClosedError](err) || is[*WaitError](err) || is[*HandlerError](err) || is[*LostError](err) ||
		is[*AbandonedError](err) || errors.Is(err, ErrLeaseEnded)) {
		m.violated("request %d says %T %v", q.id, err, err)
	}
}

func (m *model) noteResult(q *modelRequest, r *Result) {
	if q.runs != 1 || q.failed {
		m.violated("request %d ran %d times, failed %v, and has a result", q.id, q.runs, q.failed)
	}
	if q.session == "" {
		return
	}
	s := m.sessions[q.session]
	count, _ := strconv.Atoi(string(r.Payload))
	switch {
	case r.Rebound && (!s.answered || s.worker == r.WorkerID):
		m.violated("session %s, which counts %d, is re-bound from worker %d to %d", q.session, s.count, s.worker, r.WorkerID)
	case r.Rebound && count != 1, !r.Rebound && count != s.count+1:
		m.violated("session %s counts %d after %d, rebound %v", q.session, count, s.count, r.Rebound)
	case !r.Rebound && s.count > 0 && s.worker != r.WorkerID && !m.moving:
		m.violated("session %s moves from worker %d to %d", q.session, s.worker, r.WorkerID)
	}
	s.count, s.worker, s.answered = count, r.WorkerID, true
}

// books are what a client knows of a session that counts its requests.
type books struct {
	session string
	known   int // how far it has counted
}

// enter notes the answer to a request. The error says that state was lost without a word, or that there is too much of it.
func (b *books) enter(count int, rebound bool) error {
	want := b.known + 1
	if rebound {
		want = 1
	}
	if count != want {
		return fmt.Errorf("%s counts %d after %d, re-bound %v", b.session, count, b.known, rebound)
	}
	b.known = count
	return nil
}

// excuse returns the error of a request unless it is one that a client must expect when workers are killed and clients give
// up.
func excuse(err error) error {
	switch {
	case is[*WaitError](err), is[*LostError](err), is[*AbandonedError](err), is[*leaseError](err):
		return nil
	default:
		return fmt.Errorf("unexpected: %T %w", err, err)
	}
}
