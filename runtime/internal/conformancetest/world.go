package conformancetest

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/statem"
)

// world is the state of one replay: the machine, its callers, and the trace.
type world struct {
	scenario *Scenario
	clock    *fsm.Clock
	code     map[string]*statem.Callback[string, int] // by module name
	core     *statem.Core[string, int]                // nil if it did not start
	early    []statem.Event                           // events that Init has sent to the machine itself
	used     []int                                    // number of uses of each rule

	endless func() // is called if the trace is far longer than expected; does not return

	calls  []*pendingCall
	stored []*pendingCall // calls that a rule has stored, oldest first
	down   bool
	result Expectation
}

// pendingCall is a process that waits for the answer to one call.
type pendingCall struct {
	id       int
	from     *statem.From
	deadline time.Duration // when its time-out ends; statem.Infinity if it has none
	outcome  entry         // nil while it waits
}

// Replay runs a scenario and returns its trace. It calls endless, which must not return, if the
// trace is far longer than expected.
func Replay(s *Scenario, endless func()) Expectation {
	w := &world{scenario: s, clock: fsm.NewVirtualClock(), used: make([]int, len(s.Machine.Rules)), endless: endless}
	w.code = map[string]*statem.Callback[string, int]{"A": w.module("A"), "B": w.module("B"), "C": w.module("C")}
	w.start()
	for i := 0; ; {
		i += w.perform(s.Script[i:])
		w.run()
		now := min(w.next(s.Script[i:]), ms(s.EndMs))
		w.clock.Advance(now)
		w.giveUp(now)
		if now == ms(s.EndMs) {
			break
		}
	}
	w.finish()
	return w.result
}

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

func (w *world) now() int { return int(w.clock.Now() / time.Millisecond) }

func (w *world) note(e entry) {
	e["t"] = w.now()
	w.result.Trace = append(w.result.Trace, plain(e).(entry))
	if len(w.result.Trace) > 2*len(w.scenario.Expect.Trace)+100 {
		w.endless()
	}
}

func (w *world) start() {
	core, err := statem.NewCore(w.code["A"], w.clock)
	switch {
	case err == nil:
		w.core, w.result.Start = core, "ok"
		for _, ev := range w.early {
			w.send(ev)
		}
	case err == statem.ErrIgnored:
		w.result.Start = "ignore"
	default:
		w.result.Start = plain(entry{"error": startReason(err)})
	}
}

// send sends an event without a reply. If no machine runs, the event is dropped.
func (w *world) send(ev statem.Event) {
	if w.core == nil {
		w.early = append(w.early, ev)
		return
	}
	_ = w.core.Send(ev)
}

// perform does the operations of the script for this instant and returns their number.
func (w *world) perform(script []op) (done int) {
	for done < len(script) && ms(script[done].AtMs) == w.clock.Now() {
		w.do(script[done])
		done++
	}
	return done
}

// run runs the machine, and records its end.
func (w *world) run() {
	if w.core == nil || w.down {
		return
	}
	w.core.Run()
	err := w.core.Err()
	if err == nil {
		return
	}
	w.down = true
	w.note(entry{"k": "down", "why": reason(err)})
	for _, c := range w.calls {
		w.answered(c, nil, err)
	}
}

// next returns the time of the next operation, timer or time-out of a call.
func (w *world) next(script []op) time.Duration {
	next := statem.Infinity
	if len(script) > 0 {
		next = ms(script[0].AtMs)
	}
	if w.core != nil {
		if deadline, ok := w.core.Deadline(); ok {
			next = min(next, deadline)
		}
	}
	for _, c := range w.calls {
		if c.outcome == nil {
			next = min(next, c.deadline)
		}
	}
	return next
}

func (w *world) giveUp(now time.Duration) {
	for _, c := range w.calls {
		if c.outcome == nil && c.deadline <= now {
			c.outcome = entry{"id": c.id, "out": "timeout", "t": w.now()}
		}
	}
}

