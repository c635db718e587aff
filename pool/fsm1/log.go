package fsm1

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/internal/queue"
)

// LogRecord is one record of a worker's log.
type LogRecord struct {
	Request uint64 // id of the request that it was written in; 0 outside of one
	Command string // of that request; empty where it is not known any more
	Session string // of that request; empty for none
	Time    time.Time
	Level   slog.Level
	Logger  string // name of the worker's logger
	Message string
	Attrs   map[string]any
}

// Record returns the record in the form of slog. What is known of its logger and request are the attributes "logger",
// "request", "command" and "session"; the others follow in the order of their names.
func (r LogRecord) Record() slog.Record {
	out := slog.NewRecord(r.Time, r.Level, r.Message, 0)
	if r.Logger != "" {
		out.AddAttrs(slog.String("logger", r.Logger))
	}
	if r.Request != 0 {
		out.AddAttrs(slog.Uint64("request", r.Request))
	}
	if r.Command != "" {
		out.AddAttrs(slog.String("command", r.Command))
	}
	if r.Session != "" {
		out.AddAttrs(slog.String("session", r.Session))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Attrs)) {
		out.AddAttrs(slog.Any(name, r.Attrs[name]))
	}
	return out
}

// logQueue passes LOG frames on to handle, which may be nil.
func logQueue(handle func(LogRecord)) *queue.Queue[frame.Frame] {
	if handle == nil {
		handle = func(LogRecord) {}
	}
	return queue.New(func(f frame.Frame) { handle(logRecord(f)) }, func(n int) {
		handle(LogRecord{
			Time: time.Now(), Level: slog.LevelWarn, Message: fmt.Sprintf("%d records were dropped: they came too fast", n),
		})
	}, true)
}

// logRecord never fails: what a worker wants to say is not to be lost for its form.
func logRecord(f frame.Frame) LogRecord {
	var body struct {
		Time    time.Time      `json:"time"`
		Level   string         `json:"level"`
		Logger  string         `json:"logger"`
		Message string         `json:"message"`
		Attrs   map[string]any `json:"attrs"`
	}
	decoder := json.NewDecoder(bytes.NewReader(f.Payload))
	decoder.UseNumber()
	if err := decoder.Decode(&body); err != nil {
		return LogRecord{Request: f.ID, Time: time.Now(), Message: strings.ToValidUTF8(string(f.Payload), "\ufffd")}
	}
	number(body.Attrs)
	return LogRecord{
		Request: f.ID, Time: body.Time, Level: logLevel(body.Level),
		Logger: body.Logger, Message: body.Message, Attrs: body.Attrs,
	}
}

// number returns v with the numbers in it as int64 where they fit, else as float64: as float64 alone, large integers would
// change.
func number(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		if f, err := v.Float64(); err == nil && strings.ContainsAny(v.String(), ".eE") {
			return f
		}
	case []any:
		for i := range v {
			v[i] = number(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = number(v[name])
		}
	}
	return v
}

// logLevel reads the names of slog, and takes any other for INFO.
func logLevel(name string) slog.Level {
	var level slog.Level
	if err := level.UnmarshalText([]byte(name)); err != nil {
		return slog.LevelInfo
	}
	return level
}

// recent is the requests that were written last, so that what a worker logs about one can name it, also when its answer has
// come before the record.
type recent struct {
	at    int
	calls [recentCalls]recentCall
}

// recentCalls is how many there are: as many as a busy worker has within the time that a record takes.
const recentCalls = 64

type recentCall struct {
	id               uint64
	command, session string
}

func (r *recent) note(id uint64, command, session string) {
	r.calls[r.at] = recentCall{id, command, session}
	r.at = (r.at + 1) % recentCalls
}

func (r *recent) find(id uint64) recentCall {
	for i := range r.calls {
		if r.calls[i].id == id {
			return r.calls[i]
		}
	}
	return recentCall{}
}

// describing returns log, called with records that know the command and the session of their request.
func (d *dataConn) describing(log func(LogRecord)) func(LogRecord) {
	if log == nil {
		return nil
	}
	return func(r LogRecord) {
		if r.Request != 0 {
			d.mu.Lock()
			call := d.recent.find(r.Request)
			d.mu.Unlock()
			r.Command, r.Session = call.command, call.session
		}
		log(r)
	}
}
