package wire_test

import (
	"bytes"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// logged returns what becomes of the payload of a LOG frame.
func logged(t *testing.T, payload string) wire.LogRecord {
	t.Helper()
	data, _ := pipes(t)
	got := make(chan wire.LogRecord, 1)
	control := play(t, func(p peer) {
		p.says(wire.TypeLog, 7, payload)
		p.says(wire.TypePong, p.reads(wire.TypePing).ID, `{"ok":true}`)
	})
	l := wire.NewFSM1(data, control, wire.FSM1Config{Log: func(r wire.LogRecord) { got <- r }})
	defer l.Close()
	if _, err := l.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	return <-got
}

func TestTheLogOfAWorkerArrives(t *testing.T) {
	got := logged(t, `{"time":"2026-11-21T20:15:30.5Z","level":"ERROR+4","logger":"app","message":"no model","attrs":{"b":1,"a":"x"}}`)
	want := wire.LogRecord{
		Request: 7, Time: time.Date(2026, 11, 21, 20, 15, 30, 500_000_000, time.UTC), Level: slog.LevelError + 4,
		Logger: "app", Message: "no model", Attrs: map[string]any{"a": "x", "b": int64(1)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	var text bytes.Buffer
	if err := slog.NewTextHandler(&text, nil).Handle(t.Context(), got.Record()); err != nil {
		t.Fatal(err)
	}
	const line = `time=2026-11-21T20:15:30.500Z level=ERROR+4 msg="no model" logger=app request=7 a=x b=1` + "\n"
	if diff := cmp.Diff(line, text.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestALogThatIsNoRecordIsTakenAsText(t *testing.T) {
	for payload, want := range map[string]string{"plain": "plain", `{"message":NaN}`: `{"message":NaN}`, "\xff": "\ufffd", "": ""} {
		if got := logged(t, payload); got.Message != want || got.Level != slog.LevelInfo {
			t.Errorf("LOG %q = %+v; want the message %q", payload, got, want)
		}
	}
}

func TestAnUnknownLevelIsInfo(t *testing.T) {
	if got := logged(t, `{"level":"LOUD","message":"hey"}`); got.Level != slog.LevelInfo || got.Message != "hey" {
		t.Errorf("%+v; want hey at INFO", got)
	}
}
