package fsm1_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/internal/queue"
)

// logged returns what becomes of the payload of a LOG frame.
func logged(t *testing.T, payload string) fsm1.LogRecord {
	t.Helper()
	data, _ := pipes(t)
	got := make(chan fsm1.LogRecord, 1)
	control := play(t, func(p peer) {
		p.says(frame.TypeLog, 7, payload)
		p.says(frame.TypePong, p.reads(frame.TypePing).ID, `{"ok":true}`)
	})
	l := fsm1.New(data, control, fsm1.Config{Log: func(r fsm1.LogRecord) { got <- r }})
	defer l.Close()
	if _, err := l.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	return <-got
}

func TestLog_RecordArrives(t *testing.T) {
	got := logged(t, `{"time":"2026-11-21T20:15:30.5Z","level":"ERROR+4","logger":"app","message":"no model","attrs":{"b":1,"a":"x"}}`)
	want := fsm1.LogRecord{
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

func TestLog_NoRecordIsText(t *testing.T) {
	for payload, want := range map[string]string{"plain": "plain", `{"message":NaN}`: `{"message":NaN}`, "\xff": "\ufffd", "": ""} {
		if got := logged(t, payload); got.Message != want || got.Level != slog.LevelInfo {
			t.Errorf("LOG %q = %+v; want the message %q", payload, got, want)
		}
	}
}

func TestLog_UnknownLevel(t *testing.T) {
	if got := logged(t, `{"level":"LOUD","message":"hey"}`); got.Level != slog.LevelInfo || got.Message != "hey" {
		t.Errorf("%+v; want hey at INFO", got)
	}
}

// flooded returns a link with a log, whose worker sends n records when its script begins, and answers probes.
func flooded(t *testing.T, log func(fsm1.LogRecord), script func(p peer)) *fsm1.Link {
	t.Helper()
	data, _ := pipes(t)
	control := play(t, func(p peer) {
		script(p)
		for {
			f, err := p.conn.ReadFrame()
			if err != nil {
				return
			}
			p.says(frame.TypePong, f.ID, `{"ok":true}`)
		}
	})
	l := fsm1.New(data, control, fsm1.Config{Log: log})
	t.Cleanup(func() { l.Close() })
	return l
}

func TestLog_RecordsThatComeTooFastAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const sent = 3 * queue.Burst
		var got, dropped atomic.Int64
		l := flooded(t, func(r fsm1.LogRecord) {
			if n, err := fmt.Sscanf(r.Message, "%d records were dropped: they came too fast", new(int)); n == 1 && err == nil {
				var count int64
				_, _ = fmt.Sscan(r.Message, &count)
				dropped.Add(count)
				return
			}
			got.Add(1)
		}, func(p peer) {
			time.Sleep(time.Hour) // saves no more than the burst
			for range sent {
				p.says(frame.TypeLog, 0, `{"message":"x"}`)
				synctest.Wait() // the handler is quick: only the rate counts
			}
		})
		if _, err := l.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got.Load() != queue.Burst || dropped.Load() != 0 {
			t.Errorf("%d records at once, %d said to be dropped; want %d, and nothing said yet", got.Load(), dropped.Load(), queue.Burst)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if got.Load()+dropped.Load() != sent {
			t.Errorf("%d records and %d dropped of %d", got.Load(), dropped.Load(), sent)
		}
	})
}

func TestLog_EndSaysWhatWasDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var message atomic.Pointer[string]
		l := flooded(t, func(r fsm1.LogRecord) { message.Store(&r.Message) }, func(p peer) {
			for range queue.Burst + 5 {
				p.says(frame.TypeLog, 0, `{"message":"x"}`)
				synctest.Wait()
			}
			p.raw.Close()
		})
		begin := time.Now()
		_, err := l.Ping(t.Context())
		synctest.Wait()
		last := *message.Load()
		if want := "5 records were dropped: they came too fast"; err == nil || last != want || time.Since(begin) > 0 {
			t.Errorf("Ping = %v, the last record after %v is %q; want %q at once", err, time.Since(begin), last, want)
		}
	})
}

func TestLog_RateIsThatOfASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var records atomic.Int64
		flooded(t, func(r fsm1.LogRecord) {
			if r.Message == "x" {
				records.Add(1)
			}
		}, func(p peer) {
			for range 10 * 400 { // 4000 records a second for 10 seconds
				for range 10 {
					p.says(frame.TypeLog, 0, `{"message":"x"}`)
				}
				synctest.Wait()
				time.Sleep(time.Second / 400)
			}
		})
		time.Sleep(11 * time.Second)
		got := int(records.Load())
		if want := queue.Burst + 10*queue.Rate; got < want-100 || got > want {
			t.Errorf("%d records of 40000 in 10 s; want %d", got, want)
		}
	})
}

func TestLog_SlowHandlerDelaysNoProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const sent = 2 * queue.Length
		var got atomic.Int32
		var said string
		l := flooded(t, func(r fsm1.LogRecord) {
			if r.Message == "x" {
				got.Add(1)
				time.Sleep(time.Minute)
				return
			}
			said = r.Message
		}, func(p peer) {
			for range sent {
				p.says(frame.TypeLog, 0, `{"message":"x"}`)
			}
		})
		begin := time.Now()
		for range 10 {
			if _, err := l.Ping(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if took := time.Since(begin); took > 0 || got.Load() != 1 {
			t.Errorf("10 probes end after %v and %d records; want them at once, behind the first", took, got.Load())
		}
		l.Close()
		time.Sleep(sent * time.Minute)
		synctest.Wait()
		if n := int(got.Load()); (n != queue.Length && n != queue.Length+1) || said != fmt.Sprintf("%d records were dropped: they came too fast", sent-n) {
			t.Errorf("%d records of %d, then %q; want %d or one more, and how many were dropped", n, sent, said, queue.Length)
		}
	})
}
