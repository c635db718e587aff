package otelfsm_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric/noop"
	sdk "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/trace"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/impl"
	"github.com/fsmgen/fsmgen/runtime/otelfsm"
	"github.com/fsmgen/fsmgen/runtime/statem"
)

// A gate, as fsmgen describes its machines.
const (
	locked = iota + 1
	open
)

const (
	eventCoin = iota
	eventPush
	eventVisit
)

const (
	arcCoin = iota
	arcLook
	arcPush
	arcAgain
)

var gateInfo = impl.NewInfo(impl.Info{
	Machine: "gate",
	States:  []string{"", "locked", "open"},
	Events:  []string{"coin", "push", "visit"},
	Calls:   make([]bool, 3),
	Handles: [][]int{nil, {eventCoin, eventVisit}, {eventPush, eventVisit}},
	Transitions: []fsm.TransitionInfo{
		{From: "locked", Event: "coin", To: "open"},
		{From: "open", Event: "visit", To: "open", Internal: true},
		{From: "open", Event: "push", To: "locked"},
		{From: "open", Event: "coin", To: "open"},
	},
})

// collected is an observer and the means to find out what it has measured.
type collected struct {
	*otelfsm.Observer
	reader *sdk.ManualReader
}

func collect(t testing.TB, types ...*fsm.Info) *collected {
	t.Helper()
	reader := sdk.NewManualReader()
	provider := sdk.NewMeterProvider(sdk.WithReader(reader))
	t.Cleanup(func() {
		if err := provider.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	o, err := otelfsm.New(provider.Meter("test"), types...)
	if err != nil {
		t.Fatal(err)
	}
	return &collected{o, reader}
}

// lines returns what was measured, one line for each instrument and set of attributes.
func (c *collected) lines(t *testing.T) []string {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := c.reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					lines = append(lines, fmt.Sprintf("%s %d %s%s", m.Name, p.Value, m.Unit, text(p.Attributes)))
				}
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					lines = append(lines, fmt.Sprintf("%s %d times, %g %s%s", m.Name, p.Count, p.Sum, m.Unit, text(p.Attributes)))
				}
			}
		}
	}
	slices.Sort(lines)
	return lines
}

func text(set attribute.Set) string {
	var b strings.Builder
	for _, kv := range set.ToSlice() {
		fmt.Fprintf(&b, " %s=%s", strings.TrimPrefix(string(kv.Key), "fsm."), kv.Value.String())
	}
	return b.String()
}

// live returns the engine of a gate that is observed, and its clock, which shows a second.
func live(o fsm.Observer) (*impl.Engine, *fsm.Clock) {
	e, clock := new(impl.Engine), fsm.NewVirtualClock()
	clock.Advance(time.Second)
	e.Init(gateInfo, locked)
	e.OpenBare(fsm.BareConfig{Name: "north gate", Clock: clock, Observer: o})
	return e, clock
}

// drive has the gate do one of everything.
func drive(e *impl.Engine, clock *fsm.Clock) {
	_ = e.Postpone(eventVisit)
	_ = e.Reject(eventPush)
	_ = e.Refuse(eventCoin)
	_ = e.Ignore(eventVisit)
	clock.Advance(clock.Now() + 2*time.Second)
	e.Commit(open, arcCoin)
	e.Stay(arcLook)
	clock.Advance(clock.Now() + 3*time.Second)
	e.Commit(open, arcAgain) // leaves the state and enters it again
	clock.Advance(clock.Now() + 5*time.Second)
	e.Commit(locked, arcPush)
}

var driven = []string{
	"fsm.events.postponed 1 {event} event=visit machine=gate state=locked",
	"fsm.events.unhandled 1 {event} event=coin machine=gate state=locked",
	"fsm.events.unhandled 1 {event} event=push machine=gate state=locked",
	"fsm.state.duration 1 times, 2 s machine=gate state=locked",
	"fsm.state.duration 2 times, 8 s machine=gate state=open",
	"fsm.transitions 1 {transition} event=coin machine=gate state.from=locked state.to=open",
	"fsm.transitions 1 {transition} event=coin machine=gate state.from=open state.to=open",
	"fsm.transitions 1 {transition} event=push machine=gate state.from=open state.to=locked",
	"fsm.transitions 1 {transition} event=visit machine=gate state.from=open state.to=open",
}

