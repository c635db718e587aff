package pool

import (
	"context"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core"
)

// EndSession forgets a session: its worker drops the state, and what the pool has kept of it makes room for others. The next
// request of that name begins a new session. It does not wait, and reports false if there is no such session, a request or
// lease has it or waits for it, or the pool takes no requests; see [Pool.CloseSession]. A session that is not ended expires
// after Sessions.SessionTimeout.
func (p *Pool) EndSession(session string) (ok bool) {
	p.step(func(now core.Time) { ok = p.core.EndSession(now, session) })
	return ok
}

// CloseSession is [Pool.EndSession] that waits until no request and no lease has the session or waits for it. A caller that
// wants them to end cancels their contexts first; those that come meanwhile are waited for, too. It returns nil when there
// is no such session any more, also if there was none. The error is a [SessionEndError] when ctx ends first: the session goes
// on then. It is a [ClosedError] if the pool takes no requests, or stops meanwhile.
func (p *Pool) CloseSession(ctx context.Context, session string) error {
	ended, err, since := make(chan struct{}), p.closed(), time.Now()
	if err != nil {
		return err
	}
	gone := false
	var refusal *core.Refusal
	p.step(func(now core.Time) { gone, refusal = p.core.AwaitEnd(now, session, ended) })
	switch {
	case refusal != nil:
		return &ClosedError{Pool: p.name, Phase: phaseOf(refusal.Phase)}
	case gone:
		return nil
	}
	select {
	case <-ended:
		return nil
	case <-p.stopped:
		return p.closed()
	case <-ctx.Done():
	}
	waits := false
	p.step(func(core.Time) { waits = p.core.CancelEnd(ended) })
	if !waits {
		return nil // it has ended at the same time
	}
	return &SessionEndError{Pool: p.name, Session: session, Waited: time.Since(since), Err: endOf(ctx)}
}
