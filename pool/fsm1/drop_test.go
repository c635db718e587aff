package fsm1_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/wire"
)

func TestDrop_SplitsAndLeavesOut(t *testing.T) {
	s := func(name string, generation uint64) wire.Session {
		return wire.Session{ID: name, Generation: generation}
	}
	tests := []struct {
		name     string
		sessions []wire.Session
		want     []string
	}{
		{"none", nil, nil},
		{"one", []wire.Session{s("a", 1)}, []string{`[["a",1]]`}},
		{"what JSON escapes", []wire.Session{s("<b>\n\"", 7)}, []string{`[["<b>\n\"",7]]`}},
		{"the largest generation", []wire.Session{s("b", 1<<64-1)}, []string{`[["b",18446744073709551615]]`}},
		{"as many as fit", []wire.Session{s("aaa", 1), s("bbb", 2), s("ccc", 3)}, []string{`[["aaa",1],["bbb",2]]`, `[["ccc",3]]`}},
		{"as long as fits", []wire.Session{s(strings.Repeat("x", 20), 1)}, []string{`[["xxxxxxxxxxxxxxxxxxxx",1]]`}},
		{"too long", []wire.Session{s("a", 1), s(strings.Repeat("x", 21), 1), s("b", 1)}, []string{`[["a",1],["b",1]]`}},
		{"not UTF-8", []wire.Session{s("\xff", 1)}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, p := range fsm1.DropPayloads(tt.sessions, 28) {
				if len(p) > 28 || !json.Valid(p) {
					t.Errorf("%s has %d bytes; want JSON of at most 28", p, len(p))
				}
				got = append(got, string(p))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDrop_ReachesWorkersThatHaveIt(t *testing.T) {
	for _, can := range []bool{true, false} {
		t.Run(fmt.Sprint(can), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got []string
				data := play(t, func(p peer) {
					p.says(frame.TypeHello, 0, map[bool]string{true: `{"versions":[1],"capabilities":["drop"]}`, false: hello}[can])
					p.reads(frame.TypeWelcome)
					p.says(frame.TypeReady, 0, `{}`)
				})
				control := play(t, func(p peer) {
					for {
						f, err := p.conn.ReadFrame()
						if err != nil {
							return
						}
						got = append(got, fmt.Sprintf("%v %d %s", f.Type, f.ID, f.Payload))
					}
				})
				l := fsm1.New(data, control, fsm1.Config{})
				defer l.Close()
				if _, err := l.Handshake(t.Context(), wire.Welcome{}); err != nil {
					t.Fatal(err)
				}
				if l.Can(wire.CanDrop) != can {
					t.Errorf("Can(drop) = %v", !can)
				}
				sessions := make([]wire.Session, 0, 3001)
				sessions = append(sessions, wire.Session{ID: strings.Repeat("x", fsm1.ControlLimit)})
				for i := range 3000 {
					sessions = append(sessions, wire.Session{ID: fmt.Sprintf("session-%024d", i), Generation: 1})
				}
				if err := l.Drop(sessions[:2]); err != nil {
					t.Error(err)
				}
				if err := l.Drop(sessions); err != nil {
					t.Error(err)
				}
				synctest.Wait()
				switch {
				case !can && len(got) > 0:
					t.Errorf("a worker that does not have it is sent %.100q", got)
				case can && (len(got) != 3 || got[0] != `DROP 0 [["session-000000000000000000000000",1]]`):
					t.Errorf("%d frames, the first is %.100q; want 1 and 2", len(got), got)
				}
			})
		})
	}
}

// A worker that does not read its control connection.
func TestDrop_NeverWaitsForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		data := play(t, func(p peer) {
			p.says(frame.TypeHello, 0, `{"versions":[1],"capabilities":["drop"]}`)
			p.reads(frame.TypeWelcome)
			p.says(frame.TypeReady, 0, `{}`)
		})
		control, _ := pipes(t)
		l := fsm1.New(data, control, fsm1.Config{})
		defer l.Close()
		if _, err := l.Handshake(t.Context(), wire.Welcome{}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			begin := time.Now()
			if err := l.Drop([]wire.Session{{ID: "s"}}); err == nil || time.Since(begin) != fsm1.DropTimeout {
				t.Errorf("Drop = %v after %v; want an error after %v", err, time.Since(begin), fsm1.DropTimeout)
			}
		}
	})
}