// Rows: M1.
func TestObserver_MeasuresSteps(t *testing.T) {
	tests := []struct {
		name  string
		types []*fsm.Info
	}{
		{"prepared", []*fsm.Info{&gateInfo.Info}},
		{"not prepared", nil},
		{"among others", []*fsm.Info{&impl.NewInfo(impl.Info{Machine: "other"}).Info, &gateInfo.Info}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := collect(t, tt.types...)
			drive(live(c))
			if diff := cmp.Diff(driven, c.lines(t)); diff != "" {
				t.Errorf("measured (-want +got):\n%s", diff)
			}
		})
	}
}

func TestObserver_MachinesOfOneTypeShareSeries(t *testing.T) {
	c := collect(t, &gateInfo.Info)
	for range 3 {
		e, clock := live(c)
		clock.Advance(clock.Now() + time.Minute)
		e.Commit(open, arcCoin)
	}
	want := []string{
		"fsm.state.duration 3 times, 180 s machine=gate state=locked",
		"fsm.transitions 3 {transition} event=coin machine=gate state.from=locked state.to=open",
	}
	if diff := cmp.Diff(want, c.lines(t)); diff != "" {
		t.Errorf("measured (-want +got):\n%s", diff)
	}
}

func TestObserver_MachineWrittenByHand(t *testing.T) {
	c := collect(t)
	clock := fsm.NewVirtualClock()
	clock.Advance(time.Minute)
	m, err := statem.NewCore(&statem.Callback[string, int]{
		Name: "lamp",
		Init: func(x statem.Turn[string, int]) statem.Result[string, int] { return x.Next("off") },
		Handle: func(x statem.Turn[string, int]) statem.Result[string, int] {
			if x.Event.Content == "look" {
				return x.Keep(statem.Postpone(x.State == "off"))
			}
			return x.Next("on")
		},
	}, clock)
	if err != nil {
		t.Fatal(err)
	}
	m.Watch("hall", c, nil, nil)
	_ = m.Cast("look")
	m.Run()
	clock.Advance(time.Minute + time.Second)
	_ = m.Cast("switch on")
	m.Run()
	want := []string{
		"fsm.events.postponed 1 {event} event=look machine=lamp state=off",
		"fsm.state.duration 1 times, 1 s machine=lamp state=off",
		"fsm.transitions 1 {transition} event=look machine=lamp state.from=on state.to=on",
		"fsm.transitions 1 {transition} event=switch on machine=lamp state.from=off state.to=on",
	}
	if diff := cmp.Diff(want, c.lines(t)); diff != "" {
		t.Errorf("measured (-want +got):\n%s", diff)
	}
}

// steps are one of each kind, of a machine that is prepared.
var steps = []fsm.Step{
	{Kind: fsm.StepAccepted, Transition: arcCoin, From: "locked", Event: "coin", To: "open", InState: time.Second},
	{Kind: fsm.StepRejected, Transition: -1, From: "locked", Event: "push", To: "locked"},
	{Kind: fsm.StepPostponed, Transition: -1, From: "locked", Event: "visit", To: "locked"},
	{Kind: fsm.StepIgnored, Transition: -1, From: "locked", Event: "visit", To: "locked"},
	{Kind: fsm.StepStopped, Transition: -1, From: "locked", To: "locked"},
}