// call sends a call. Its caller waits while the script goes on.
func (w *world) call(o op) {
	c := &pendingCall{id: o.ID, deadline: statem.Infinity}
	if o.TimeoutMs != nil {
		c.deadline = w.clock.Now() + ms(*o.TimeoutMs)
	}
	w.calls = append(w.calls, c)
	if w.core == nil || w.down {
		c.outcome = entry{"id": c.id, "out": "exit", "why": "noproc", "t": w.now()}
		return
	}
	c.from = statem.NewFrom(func(value any, err error) { w.answered(c, value, err) })
	_ = w.core.Send(statem.Event{Kind: statem.KindCall, Content: o.Event, From: c.from})
}

func (w *world) answered(c *pendingCall, value any, err error) {
	switch {
	case c.outcome != nil:
	case err != nil:
		c.outcome = entry{"id": c.id, "out": "exit", "why": reason(err), "t": w.now()}
	default:
		c.outcome = entry{"id": c.id, "out": "reply", "v": value, "t": w.now()}
		w.note(entry{"k": "reply", "id": c.id, "v": value})
	}
}

func (w *world) callOf(from *statem.From) *pendingCall {
	i := slices.IndexFunc(w.calls, func(c *pendingCall) bool { return c.from == from })
	return w.calls[i]
}

// finish records the calls and the state at the end.
func (w *world) finish() {
	for _, c := range w.calls {
		if c.outcome == nil {
			c.outcome = entry{"id": c.id, "out": "pending"}
		}
		w.result.Calls = append(w.result.Calls, plain(c.outcome).(entry))
	}
	final := entry{"alive": false}
	switch {
	case w.down:
		final["why"] = reason(w.core.Err())
	case w.core != nil:
		final = w.status()
		final["alive"] = true
	}
	w.result.Final = plain(final).(entry)
}

func (w *world) status() entry {
	s := w.core.Status()
	out := entry{"s": s.State, "d": s.Data, "postponed": []any{}, "timeouts": []any{}}
	for _, ev := range s.Postponed {
		out["postponed"] = append(out["postponed"].([]any), described(ev))
	}
	for _, t := range s.Timeouts {
		ev := statem.Event{Kind: t.Timer.Kind(), Name: t.Timer.Name(), Content: t.Content}
		out["timeouts"] = append(out["timeouts"].([]any), described(ev))
	}
	slices.SortFunc(out["timeouts"].([]any), func(a, b any) int { return cmp.Compare(jsonText(a), jsonText(b)) })
	if s.Suspended {
		out["suspended"] = true
	}
	if len(s.Callbacks) > 1 || s.Callbacks[0].Name != "A" {
		var names []any
		for _, c := range s.Callbacks {
			names = append(names, c.Name)
		}
		out["modules"] = names
	}
	return out
}

func described(ev statem.Event) []any {
	if ev.Kind == statem.KindNamedTimeout {
		return []any{ev.Kind.String(), ev.Name, ev.Content}
	}
	return []any{ev.Kind.String(), ev.Content}
}

func jsonText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// faultNames are the names in the files of the faults of a callback.
var faultNames = map[error]string{
	statem.ErrBadResult:      "bad_return",
	statem.ErrBadAction:      "bad_action",
	statem.ErrBadReply:       "bad_reply_action",
	statem.ErrBadEnterResult: "bad_enter_return",
	statem.ErrBadEnterAction: "bad_enter_action",
}

// reason returns the text of an exit reason, with a prefix for a panic.
func reason(err error) string {
	if stopped, ok := err.(*fsm.StoppedError); ok {
		err = stopped.Cause
	}
	if p, ok := errors.AsType[*fsm.PanicError](err); ok {
		return "error:" + p.Value.(string)
	}
	return bareReason(err)
}

func bareReason(err error) string {
	if err == nil {
		return "normal"
	}
	if p, ok := errors.AsType[*fsm.PanicError](err); ok {
		return p.Value.(string)
	}
	if c, ok := errors.AsType[*statem.CallbackError](err); ok {
		return faultNames[c.Err]
	}
	return err.Error()
}

func startReason(err error) string {
	if stopped, ok := err.(*fsm.StoppedError); ok {
		err = stopped.Cause
	}
	if errors.Is(err, statem.ErrBadResult) {
		return "bad_return_from_init"
	}
	return bareReason(err)
}
