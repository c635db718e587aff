package pool

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
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
		logger.Warn("the upgrade of the workers is rolled back", "pool", p.name, "version", ev.Version, "phase", ev.Phase, "err", ev.Err)
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

// contained is a log handler that recovers from panics of the handler in it: a log must not end the service.
type contained struct{ slog.Handler }

// contain returns a logger with a handler that cannot panic. A logger that discards everything, or is contained, stays as
// it is.
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

// pythonPlace is the line of a Python traceback that says where.
var pythonPlace = regexp.MustCompile(`^File "(.+)", line (\d{1,9})\b`)

// lastWords is the end of a message about a worker: the last line of its output that says anything, which for Python is the
// exception, and the place that its traceback names.
func lastWords(output []string) string {
	words, place := "", ""
	for _, line := range output {
		line = strings.TrimSpace(line)
		if at := pythonPlace.FindStringSubmatch(line); at != nil {
			place = fmt.Sprintf(" (%s:%s)", oneLine(at[1], maxType), at[2])
		}
		if line != "" {
			words = line
		}
	}
	if words == "" {
		return ""
	}
	return ": " + oneLine(words, maxReason) + place
}

// The bounds of what a worker says in errors and on health pages, in bytes.
const (
	maxReason = 4 << 10
	maxType   = 256
)

// maxLogged bounds the output of a worker in one record of the log, in bytes.
const maxLogged = 2 << 10

// lastLines returns the last of the lines, as many as have at most limit bytes together, and at least one. Each is bounded
// and has escapes for what cannot be printed. Where some are left out, the first one says how many.
func lastLines(lines []string, limit int) []string {
	kept, first := []string(nil), len(lines)
	for first > 0 {
		line := oneLine(lines[first-1], maxLine)
		if limit -= len(line); limit < 0 && len(kept) > 0 {
			break
		}
		kept = append(kept, line)
		first--
	}
	if first > 0 {
		kept = append(kept, fmt.Sprintf("(%d earlier lines)", first))
	}
	slices.Reverse(kept)
	return kept
}

// maxLine bounds a line of that output.
const maxLine = 512

// text is the text of an error that quotes a worker or a caller.
func text(err error) string {
	if err == nil {
		return "no reason is known"
	}
	return oneLine(err.Error(), maxReason)
}

// oneLine returns the text with escapes for what cannot be printed, and shortened to limit bytes, so that a worker can
// neither forge lines of a log nor fill it.
func oneLine(text string, limit int) string {
	cut := len(text) > limit
	if cut {
		text = text[:limit]
	}
	text = strings.ToValidUTF8(text, "\ufffd")
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		quoted := strconv.Quote(text)
		text = quoted[1 : len(quoted)-1]
	}
	if cut {
		text += "..."
	}
	return text
}
