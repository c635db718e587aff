package core

import (
	"fmt"
	"math"
	"math/bits"
	"time"
)

// window is what the workers of one version have served during an upgrade, or a part of it.
type window struct {
	requests, failures uint64
	cancelled          uint64    // by their callers, before there was an answer; these are not among requests
	latency            histogram // of requests that succeeded
	given              histogram // the time that callers gave requests which they cancelled: the answer would have taken longer
}

func (w *window) add(o *window) {
	w.requests += o.requests
	w.failures += o.failures
	w.cancelled += o.cancelled
	w.latency.add(&o.latency)
	w.given.add(&o.given)
}

// serve counts a request that was answered, or has failed. The time of one that has failed says nothing.
func (w *window) serve(failed bool, took time.Duration) {
	w.requests++
	switch {
	case failed:
		w.failures++
	case took > 0:
		w.latency.note(took)
	}
}

// cancel counts a request that its caller has cancelled after that time.
func (w *window) cancel(after time.Duration) {
	w.cancelled++
	if after > 0 {
		w.given.note(after)
	}
}

// times returns how long requests have taken, or longer.
func (w *window) times() histogram {
	all := w.latency
	all.add(&w.given)
	return all
}

// histogram counts durations. Eight buckets double it, so that a quantile is at most an eighth too long.
type histogram struct {
	buckets [320]uint32
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

// bucketOf is the number of the bucket of a duration: the power of two below it, and the three bits behind the first one.
// Example: 1,536 ns is 0b110_0000_0000: the power is 10, the three bits are 100, so that the bucket is 8*(10-10)+4+1 = 5.
func bucketOf(d time.Duration) int {
	if d < 1<<finest {
		return 0
	}
	power := bits.Len64(uint64(d)) - 1
	return min(8*(power-finest)+int(uint64(d)>>(power-3)&7)+1, len(histogram{}.buckets)-1)
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

// over returns how many of the durations are surely longer than d.
func (h *histogram) over(d time.Duration) (n uint64) {
	for i := bucketOf(d-1) + 1; i < len(h.buckets); i++ {
		n += uint64(h.buckets[i])
	}
	return n
}

func bucketEnd(i int) time.Duration {
	power, part := i/8+finest, i%8
	return time.Duration(uint64(8+part) << (power - 3))
}

// GateError reports a new version that serves worse than the old one by more than a rollout allows.
type GateError struct {
	Gate     string // "error rate", "cancellations", "latency", "states" or "workers"
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
	cancelSample  = 20                    // requests of the new version, for cancellations to say anything
	chance        = 0.0002                // of identical versions that beyondChance tells apart, the first time that it is asked
	latencySlack  = 10 * time.Millisecond // that a p99 may be longer in any case: a version that has just started is cold
)

// judge compares the two versions, and returns a *GateError, or nil.
//
// Failures of the new version may be as many as the rate of the old one and MaxErrorRate let expect, and three standard
// deviations more, so that a few failures in a row end no rollout. Example: the old version fails never, and 1 % is
// allowed. Of 20 requests 0.2 failures are expected, and up to 3 are allowed; of 1,000 requests 10, and up to 19.
//
// A request that its caller cancels says nothing of success, and is compared by itself: see judgeCancelled.
//
// The time of requests is compared over all phases: total is the new version's of those before.
func (p *Rollout) judge(old, new, total *window) error {
	if e := p.judgeErrors(old, new); e != nil {
		return e
	}
	if e := p.judgeCancelled(old, new); e != nil {
		return e
	}
	if p.MaxLatency <= 0 {
		return nil
	}
	was, is, before := old.times(), new.times(), total.times()
	is.add(&before)
	return p.judgeLatency(&was, &is)
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
		Gate: "error rate", Old: fmt.Sprintf("%d of %d requests failed since the upgrade began", old.failures, old.requests),
		New: fmt.Sprintf("%d of %d requests failed in this phase", new.failures, new.requests), Allowed: fmt.Sprintf("%.3g more", p.MaxErrorRate),
	}
}

// judgeCancelled compares the parts of the requests that callers cancel. Callers that do not wait for long never see a version that
// hangs fail, but they cancel more of its requests.
func (p *Rollout) judgeCancelled(old, new *window) error {
	was, is := old.requests+old.cancelled, new.requests+new.cancelled
	rate := 0.0
	if was > 0 {
		rate = float64(old.cancelled) / float64(was)
	}
	if is < cancelSample || float64(new.cancelled) <= float64(is)*(rate+p.MaxErrorRate) {
		return nil
	}
	if !beyondChance(new.cancelled, old.cancelled, is, max(was, latencySample)) { // one that serves nothing has none cancelled
		return nil
	}
	return &GateError{
		Gate: "cancellations", Old: fmt.Sprintf("%d of %d requests were cancelled", old.cancelled, was),
		New: fmt.Sprintf("%d of %d requests were cancelled", new.cancelled, is), Allowed: fmt.Sprintf("%.3g more", p.MaxErrorRate),
	}
}

// judgeLatency compares the slower halves, the slowest tenths and the slowest hundredths. That everything is slower, the first ones
// show in few requests.
func (p *Rollout) judgeLatency(old, new *histogram) error {
	if old.count < latencySample || new.count < latencySample {
		return nil
	}
	for _, q := range []float64{0.5, 0.9, 0.99} {
		is, was := new.quantile(q), old.quantile(q)
		if p.slower(old, new, is, was) {
			return &GateError{
				Gate: "latency", Old: fmt.Sprintf("p%.0f %v", 100*q, twoDigits(was)), New: fmt.Sprintf("p%.0f %v", 100*q, twoDigits(is)),
				Allowed: fmt.Sprintf("%.3g times as long and %v", p.MaxLatency, latencySlack),
			}
		}
	}
	return nil
}

// slower compares how many requests of the new version took longer than a quantile of the old one allows, with how many of the old
// one took longer than that quantile.
func (p *Rollout) slower(old, new *histogram, is, was time.Duration) bool {
	allowed := min(float64(was)*p.MaxLatency+float64(latencySlack), math.MaxInt64/2)
	return float64(is) > allowed && beyondChance(new.over(time.Duration(allowed)), old.over(was), uint64(new.count), uint64(old.count))
}

// beyondChance reports whether the new version has more of the bad requests than chance gives it, beside an old one that has bad of
// its own. Of is how many requests there were of each version.
//
// Two versions that are alike share the bad requests as they share all. The probability that the new one has at least so many is
// at most exp(-n*d) for d, a relative entropy (Chernoff and Hoeffding): that of its part of the bad requests to its part of all, for
// n bad requests; or that of the part that is bad of its own to the part that is bad of all, for its n requests. The first is
// the sharper one for few bad requests, the second for many. The question is asked again with each request, and has a new answer
// about as often as the requests double: the j-th time it may be answered wrongly with chance/(j*(j+1)), which adds up to chance.
//
// Example: of 100 requests beside 900 of the old version 5 may not be slow where none of the old one is, 4 may; of 30 slow ones 10 may
// be of the new version, 16 may not.
func beyondChance(newBad, oldBad uint64, newOf, oldOf uint64) bool {
	k, bad, of, all := float64(newBad), float64(newBad+oldBad), float64(newOf), float64(newOf+oldOf)
	if newBad == 0 || k*all <= bad*of {
		return false
	}
	exponent := max(bad*entropy(k/bad, of/all), of*entropy(k/of, bad/all))
	asked := 1 + max(0, math.Log2(of/cancelSample))
	return exponent >= math.Log(asked*(asked+1)/chance)
}

// entropy is the relative entropy of a part to the part that is expected, which is between 0 and 1 and less.
func entropy(part, expected float64) float64 {
	d := part * math.Log(part/expected)
	if part < 1 {
		d += (1 - part) * math.Log((1-part)/(1-expected))
	}
	return d
}
