package core

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestBucket_EachEndsWhereTheNextBegins(t *testing.T) {
	last := len(histogram{}.buckets) - 1
	for i := range last {
		end := bucketEnd(i)
		if next := bucketEnd(i + 1); next <= end || float64(next) > 1.126*float64(end) {
			t.Errorf("bucket %d ends at %v, and the next one at %v; want at most an eighth more", i, end, next)
		}
		if at := bucketOf(end - 1); at != i {
			t.Errorf("%v is in bucket %d; want %d", end-1, at, i)
		}
		if at := bucketOf(end); at != i+1 {
			t.Errorf("%v is in bucket %d; want %d", end, at, i+1)
		}
	}
	for _, tt := range []struct {
		took time.Duration
		want int
	}{
		{-1, 0},
		{0, 0},
		{1023, 0},
		{1024, 1},
		{1536, 5}, // the example of bucketOf
		{time.Second, 8*(29-10) + 6 + 1},
		{math.MaxInt64, last},
	} {
		if got := bucketOf(tt.took); got != tt.want {
			t.Errorf("%v is in bucket %d; want %d", tt.took, got, tt.want)
		}
	}
}

// times returns a histogram of so many short requests, of 1 ms, and long ones, of 1 s.
func times(short, long int) (h histogram) {
	for range short {
		h.note(time.Millisecond)
	}
	for range long {
		h.note(time.Second)
	}
	return h
}

func TestQuantile_IsTheEndOfItsBucket(t *testing.T) {
	short, long := bucketEnd(bucketOf(time.Millisecond)), bucketEnd(bucketOf(time.Second))
	for _, tt := range []struct {
		short, long int
		p50, p99    time.Duration
	}{
		{0, 0, 0, 0},
		{1, 0, short, short},
		{0, 1, long, long},
		{1, 1, short, long},
		{1, 2, long, long},
		{99, 1, short, short},
		{98, 2, short, long},
		{2, 98, long, long},
	} {
		h := times(tt.short, tt.long)
		if p50, p99 := h.quantile(0.5), h.quantile(0.99); p50 != tt.p50 || p99 != tt.p99 {
			t.Errorf("%d short and %d long ones: p50 %v, p99 %v; want %v and %v", tt.short, tt.long, p50, p99, tt.p50, tt.p99)
		}
	}
}

