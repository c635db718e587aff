package pool

import (
	"context"
	"log/slog"
)

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
