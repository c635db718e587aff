package pool

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
)

// ShadowReport is what came of requests that both versions served.
type ShadowReport struct {
	Requests    int `json:"requests"`    // that both versions have answered
	Differences int `json:"differences"` // answers that were not alike, and requests that failed only with the new version
	Skipped     int `json:"skipped"`     // that came when no worker of one of the versions was free
	// Kept are the first 100 differences.
	Kept []Difference `json:"kept,omitempty"`
}

// Difference is one request that the two versions have not answered alike. JSON is compared by value.
type Difference struct {
	Command string `json:"command"`
	// Request, Old and New are SHA-256 hashes in hex, of the payloads. New is empty where the request failed.
	Request string `json:"request"`
	Old     string `json:"old"`
	New     string `json:"new,omitempty"`
	Err     string `json:"err,omitempty"` // of the new version
	// Payloads are those of request, old and new answer, where Rollout.ShadowPayloads asks for them.
	Payloads [][]byte `json:"payloads,omitempty"` // JSON has them in base64
}

const maxDifferences = 100

// shadow gives requests that the old version has answered to the new one as well, and compares the answers.
type shadow struct {
	wg sync.WaitGroup // requests under way

	mu       sync.Mutex
	payloads bool
	report   ShadowReport
}

func (s *shadow) begin(r *Rollout) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.payloads, s.report = r.ShadowPayloads, ShadowReport{}
}

func (s *shadow) end() ShadowReport {
	s.wg.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.report
}

// repeat gives the request to a worker of the new version. Nothing waits for that.
func (s *shadow) repeat(p *Pool, q request, answer Result) {
	q.shadow = true
	s.wg.Go(func() { // in a pool that has stopped meanwhile it is refused
		result, _, err := p.attempt(context.Background(), &q, 1)
		if _, none := err.(*noShadow); none {
			s.count(func(r *ShadowReport) { r.Skipped++ })
			return
		}
		s.compare(&q, &answer, result, err)
	})
}

func (s *shadow) count(f func(r *ShadowReport)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.report)
}

func (s *shadow) compare(q *request, old, answer *Result, err error) {
	d := Difference{Command: q.command, Request: hashOf(q.payload), Old: hashOf(old.Payload)}
	payloads := [][]byte{q.payload, old.Payload}
	same := false
	if err != nil {
		d.Err = text(err)
	} else {
		d.New, payloads = hashOf(answer.Payload), append(payloads, answer.Payload)
		same = old.ContentType == answer.ContentType && alike(old.Payload, answer.Payload)
	}
	s.count(func(r *ShadowReport) {
		r.Requests++
		if same {
			return
		}
		r.Differences++
		if s.payloads {
			d.Payloads = payloads
		}
		if len(r.Kept) < maxDifferences {
			r.Kept = append(r.Kept, d)
		}
	})
}

// alike reports whether two answers are the same bytes, or JSON of the same value.
func alike(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	x, errX := decoded(a)
	y, errY := decoded(b)
	return errX == nil && errY == nil && equal(x, y)
}

// equal compares values of JSON. Numbers that are not both written as integers are equal as floats, so that 1.0 is 1.
func equal(a, b any) bool {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		return ok && maps.EqualFunc(x, y, equal)
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, equal)
	case json.Number:
		y, ok := b.(json.Number)
		if !ok || x == y || !strings.ContainsAny(string(x+y), ".eE") {
			return ok && x == y
		}
		f, errF := x.Float64()
		g, errG := y.Float64()
		return errF == nil && errG == nil && f == g
	}
	return a == b
}

func decoded(b []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	err = d.Decode(&v)
	return v, err
}

func hashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// noShadow reports that no worker of the new version is free.
type noShadow struct{}

func (*noShadow) Error() string { return "pool: no worker of the new version is free" }

// outcome is OutcomeNotRun.
func (*noShadow) outcome() Outcome { return OutcomeNotRun }
