package workerfsm_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/generated/workerfsm"
	fsm "github.com/fsmgen/fsmgen/runtime"
)

// pair is two workers with one life: one that its owner runs, and one on a server.
type pair struct {
	t         *testing.T
	born      time.Time
	bare      *workerfsm.Machine
	live      *workerfsm.Server
	bareDiary diary
	liveDiary diary
	last      string // the state that the server's observer has seen last
	over      bool
}

func newPair(t *testing.T) *pair {
	t.Helper()
	p := &pair{t: t, born: time.Now(), last: workerfsm.StateInitializing.String()}
	var err error
	if p.bare, err = workerfsm.New(p.bareDiary.hooks(), workerfsm.Params{}); err != nil {
		t.Fatal(err)
	}
	if p.live, err = workerfsm.Start(p.liveDiary.hooks(), workerfsm.Params{}, fsm.Config{Observer: p}); err != nil {
		t.Fatal(err)
	}
	return p
}

// Observe checks that each step is one of the spec and begins where the one before has ended.
func (p *pair) Observe(info *fsm.Info, step fsm.Step) {
	if step.From != p.last {
		p.t.Errorf("%s begins in %s; want %s", step.Event, step.From, p.last)
	}
	p.last = step.To
	if step.Kind != fsm.StepAccepted {
		if step.From != step.To {
			p.t.Errorf("%s is %s and leads from %s to %s", step.Event, step.Kind, step.From, step.To)
		}
		return
	}
	taken := info.Transitions[step.Transition]
	to := taken.To
	if taken.Internal {
		to = step.From
	}
	if !within(step.From, taken.From) || taken.Event != step.Event || to != step.To {
		p.t.Errorf("the step %s --%s--> %s is said to be %+v", step.From, step.Event, step.To, taken)
	}
}

// within reports whether a state is another one or inside it.
func within(state, of string) bool {
	inner, err := workerfsm.ParseState(state)
	outer, err2 := workerfsm.ParseState(of)
	return err == nil && err2 == nil && inner.In(outer)
}

// pass lets time pass, from one time-out to the next.
func (p *pair) pass(d time.Duration) {
	for end := time.Now().Add(d); ; {
		next, ok := p.bare.Expire()
		wait := time.Until(end)
		if ok {
			wait = min(wait, time.Until(p.born.Add(next)))
		}
		time.Sleep(wait)
		synctest.Wait()
		if wait <= 0 {
			return
		}
	}
}

// happen lets one event happen to both.
func (p *pair) happen(o occurrence, way byte) {
	before, entries, due := p.bare.Data(), len(p.bareDiary.entries), p.due()
	state := p.bare.State()
	reply, err := o.bare(p.bare)
	p.checkVerdict(o, state, before.Leases, err)
	if err != nil && (p.bare.State() != state || p.bare.Data() != before || len(p.bareDiary.entries) != entries || p.due() != due) {
		p.t.Errorf("%s in %s is refused (%v) and changes something: %v, %+v", o.name, state, err, p.bare.State(), p.bare.Data())
	}
	if err == nil && !leads(state, o.name, p.bare.State()) {
		p.t.Errorf("%s leads from %s to %s; the spec says otherwise", o.name, state, p.bare.State())
	}
	liveReply, liveErr, answered := p.send(o, way)
	if !answered {
		return
	}
	if diff := cmp.Diff(reply, liveReply); diff != "" {
		p.t.Errorf("%s: the replies differ (-bare +server):\n%s", o.name, diff)
	}
	if text(err) != text(liveErr) {
		p.t.Errorf("%s: %v; want as of the bare worker: %v", o.name, liveErr, err)
	}
}

