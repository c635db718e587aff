package core

import (
	"fmt"
	"math"
	"math/bits"
	"time"
)

// window is what the workers of one version have served while an upgrade was in one phase.
type window struct {
	requests, failures uint64
	latency            histogram
}

func (w *window) add(o *window) {
	w.requests += o.requests
	w.failures += o.failures
	w.latency.add(&o.latency)
}

// histogram counts durations. Four buckets double it, so that a quantile is at most a fifth too long.
type histogram struct {
	buckets [160]uint32
	count   uint32
}

func (h *histogram) add(o *histogram) {
	for i, n := range o.buckets {
		h.buckets[i] += n
	}
	h.count += o.count
}

const finest = 10 // the first bucket ends at 2^finest ns

func (h *histogram) note(d time.Duration) {
	h.buckets[bucketOf(d)]++
	h.count++
}

// bucketOf is the number of the bucket of a duration: the power of two below it, and the two bits behind the first one.
// Example: 1,536 ns is 0b11_0000_0000: the power is 10, the two bits are 10, so that the bucket is 4*(10-10)+2+1 = 3.
func bucketOf(d time.Duration) int {
	if d < 1<<finest {
		return 0
	}
	power := bits.Len64(uint64(d)) - 1
	return min(4*(power-finest)+int(uint64(d)>>(power-2)&3)+1, len(histogram{}.buckets)-1)
}

// quantile returns the upper end of the bucket in which the quantile q is, 0 where nothing was counted.
func (h *histogram) quantile(q float64) time.Duration {
	if h.count == 0 {
		return 0
	}
	rank, seen := uint32(math.Ceil(q*float64(h.count))), uint32(0)
	for i, n := range h.buckets {
		if seen += n; seen >= rank {
			return bucketEnd(i)
		}
	}
	return bucketEnd(len(h.buckets) - 1)
}

func bucketEnd(i int) time.Duration {
	power, part := i/4+finest, i%4
	return time.Duration(uint64(4+part) << (power - 2))
}

// GateError reports a new version that serves worse than the old one by more than a rollout allows.
type GateError struct {
	Gate     string // "error rate", "latency", "states" or "workers"
	Old, New string // what was measured of the two versions
	Allowed  string
	Err      error // the last failure that counted; nil where there is none
}

func (e *GateError) Error() string {
	msg := fmt.Sprintf("%s of the new version: %s, of the old one: %s; allowed: %s", e.Gate, e.New, e.Old, e.Allowed)
	if e.Err != nil {
		msg += ": " + e.Err.Error()
	}
	return msg
}

func (e *GateError) Unwrap() error { return e.Err }

// Numbers of the gates.
const (
	latencySample = 50                    // requests of each version, for a p99 to say anything
	latencySlack  = 10 * time.Millisecond // that a p99 may be longer in any case: a version that has just started is cold
)

// judge compares the two versions, and returns a *GateError, or nil.
//
// Failures of the new version may be as many as the rate of the old one and MaxErrorRate let expect, and three standard
// deviations more, so that a few failures in a row end no rollout. Example: the old version fails never, and 1 % is
// allowed. Of 20 requests 0.2 failures are expected, and up to 3 are allowed; of 1,000 requests 10, and up to 19.
//
// The time of requests is compared over all phases: total is the new version's of those before.
func (p *Rollout) judge(old, new, total *window) error {
	if e := p.judgeErrors(old, new); e != nil {
		return e
	}
	if p.MaxLatency <= 0 || old.latency.count < latencySample {
		return nil
	}
	all := total.latency
	all.add(&new.latency)
	return p.judgeLatency(&old.latency, &all)
}

// judgeStates compares the states that the new version has refused with those that the old one would: none. What judge says of
// failures holds for them.
func (p *Rollout) judgeStates(tried, refused int) *GateError {
	expected := float64(tried) * min(p.MaxErrorRate, 1)
	if float64(refused) <= expected+3*math.Sqrt(max(expected, 1)) {
		return nil
	}
	return &GateError{
		Gate: "states", Old: "none refused", New: fmt.Sprintf("%d of %d refused", refused, tried),
		Allowed: fmt.Sprintf("%.3g more", p.MaxErrorRate),
	}
}

func (p *Rollout) judgeErrors(old, new *window) error {
	rate := 0.0
	if old.requests > 0 {
		rate = float64(old.failures) / float64(old.requests)
	}
	expected := float64(new.requests) * min(rate+p.MaxErrorRate, 1)
	if float64(new.failures) <= expected+3*math.Sqrt(max(expected, 1)) {
		return nil
	}
	return &GateError{
		Gate: "error rate", Old: fmt.Sprintf("%d of %d requests failed", old.failures, old.requests),
		New: fmt.Sprintf("%d of %d requests failed", new.failures, new.requests), Allowed: fmt.Sprintf("%.3g more", p.MaxErrorRate),
	}
}

func (p *Rollout) judgeLatency(old, new *histogram) error {
	if new.count < latencySample {
		return nil
	}
	is, was := new.quantile(0.99), old.quantile(0.99)
	if float64(is) <= float64(was)*p.MaxLatency+float64(latencySlack) {
		return nil
	}
	return &GateError{
		Gate: "latency", Old: "p99 " + was.String(), New: "p99 " + is.String(),
		Allowed: fmt.Sprintf("%.3g times as long and %v", p.MaxLatency, latencySlack),
	}
}