func TestWindow_AddsUp(t *testing.T) {
	w := window{requests: 5, failures: 1, cancelled: 2, latency: times(3, 1), given: times(1, 0)}
	w.add(&window{requests: 10, failures: 4, cancelled: 3, latency: times(2, 4), given: times(1, 2)})
	if want := (window{requests: 15, failures: 5, cancelled: 5, latency: times(5, 5), given: times(2, 2)}); w != want {
		t.Errorf("the sum is %+v; want %+v", w, want)
	}
	r := w.report("v1", 1, 2, 3)
	want := VersionReport{
		Version: "v1", Ready: 1, StartFailures: 2, Lost: 3, Requests: 15, Failures: 5, Cancelled: 5,
		P50: twoDigits(bucketEnd(bucketOf(time.Millisecond))), P99: twoDigits(bucketEnd(bucketOf(time.Second))),
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
}

func TestJudge_ErrorRate(t *testing.T) {
	for _, tt := range []struct {
		what     string
		allowed  float64
		old, new window
		passes   bool
	}{
		{"nothing was served", 0, window{}, window{}, true},
		{"3 of 3 requests may fail by chance", 0, window{}, window{requests: 3, failures: 3}, true},
		{"4 of 4 do not", 0, window{}, window{requests: 4, failures: 4}, false},
		{"3 of 20", 0.01, window{requests: 1000}, window{requests: 20, failures: 3}, true},
		{"4 of 20", 0.01, window{requests: 1000}, window{requests: 20, failures: 4}, false},
		{"19 of 1,000", 0.01, window{requests: 1000}, window{requests: 1000, failures: 19}, true},
		{"20 of 1,000", 0.01, window{requests: 1000}, window{requests: 1000, failures: 20}, false},
		{"as many as of the old version", 0, window{requests: 100, failures: 10}, window{requests: 1000, failures: 100}, true},
		{"far more than of the old version", 0, window{requests: 100, failures: 10}, window{requests: 1000, failures: 140}, false},
		{"every request, and that is allowed", 1, window{requests: 100, failures: 50}, window{requests: 1000, failures: 1000}, true},
	} {
		err := (&Rollout{MaxErrorRate: tt.allowed}).judge(&tt.old, &tt.new, &window{})
		if gate, _ := err.(*GateError); (err == nil) != tt.passes || gate != nil && gate.Gate != "error rate" {
			t.Errorf("%s: %v; want that it passes: %v", tt.what, err, tt.passes)
		}
	}
}

func TestJudge_Latency(t *testing.T) {
	of := func(n int, took time.Duration) (w window) {
		w.requests = uint64(n)
		for range n {
			w.latency.note(took)
		}
		return w
	}
	const short, long = time.Millisecond, time.Second
	none := window{}
	for _, tt := range []struct {
		what            string
		allowed         float64
		old, new, total window
		passes          bool
	}{
		{"a slow version", 2, of(50, short), of(50, long), none, false},
		{"is not judged", -1, of(50, short), of(50, long), none, true},
		{"is not judged with 0", 0, of(50, short), of(50, long), none, true},
		{"with few requests of the old one", 2, of(49, short), of(50, long), none, true},
		{"with few requests of its own", 2, of(50, short), of(49, long), none, true},
		{"with requests of the phases before", 2, of(50, short), of(1, long), of(49, long), false},
		{"that was slow only before", 2, of(50, short), none, of(50, long), false},
		{"twice as slow", 2.1, of(50, long), of(50, 2*long), none, true},
		{"three times as slow", 2.1, of(50, long), of(50, 3*long), none, false},
		{"slower by less than 10 ms", 1, of(50, short), of(50, 8*short), none, true},
		{"slower by more than 10 ms", 1, of(50, short), of(50, 20*short), none, false},
	} {
		total := tt.total
		err := (&Rollout{MaxLatency: tt.allowed}).judge(&tt.old, &tt.new, &total)
		if gate, _ := err.(*GateError); (err == nil) != tt.passes || gate != nil && gate.Gate != "latency" {
			t.Errorf("%s: %v; want that it passes: %v", tt.what, err, tt.passes)
		}
		if total != tt.total {
			t.Errorf("%s: the totals have changed", tt.what)
		}
	}
	for _, tt := range []struct {
		old, oldSlow, new, newSlow int
		passes                     bool
	}{
		{100, 0, 100, 1, true}, // no p99
		{100, 0, 100, 2, true}, // chance
		{900, 0, 100, 4, true},
		{900, 0, 100, 5, false},
		{891, 9, 100, 8, true}, // the p99 of the old version is short
		{891, 9, 100, 12, false},
		{880, 20, 100, 8, true},   // it is long
		{880, 20, 100, 50, false}, // and the slowest tenth of the old version is short
		{891, 9, 10_000, 130, true},
		{891, 9, 10_000, 800, false},
		{50, 0, 10_000, 1000, true}, // 50 requests do not show what the 100th is like
	} {
		old, mixed := window{latency: times(tt.old, tt.oldSlow)}, window{latency: times(tt.new-tt.newSlow, tt.newSlow)}
		if err := (&Rollout{MaxLatency: 2}).judge(&old, &mixed, &none); (err == nil) != tt.passes {
			t.Errorf("%d of %d requests are slow, and %d more of the old version's %d: %v; want that it passes: %v",
				tt.newSlow, tt.new, tt.oldSlow, tt.old, err, tt.passes)
		}
	}
}

// cancelled is a window of so many requests that were answered after 1 ms, and that were cancelled after 1 s.
func cancelled(answered, cancelled int) (w window) {
	for range answered {
		w.serve(false, time.Millisecond)
	}
	for range cancelled {
		w.cancel(time.Second)
	}
	return w
}

// TestJudge_Cancellations has callers give up after 1 s. A version that answers most requests in 1 ms is no slower than another one
// that does, unless more than a hundredth take as long.
func TestJudge_Cancellations(t *testing.T) {
	for _, tt := range []struct {
		what     string
		allowed  float64
		old, new window
		gate     string // empty where it passes
	}{
		{"none", 0.01, cancelled(900, 0), cancelled(100, 0), ""},
		{"every one, of few", 0.01, cancelled(900, 0), cancelled(0, 19), ""},
		{"every one, of enough", 0.01, cancelled(900, 0), cancelled(0, 20), "cancellations"},
		{"every one, where the old version serves nothing", 0.01, window{}, cancelled(0, 20), "cancellations"},
		{"every one, and that is allowed", 1, cancelled(900, 0), cancelled(0, 49), ""},
		{"every one, and that is allowed, but as slow", 1, cancelled(900, 0), cancelled(0, 50), "latency"},
		{"as many", 0, cancelled(800, 100), cancelled(80, 10), ""},
		{"a few more, by chance", 0, cancelled(800, 100), cancelled(80, 20), ""},
		{"many more", 0, cancelled(800, 100), cancelled(50, 50), "cancellations"},
		{"many more, and that is allowed", 0.5, cancelled(800, 100), cancelled(50, 50), ""},
		{"fewer", 0, cancelled(450, 450), cancelled(90, 10), ""},
	} {
		err := (&Rollout{MaxErrorRate: tt.allowed, MaxLatency: 2}).judge(&tt.old, &tt.new, &window{})
		if gate, _ := err.(*GateError); (gate != nil) != (tt.gate != "") || gate != nil && gate.Gate != tt.gate {
			t.Errorf("%s: %v; want the gate %q", tt.what, err, tt.gate)
		}
	}
}

// TestJudge_CancelledDoesNotDilute has as many failures as are too many without the requests that were cancelled.
func TestJudge_CancelledDoesNotDilute(t *testing.T) {
	old, mixed := cancelled(900, 900), cancelled(0, 100)
	for range 4 {
		mixed.serve(true, 0)
	}
	gate, _ := (&Rollout{MaxErrorRate: 0.01}).judge(&old, &mixed, &window{}).(*GateError)
	if gate == nil || gate.Gate != "error rate" || gate.New != "4 of 4 requests failed in this phase" {
		t.Errorf("the verdict is %v; want that 4 of 4 requests failed", gate)
	}
}

func TestBeyondChance_Examples(t *testing.T) {
	for _, tt := range []struct {
		newBad, oldBad, newOf, oldOf uint64
		want                         bool
	}{
		{0, 0, 100, 100, false},
		{4, 0, 100, 900, false},
		{5, 0, 100, 900, true},
		{10, 20, 100, 900, false},
		{16, 14, 100, 900, true},
		{100, 0, 100, 0, false}, // there is nothing to compare with
		{100, 100, 1000, 100, false},
		{100, 100, 100, 100, false},
		{500, 4000, 1000, 9000, false},
		{600, 4500, 1000, 9000, true}, // since most are good that chance could make bad
	} {
		if got := beyondChance(tt.newBad, tt.oldBad, tt.newOf, tt.oldOf); got != tt.want {
			t.Errorf("%d of %d, and %d of %d of the old version: %v; want %v", tt.newBad, tt.newOf, tt.oldBad, tt.oldOf, got, tt.want)
		}
	}
}

func TestGateError_SaysWhatFailedLast(t *testing.T) {
	broken := errors.New("broken")
	err := error(&GateError{Gate: "workers", Old: "0 lost", New: "3 lost", Allowed: "2 more", Err: broken})
	if !errors.Is(err, broken) || err.Error() != "workers of the new version: 3 lost, of the old one: 0 lost; allowed: 2 more: broken" {
		t.Errorf("the error is %q", err)
	}
	err = &GateError{Gate: "latency", Old: "p99 1s", New: "p99 3s", Allowed: "2 times as long"}
	if errors.Unwrap(err) != nil || err.Error() != "latency of the new version: p99 3s, of the old one: p99 1s; allowed: 2 times as long" {
		t.Errorf("the error is %q", err)
	}
}

func TestCredit_PicksItsShare(t *testing.T) {
	picked := func(c *credit, share float64, n int) (picked int) {
		for range n {
			if c.earn(share) {
				c.spend()
				picked++
			}
		}
		return picked
	}
	for _, tt := range []struct {
		share float64
		want  int // of 1,000
	}{
		{0, 0},
		{0.125, 125},
		{0.375, 375}, // what is over 1 is saved
		{0.75, 750},
		{1, 1000},
	} {
		if got := picked(&credit{}, tt.share, 1000); got != tt.want {
			t.Errorf("a share of %v picks %d of 1,000; want %d", tt.share, got, tt.want)
		}
	}
	var unused credit // while there was no worker for what was picked
	for range 1000 {
		unused.earn(0.5)
	}
	if got := picked(&unused, 0.125, 16); got != 3 {
		t.Errorf("a share of an eighth picks %d of the 16 after a pause; want 1, and 2 that were saved", got)
	}
}