// leads reports whether the spec has a transition for this, or ignores the event.
func leads(from workerfsm.State, event string, to workerfsm.State) bool {
	handled := false
	for _, t := range workerfsm.Info().Transitions {
		if within(from.String(), t.From) && t.Event == event {
			if t.To == to.String() || t.Internal && from == to {
				return true
			}
			handled = true
		}
	}
	return !handled && from == to
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// send sends the event to the server, and waits for the answer if there is one.
func (p *pair) send(o occurrence, way byte) (reply any, err error, answered bool) {
	ctx := context.Background()
	switch way {
	case byCast:
		err = p.live.Runtime().Cast(o.event)
		synctest.Wait()
		return nil, err, false
	case byPost:
		err = p.live.Post(o.event)
		synctest.Wait()
		return nil, err, false
	case byCall:
		if _, grants := o.event.(workerfsm.CheckoutEvent); grants {
			reply, err = fsm.Call[workerfsm.Grant](ctx, p.live.Runtime(), o.event)
			return reply, err, true
		}
		_, err = fsm.Call[struct{}](ctx, p.live.Runtime(), o.event)
		return nil, err, true
	default:
		reply, err = o.live(ctx, p.live)
		return reply, err, true
	}
}

// due is when the bare worker's next time-out is; never is -1.
func (p *pair) due() time.Duration {
	if next, ok := p.bare.Expire(); ok {
		return next
	}
	return -1
}

// checkVerdict checks that an event is refused exactly where the table of the worker has no use for it, or where a client is
// done that there is not.
func (p *pair) checkVerdict(o occurrence, state workerfsm.State, leases int, err error) {
	info := workerfsm.Info()
	event := slices.Index(info.Events, o.name)
	switch unhandled := (*fsm.UnhandledError)(nil); {
	case state == workerfsm.StateTerminated:
		if !errors.Is(err, fsm.ErrStopped) {
			p.t.Errorf("%s after the end: %v; want ErrStopped", o.name, err)
		}
	case state.In(workerfsm.StateServing) && leases == 0 && strings.HasPrefix(o.name, "checkin"):
		if !errors.As(err, &unhandled) {
			p.t.Errorf("%s in %s: %v; want an UnhandledError, since no client has the worker", o.name, state, err)
		}
	case info.Accepts(int(state), event):
		if err != nil {
			p.t.Errorf("%s in %s: %v; want it taken", o.name, state, err)
		}
	case !errors.As(err, &unhandled):
		p.t.Errorf("%s in %s: %v; want an UnhandledError", o.name, state, err)
	}
}

// check compares the two, and holds them against the spec.
func (p *pair) check() {
	p.t.Helper()
	state := p.live.State()
	if state != p.bare.State() {
		p.t.Fatalf("the server is %v; want as the bare worker: %v", state, p.bare.State())
	}
	live := p.lookAtDiary()
	if diff := cmp.Diff(p.bareDiary.entries, live.entries); diff != "" {
		p.t.Fatalf("hooks (-bare +server):\n%s", diff)
	}
	if live.data != p.bare.Data() {
		p.t.Fatalf("the server has %+v; want as the bare worker: %+v", live.data, p.bare.Data())
	}
	if owned := live.data.Leases; owned < 0 || owned > 0 && !state.In(workerfsm.StateServing) {
		p.t.Fatalf("in %s the worker has %d clients", state, owned)
	}
	p.checkTimer()
	p.checkEnd()
}

// lookAtDiary returns what the hooks of the server have written down, looked at while none of them runs.
func (p *pair) lookAtDiary() (d diary) {
	p.t.Helper()
	err := p.live.Runtime().Inspect(context.Background(), func() {
		d = diary{entries: slices.Clone(p.liveDiary.entries), data: p.liveDiary.data}
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return d
}

// checkTimer checks that a time-out is due only in the states that declare one.
func (p *pair) checkTimer() {
	p.t.Helper()
	_, armed := p.bare.Expire()
	declares := false
	switch state := p.bare.State(); {
	case state == workerfsm.StateInitializing, state.In(workerfsm.StateDraining):
		declares = true
	case state == workerfsm.StateTerminating:
		declares = p.bareDiary.count("kill") == 0 // the last one
	}
	if armed != declares {
		p.t.Fatalf("in %s, a time-out is due: %v; want %v", p.bare.State(), armed, declares)
	}
}

// checkEnd checks that the end comes once, in the final state, and is for good.
func (p *pair) checkEnd() {
	p.t.Helper()
	ended := p.bare.State() == workerfsm.StateTerminated
	if p.over && !ended {
		p.t.Fatalf("a worker that was terminated is %s", p.bare.State())
	}
	p.over = ended
	for name, err := range map[string]error{"bare": p.bare.Err(), "server": p.live.Err()} {
		if errors.Is(err, fsm.ErrStopped) != ended {
			p.t.Fatalf("%s: Err() = %v in %s", name, err, p.bare.State())
		}
	}
	if n := p.bareDiary.count("terminated"); n != 0 && !ended || n != 1 && ended {
		p.t.Fatalf("Terminated has run %d times in %s", n, p.bare.State())
	}
}
