package pool

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/pool/internal/core"
)

func TestRollout_Defaults(t *testing.T) {
	want := Rollout{Share: 0.1, Bake: 30 * time.Second, MinRequests: 20, MaxUnavailable: 3, MaxWorkerFailures: 2, MaxErrorRate: 0.01, MaxLatency: 2}
	if diff := cmp.Diff(want, Rollout{}.withDefaults(&Config{Recycle: Recycle{MaxUnavailable: 3}})); diff != "" {
		t.Errorf("of the zero value:\n%s", diff)
	}
	given := Rollout{
		Label: "x", Share: 0.5, Bake: time.Minute, MinRequests: -1, MaxUnavailable: 2, MaxWorkerFailures: -1, MaxErrorRate: -1,
		MaxLatency: -1, Removed: []string{"a"}, Shadow: 1, ShadowPayloads: true,
	}
	if diff := cmp.Diff(given, given.withDefaults(&Config{Recycle: Recycle{MaxUnavailable: 3}})); diff != "" {
		t.Errorf("of one in which everything is given:\n%s", diff)
	}
}

func TestRollout_FieldThatIsWrong(t *testing.T) {
	nan := math.NaN()
	for _, tt := range []struct {
		change func(r *Rollout)
		want   string // the field; empty for none
	}{
		{func(*Rollout) {}, ""},
		{func(r *Rollout) { r.Share = 1 }, ""},
		{func(r *Rollout) { r.Share = 1.1 }, "Share"},
		{func(r *Rollout) { r.Share = -0.1 }, "Share"},
		{func(r *Rollout) { r.Share = nan }, "Share"},
		{func(r *Rollout) { r.Shadow = 1 }, ""},
		{func(r *Rollout) { r.Shadow = 2 }, "Shadow"},
		{func(r *Rollout) { r.Shadow = -1 }, "Shadow"},
		{func(r *Rollout) { r.Shadow = nan }, "Shadow"},
		{func(r *Rollout) { r.Bake = -time.Second }, "Bake"},
		{func(r *Rollout) { r.Bake = longest + 1 }, "Bake"},
		{func(r *Rollout) { r.MaxErrorRate = 1 }, ""},
		{func(r *Rollout) { r.MaxErrorRate = 1.1 }, "MaxErrorRate"},
		{func(r *Rollout) { r.MaxErrorRate = nan }, "MaxErrorRate"},
		{func(r *Rollout) { r.MaxErrorRate = -1 }, ""},
		{func(r *Rollout) { r.MaxUnavailable = -1 }, "MaxUnavailable"},
		{func(r *Rollout) { r.MaxLatency = 1 }, ""},
		{func(r *Rollout) { r.MaxLatency = 0.9 }, "MaxLatency"},
		{func(r *Rollout) { r.MaxLatency = -1 }, ""},
		{func(r *Rollout) { r.Label = strings.Repeat("a", maxLabel) }, ""},
		{func(r *Rollout) { r.Label = strings.Repeat("a", maxLabel+1) }, "Label"},
		{func(r *Rollout) { r.Label = "a\nb" }, "Label"},
	} {
		var r Rollout
		tt.change(&r)
		filled := r.withDefaults(&Config{Recycle: Recycle{MaxUnavailable: 1}})
		err := filled.check()
		if wrong, ok := errors.AsType[*ConfigError](err); ok != (tt.want != "") || ok && wrong.Field != "Rollout."+tt.want {
			t.Errorf("%+v: %v; want that %q is wrong", r, err, tt.want)
		}
	}
}

func TestCheckLabel_SaysWhatIsWrong(t *testing.T) {
	for label, want := range map[string]string{
		"":                                  "",
		"v1":                                "",
		strings.Repeat("a", maxLabel+1):     "has 129 bytes; want at most 128",
		strings.Repeat("a", 100*maxLabel+1): "has 12801 bytes; want at most 128",
		"a\nb":                              `is "a\nb"; want one line that can be printed`,
	} {
		if got := checkLabel(label); got != want {
			t.Errorf("of %.20q: %s; want %s", label, got, want)
		}
	}
}

// TestRollout_NegativeMeansNone: no failure is allowed, rather than less than none.
func TestRollout_NegativeMeansNone(t *testing.T) {
	r := Rollout{MaxWorkerFailures: -1, MaxErrorRate: -1, MaxLatency: -1, MinRequests: -1}
	want := core.Rollout{MaxLatency: -1, MinRequests: -1}
	if diff := cmp.Diff(want, r.core()); diff != "" {
		t.Errorf("negative numbers:\n%s", diff)
	}
	r = Rollout{Share: 0.5, Bake: 1, MinRequests: 2, MaxUnavailable: 3, MaxWorkerFailures: 4, MaxErrorRate: 0.6, MaxLatency: 7, Shadow: 0.8}
	want = core.Rollout{Share: 0.5, Bake: 1, MinRequests: 2, MaxUnavailable: 3, MaxWorkerFailures: 4, MaxErrorRate: 0.6, MaxLatency: 7, Shadow: 0.8}
	if diff := cmp.Diff(want, r.core()); diff != "" {
		t.Errorf("positive ones:\n%s", diff)
	}
}

func TestUpgradeReport_HasWhatTheCoreReports(t *testing.T) {
	born := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	p := &Pool{name: "p", born: born}
	got := p.report(&core.UpgradeReport{
		From: "v1", To: "v2", Outcome: "rolled_back", Why: &core.Cause{Err: errEnough}, Began: time.Minute, Took: time.Hour,
		Phases:   []core.PhaseReport{{Name: "starting", Took: 1}, {Name: "watching", Took: 2}},
		Old:      core.VersionReport{Version: "v1", Ready: 1, StartFailures: 2, Lost: 3, Requests: 4, Failures: 5, P50: 6, P99: 7},
		New:      core.VersionReport{Version: "v2", Ready: 8, StartFailures: 9, Lost: 10, Requests: 11, Failures: 12, P50: 13, P99: 14},
		Sessions: core.SessionReport{Carried: 1, Refused: 2, Lost: 3, LostNames: []string{"a"}},
	})
	want := &UpgradeReport{
		Pool: "p", From: "v1", To: "v2", Outcome: "rolled_back", Why: errEnough.Error(), Began: born.Add(time.Minute), Took: time.Hour,
		Phases:   []UpgradePhase{{Name: "starting", Took: 1}, {Name: "watching", Took: 2}},
		Old:      VersionReport{Version: "v1", Workers: 1, StartFailures: 2, Lost: 3, Requests: 4, Failures: 5, P50: 6, P99: 7},
		New:      VersionReport{Version: "v2", Workers: 8, StartFailures: 9, Lost: 10, Requests: 11, Failures: 12, P50: 13, P99: 14},
		Sessions: SessionReport{Carried: 1, Refused: 2, Lost: 3, LostNames: []string{"a"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
