package pool

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestAlike_SameBytesOrSameJSON(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"", "", true},
		{"no JSON", "no JSON", true},
		{"no JSON", "nor this", false},
		{"1", "no JSON", false},
		{`{"a": 1, "b": [2, null]}`, `{"b":[2,null],"a":1}`, true},
		{`{"a": 1}`, `{"a": 2}`, false},
		{`{"a": 1}`, `{"a": 1, "b": 1}`, false},
		{"[1, 2]", "[2, 1]", false},
		{"1.0", "1", true},
		{"1e3", "1000", true},
		{"9007199254740993", "9007199254740992", false}, // as floats they are equal
		{`"1"`, "1", false},
		{"true", "false", false},
	} {
		if got := alike([]byte(tt.a), []byte(tt.b)); got != tt.want || alike([]byte(tt.b), []byte(tt.a)) != got {
			t.Errorf("%s and %s are alike: %v; want %v", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestShadow_WhatIsADifference(t *testing.T) {
	answer := func(text, contentType string) *Result {
		return &Result{Payload: []byte(text), ContentType: contentType}
	}
	old := answer(`{"a": 1}`, "application/json")
	for _, tt := range []struct {
		what     string
		answer   *Result
		err      error
		differs  bool
		payloads int // that are kept, where they may be
	}{
		{"the same bytes", answer(`{"a": 1}`, "application/json"), nil, false, 0},
		{"the same value", answer(`{"a":1}`, "application/json"), nil, false, 0},
		{"another value", answer(`{"a":2}`, "application/json"), nil, true, 3},
		{"another content type", answer(`{"a": 1}`, "text/plain"), nil, true, 3},
		{"a failure", nil, errPassing, true, 2},
	} {
		for _, keeps := range []bool{false, true} {
			s := &shadow{}
			s.begin(&Rollout{ShadowPayloads: keeps})
			s.compare(&request{command: "f", payload: []byte("question")}, old, tt.answer, tt.err)
			r := s.end()
			if r.Requests != 1 || r.Differences != len(r.Kept) || (len(r.Kept) == 1) != tt.differs {
				t.Errorf("%s: %+v; want one request, and a difference: %v", tt.what, r, tt.differs)
			}
			for _, d := range r.Kept {
				if d.Command != "f" || d.Request != hashOf([]byte("question")) || d.Old != hashOf(old.Payload) || (d.New == "") != (tt.err != nil) || (d.Err == "") == (tt.err != nil) {
					t.Errorf("%s: the difference is %+v", tt.what, d)
				}
				if want := map[bool]int{true: tt.payloads}[keeps]; len(d.Payloads) != want {
					t.Errorf("%s: %d payloads are kept; want %d", tt.what, len(d.Payloads), want)
				}
			}
		}
	}
}

func TestShadow_KeepsTheFirstDifferences(t *testing.T) {
	s := &shadow{}
	for range maxDifferences + 1 {
		s.compare(&request{}, &Result{Payload: []byte("1")}, &Result{Payload: []byte("2")}, nil)
	}
	if r := s.end(); r.Requests != maxDifferences+1 || r.Differences != maxDifferences+1 || len(r.Kept) != maxDifferences {
		t.Errorf("%d requests, %d differences, %d kept; want %d, and the first %d kept", r.Requests, r.Differences, len(r.Kept), maxDifferences+1, maxDifferences)
	}
	s.begin(&Rollout{})
	if r := s.end(); r.Requests != 0 || len(r.Kept) != 0 {
		t.Errorf("the next upgrade begins with %+v; want nothing", r)
	}
}

// slowly answers every request after that time.
func slowly(d time.Duration) HandlerFunc {
	return func(context.Context, *Request) ([]byte, error) {
		time.Sleep(d)
		return nil, nil
	}
}

// TestShadow_NoWorkerIsFree has two requests chosen for the one worker of the new version.
func TestShadow_NoWorkerIsFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{label: "v1", handler: slowly(time.Second)}, Config{Size: Size{Min: 2}})
		defer closePool(t, p)
		time.AfterFunc(time.Second, func() {
			var clients sync.WaitGroup
			for range 2 {
				clients.Go(func() {
					if r, err := p.Execute(t.Context(), "f", nil, Idempotent()); err != nil || r.Version != "v1" {
						t.Errorf("Execute = %+v, %v; want an answer of the old version", r, err)
					}
				})
			}
			clients.Wait()
		})
		report, err := p.Upgrade(t.Context(), &fake{label: "v2", handler: slowly(time.Second)}, Rollout{Bake: 10 * time.Second, MinRequests: -1, Shadow: 1})
		if err != nil {
			t.Fatal(err)
		}
		if s := report.Shadow; s.Requests != 1 || s.Skipped != 1 || s.Differences != 0 {
			t.Errorf("shadow = %+v; want one request, and one that was skipped", s)
		}
		if n := p.Stats().Requests; n != 2 {
			t.Errorf("%d requests; want the 2 of callers", n)
		}
	})
}

// TestShadow_ReportWaits for a request that the new version still serves when the upgrade is done.
func TestShadow_ReportWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{label: "v1"}, Config{Size: Size{Min: 2}})
		defer closePool(t, p)
		time.AfterFunc(time.Second/2, func() {
			if _, err := p.Execute(t.Context(), "echo", []byte("1"), Idempotent()); err != nil {
				t.Error(err)
			}
		})
		report, err := p.Upgrade(t.Context(), &fake{label: "v2", handler: slowly(20 * time.Second)}, Rollout{Bake: time.Second, MinRequests: -1, Shadow: 1})
		if err != nil || report.Shadow.Requests != 1 || report.Shadow.Differences != 1 {
			t.Errorf("Upgrade = %+v, %v; want the request, whose answers differ", report, err)
		}
	})
}
