package pool

import (
	"context"
	"log/slog"
)

// logEvent logs the events that an operator wants to know of. The others are for observers.
func (p *Pool) logEvent(ev Event) {
	logger := p.conf().Logger
	switch ev := ev.(type) {
	case EventWorkerFailed:
		logger.Error("a worker did not start", "pool", p.name, "worker", ev.Worker, "version", ev.Version, "err", ev.Err)
	case EventWorkerGone:
		level := slog.LevelWarn
		if ev.Reason.orderly() {
			level = slog.LevelInfo
		}
		logger.Log(context.Background(), level, "a worker is gone", "pool", p.name, "worker", ev.Worker, "version", ev.Version,
			"reason", string(ev.Reason), "err", ev.Err, "age", ev.Age, "output", lastLines(ev.Output, maxLogged))
	case EventUpgrading:
		p.logPhase(logger, &ev)
	case EventBreakerOpened:
		logger.Error("workers do not start: no start is tried for a while", "pool", p.name, "failures", ev.Failures,
			"pause", ev.Pause, "err", ev.Err)
	case EventStateNotKept:
		logger.Warn("the state of a session is not kept: it is over Sessions.MaxSnapshot", "pool", p.name, "session", ev.Session, "bytes", ev.Bytes)
	case EventSessionsLost:
		p.logLost(&ev)
	}
}

// logPhase logs how far an upgrade has come.
func (p *Pool) logPhase(logger *slog.Logger, ev *EventUpgrading) {
	switch {
	case ev.Ended: // see logUpgrade
		return
	case ev.Err != nil:
		logger.Warn("the upgrade of the workers turns back", "pool", p.name, "version", ev.Version, "phase", ev.Phase, "err", ev.Err)
	default:
		logger.Info("the workers are being upgraded", "pool", p.name, "version", ev.Version, "phase", ev.Phase)
	}
}

// logUpgrade logs what has come of an upgrade.
func (p *Pool) logUpgrade(r *UpgradeReport) {
	level := slog.LevelInfo
	if r.Outcome != outcomeDone {
		level = slog.LevelWarn
	}
	p.conf().Logger.Log(context.Background(), level, "the upgrade of the workers has ended", "pool", p.name, "outcome", r.Outcome,
		"from", r.From, "to", r.To, "took", r.Took, "why", r.Why, "new_requests", r.New.Requests, "new_failures", r.New.Failures,
		"new_cancelled", r.New.Cancelled,
		"carried", r.Sessions.Carried, "verified", r.Sessions.Verified, "unverified", r.Sessions.Unverified,
		"refused", r.Sessions.Refused, "lost", r.Sessions.Lost)
}

// logLost logs a loss of state. A pool that is closed ends every session.
func (p *Pool) logLost(ev *EventSessionsLost) {
	level := slog.LevelWarn
	if _, open := p.phase(); !open {
		level = slog.LevelInfo
	}
	attrs := []any{"pool", p.name, "sessions", ev.Count}
	if ev.Worker != 0 {
		attrs = append(attrs, "worker", ev.Worker)
	}
	if ev.Session != "" {
		attrs = append(attrs, "session", ev.Session)
	}
	p.conf().Logger.Log(context.Background(), level, "sessions have lost their state", attrs...)
}

// contained is a log handler whose panics stay where they are: what a log does must not end what it tells of.
type contained struct{ slog.Handler }

func contain(l *slog.Logger) *slog.Logger {
	if _, done := l.Handler().(contained); done || l.Handler() == slog.DiscardHandler {
		return l
	}
	return slog.New(contained{l.Handler()})
}

func (c contained) Handle(ctx context.Context, r slog.Record) error {
	defer func() { _ = recover() }()
	return c.Handler.Handle(ctx, r)
}

func (c contained) WithAttrs(attrs []slog.Attr) slog.Handler {
	return contained{c.Handler.WithAttrs(attrs)}
}

func (c contained) WithGroup(name string) slog.Handler { return contained{c.Handler.WithGroup(name)} }
