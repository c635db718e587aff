package proc

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDecodeAnswer_OneOfItsParts(t *testing.T) {
	for message, ok := range map[string]bool{
		`{"ready": true, "pid": 7, "sources": ["/a.py"]}`: true,
		`{"refused": "threads run"}`:                      true,
		`{"forked": 1, "pid": 7}`:                         true,
		`{"failed": 1, "reason": "fork: no"}`:             true,
		`{"exited": 7, "status": 256}`:                    true,
		`{"exited": 7, "status": 9, "later": "more"}`:     true,
		`{}`:                              false,
		`{"ready": true, "refused": "x"}`: false,
		`{"forked": 1}`:                   false,
		`{"forked": 1, "pid": 1}`:         false,
		`{"forked": -1, "pid": 7}`:        false,
		`{"exited": -7}`:                  false,
		`[]`:                              false,
		``:                                false,
	} {
		if _, err := decodeAnswer([]byte(message)); (err == nil) != ok {
			t.Errorf("decodeAnswer(%s) = %v; want it accepted: %t", message, err, ok)
		}
	}
}

func TestExit_OfAForkServer(t *testing.T) {
	for message, want := range map[string]Exit{
		`{"exited": 7, "status": 768, "rusage": [1.5, 0.25, 2048]}`: {
			Code: 3, User: 1500 * time.Millisecond, System: 250 * time.Millisecond, MaxRSS: 2 << 20,
		},
		`{"exited": 7, "status": 139}`:                          {Code: -1, Signal: 11, Core: true},
		`{"exited": 7, "status": 9, "rusage": [-1, 1e300, -1]}`: {Code: -1, Signal: 9, System: 1<<62 - 1 + 1},
	} {
		a, err := decodeAnswer([]byte(message))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, a.exit()); diff != "" {
			t.Errorf("exit of %s (-want +got):\n%s", message, diff)
		}
	}
}

func FuzzDecodeAnswer(f *testing.F) {
	for _, s := range []string{
		`{"ready": true, "pid": 7, "sources": ["/a.py"]}`, `{"forked": 1, "pid": 7}`, `{"exited": 7, "status": 9, "rusage": [1, 1e300, 1]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := decodeAnswer(b)
		if err != nil {
			return
		}
		if e := a.exit(); e.User < 0 || e.System < 0 || e.MaxRSS < 0 {
			t.Errorf("exit of %q = %+v", b, e)
		}
		if a.Forked > 0 && a.PID <= 1 {
			t.Errorf("%q forked process %d", b, a.PID)
		}
	})
}

func TestEnvironmentChange_WhatDiffers(t *testing.T) {
	from := []string{"SAME=1", "OTHER=1", "GONE=1", "ALSO GONE="}
	to := []string{"SAME=1", "OTHER=2", "NEW=a=b", "EMPTY="}
	set, unset := environmentChange(from, to)
	if diff := cmp.Diff(map[string]string{"OTHER": "2", "NEW": "a=b", "EMPTY": ""}, set); diff != "" {
		t.Errorf("set (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"ALSO GONE", "GONE"}, unset); diff != "" {
		t.Errorf("unset (-want +got):\n%s", diff)
	}
}
