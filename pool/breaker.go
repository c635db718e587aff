package pool

import (
	"github.com/fsmgen/fsmgen/generated/breakerfsm"
	fsm "github.com/fsmgen/fsmgen/runtime"
)

// breakerHooks carry out what the breaker of the pool's starts decides.
type breakerHooks struct{ p *Pool }

func (h breakerHooks) AtThreshold(x *breakerfsm.View) bool {
	return x.Data().Failures+1 >= x.Params().Threshold
}

func (h breakerHooks) ProbeLeft(x *breakerfsm.View) bool { return x.Data().Probes < x.Params().Probes }

func (h breakerHooks) EnoughSuccesses(x *breakerfsm.View) bool {
	return x.Data().Successes+1 >= x.Params().Successes
}

func (h breakerHooks) CountFailure(x *breakerfsm.Ctx)   { x.Data().Failures++ }
func (h breakerHooks) ForgetFailures(x *breakerfsm.Ctx) { x.Data().Failures = 0 }
func (h breakerHooks) CountProbe(x *breakerfsm.Ctx)     { x.Data().Probes++ }
func (h breakerHooks) CountSuccess(x *breakerfsm.Ctx)   { x.Data().Successes++ }

func (h breakerHooks) BeginProbes(x *breakerfsm.Ctx) {
	x.Data().Probes, x.Data().Successes = 0, 0
	signal(h.p.wake)
}

func (h breakerHooks) Granted(*breakerfsm.View) bool { return true }
func (h breakerHooks) Refused(*breakerfsm.View) bool { return false }

func (h breakerHooks) ReportOpened(x *breakerfsm.Ctx) {
	reason := h.p.lastFailure()
	h.p.conf().Logger.Error("workers do not start: nothing is tried for a while",
		"pool", h.p.name, "failures", x.Data().Failures, "pause", x.Params().CoolDown, "err", reason)
	h.p.observe(Event{Kind: BreakerOpened, Err: reason, Duration: x.Params().CoolDown, Count: x.Data().Failures})
}

func (h breakerHooks) ReportClosed(*breakerfsm.Ctx) {
	h.p.observe(Event{Kind: BreakerClosed})
	signal(h.p.wake)
}

func (h breakerHooks) Terminated(*breakerfsm.Ctx, error) {}

// guardStarts makes the breaker of the pool's starts live.
func (p *Pool) guardStarts(c *Config) error {
	return breakerfsm.StartAt(&p.breaker, breakerfsm.Hooks{Breaker: breakerHooks{p}},
		breakerfsm.Params{
			Threshold: c.BreakerThreshold, CoolDown: c.BreakerCoolDown,
			ProbeTimeout: c.StartupTimeout + 2*c.ShutdownGrace,
		},
		fsm.Config{Name: p.name + "/breaker", Group: p.group, Mailbox: -1, Logger: c.stepLogger()})
}