func TestObserver_FailedInvokesAndCrashes(t *testing.T) {
	broken := errors.New("coin box jammed")
	tests := []struct {
		name string
		step fsm.Step
		want []string
	}{
		{
			"onError takes a transition",
			fsm.Step{Kind: fsm.StepAccepted, Transition: arcLook, From: "open", Event: "onError count", To: "open", Reason: broken},
			[]string{
				"fsm.invokes.failed 2 {invoke} event=onError count machine=gate state=open",
				"fsm.transitions 2 {transition} event=visit machine=gate state.from=open state.to=open",
			},
		},
		{
			"no guard of onError holds",
			fsm.Step{Kind: fsm.StepRejected, Transition: -1, From: "open", Event: "onError count", To: "open", Reason: broken},
			[]string{
				"fsm.events.unhandled 2 {event} event=onError count machine=gate state=open",
				"fsm.invokes.failed 2 {invoke} event=onError count machine=gate state=open",
			},
		},
		{
			"crash",
			fsm.Step{Kind: fsm.StepCrashed, Transition: -1, From: "open", Event: "push", To: "open", Reason: &fsm.PanicError{}},
			[]string{"fsm.machines.crashed 2 {machine} event=push machine=gate state=open"},
		},
		{
			"a stop with a reason",
			fsm.Step{Kind: fsm.StepStopped, Transition: -1, From: "open", To: "open", Reason: broken},
			nil,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := collect(t, &gateInfo.Info)
			for range 2 {
				c.Observe(&gateInfo.Info, tt.step)
			}
			if diff := cmp.Diff(tt.want, c.lines(t)); diff != "" {
				t.Errorf("measured (-want +got):\n%s", diff)
			}
		})
	}
}

func TestObserver_StepDoesNotAllocate(t *testing.T) {
	off, err := otelfsm.New(noop.Meter{}, &gateInfo.Info)
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]fsm.Observer{"without an SDK": off, "with one": collect(t, &gateInfo.Info)} {
		allocs := testing.AllocsPerRun(1000, func() {
			for _, step := range steps {
				o.Observe(&gateInfo.Info, step)
			}
		})
		if allocs != 0 {
			t.Errorf("%s: steps of every kind allocate %v times; want 0", name, allocs)
		}
	}
}

func TestObserver_WithoutReaderIsNotWatched(t *testing.T) {
	off, err := otelfsm.New(noop.Meter{}, &gateInfo.Info)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name     string
		observer fsm.Observer
		want     bool
	}{
		{"without an SDK", off, false},
		{"on a span that does not record", off.OnSpan(trace.SpanFromContext(t.Context())), false},
		{"with an SDK", collect(t), true},
	} {
		if e, _ := live(tt.observer); e.Watched() != tt.want {
			t.Errorf("%s: Watched() = %v; want %v", tt.name, e.Watched(), tt.want)
		}
	}
}

func TestObserver_WantsOnlyMeasuredKinds(t *testing.T) {
	tests := []struct {
		instrument string
		want       []fsm.StepKind
	}{
		{"fsm.transitions", []fsm.StepKind{fsm.StepAccepted}},
		{"fsm.state.duration", []fsm.StepKind{fsm.StepAccepted}},
		{"fsm.events.postponed", []fsm.StepKind{fsm.StepPostponed}},
		{"fsm.events.unhandled", []fsm.StepKind{fsm.StepRejected}},
		{"fsm.invokes.failed", []fsm.StepKind{fsm.StepAccepted, fsm.StepRejected}},
		{"fsm.machines.crashed", []fsm.StepKind{fsm.StepCrashed}},
	}
	for _, tt := range tests {
		o, err := otelfsm.New(oneInstrument{name: tt.instrument})
		if err != nil {
			t.Fatal(err)
		}
		for kind := fsm.StepAccepted; kind <= fsm.StepReplied; kind++ {
			if o.Wants(kind) != slices.Contains(tt.want, kind) {
				t.Errorf("%s: Wants(%s) = %v", tt.instrument, kind, o.Wants(kind))
			}
		}
	}
}

func TestNewObserver_InstrumentFails(t *testing.T) {
	for _, name := range []string{
		"fsm.transitions", "fsm.state.duration", "fsm.events.postponed", "fsm.events.unhandled",
		"fsm.invokes.failed", "fsm.machines.crashed",
	} {
		o, err := otelfsm.New(brokenMeter{name: name})
		if o != nil || err == nil || err.Error() != "no "+name {
			t.Errorf("New() = %v, %v; want the error about %s", o, err, name)
		}
	}
}

func BenchmarkStep(b *testing.B) {
	off, err := otelfsm.New(noop.Meter{}, &gateInfo.Info)
	if err != nil {
		b.Fatal(err)
	}
	for name, o := range map[string]fsm.Observer{"noop": off, "sdk": collect(b, &gateInfo.Info)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				o.Observe(&gateInfo.Info, steps[0])
			}
		})
	}
}
