package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"
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
func logQueue(handle func(LogRecord)) *queue[Frame] {
	if handle == nil {
		handle = func(LogRecord) {}
	}
	return newQueue(func(f Frame) { handle(logRecord(f)) }, func(n int) {
		handle(LogRecord{
			Time: time.Now(), Level: slog.LevelWarn, Message: fmt.Sprintf("%d records were dropped: they came too fast", n),
		})
	}, true)
}

// logRecord never fails: what a worker wants to say is not to be lost for its form.
func logRecord(f Frame) LogRecord {
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
