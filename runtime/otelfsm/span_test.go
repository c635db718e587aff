package otelfsm_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace/noop"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/statem"
)

// recorded runs f on a span and returns the span's events, one line each.
func recorded(t *testing.T, c *collected, f func(o fsm.Observer)) []string {
	t.Helper()
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	ctx, span := provider.Tracer("test").Start(t.Context(), "gate")
	f(c.OnSpan(span))
	span.End()
	c.OnSpan(span).Observe(&gateInfo.Info, fsm.Step{Kind: fsm.StepStopped}) // too late, and no harm
	if err := provider.Shutdown(context.WithoutCancel(ctx)); err != nil {
		t.Error(err)
	}
	var lines []string
	for _, ev := range recorder.Ended()[0].Events() {
		lines = append(lines, fmt.Sprintf("%v %s%s", ev.Time.Sub(time.Time{}), ev.Name, text(attribute.NewSet(ev.Attributes...))))
	}
	return lines
}

func TestSpan_StepsAreEvents(t *testing.T) {
	c := collect(t, &gateInfo.Info)
	got := recorded(t, c, func(o fsm.Observer) { drive(live(o)) })
	want := []string{
		"1s fsm.postponed event=visit machine=gate state=locked",
		"1s fsm.unhandled event=push machine=gate state=locked",
		"1s fsm.unhandled event=coin machine=gate state=locked",
		"1s fsm.ignored event=visit machine=gate state=locked",
		"3s fsm.transition event=coin machine=gate state.from=locked state.to=open",
		"3s fsm.transition event=visit machine=gate state.from=open state.to=open",
		"6s fsm.transition event=coin machine=gate state.from=open state.to=open",
		"11s fsm.transition event=push machine=gate state.from=open state.to=locked",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(driven, c.lines(t)); diff != "" {
		t.Errorf("measured beside that (-want +got):\n%s", diff)
	}
}

func TestSpan_EndOfMachine(t *testing.T) {
	broken := errors.New("disk on fire")
	tests := []struct {
		name   string
		handle func(x statem.Turn[string, int]) statem.Result[string, int]
		want   string
	}{
		{
			"stop", func(x statem.Turn[string, int]) statem.Result[string, int] { return x.Stop(nil) },
			"fsm.stopped machine=lamp state=off",
		},
		{
			"stop with a reason", func(x statem.Turn[string, int]) statem.Result[string, int] { return x.Stop(broken) },
			"fsm.stopped machine=lamp reason=disk on fire state=off",
		},
		{
			"crash", func(statem.Turn[string, int]) statem.Result[string, int] { panic(broken) },
			"fsm.crashed machine=lamp reason=fsm: lamp: hook Handle panicked on event end in state off: disk on fire state=off",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := recorded(t, collect(t), func(o fsm.Observer) {
				m, err := statem.NewCore(&statem.Callback[string, int]{
					Name:   "lamp",
					Init:   func(x statem.Turn[string, int]) statem.Result[string, int] { return x.Next("off") },
					Handle: tt.handle,
				}, fsm.NewVirtualClock())
				if err != nil {
					t.Fatal(err)
				}
				m.Watch("hall", o, nil, nil)
				_ = m.Cast("end")
				m.Run()
			})
			_, got[len(got)-1], _ = strings.Cut(got[len(got)-1], " ")
			if got[len(got)-1] != tt.want {
				t.Errorf("the last event is %q; want %q", got[len(got)-1], tt.want)
			}
		})
	}
}

func TestSpan_RecordedFieldsAreAttributes(t *testing.T) {
	got := recorded(t, collect(t, &gateInfo.Info), func(o fsm.Observer) {
		o.Observe(&gateInfo.Info, fsm.Step{Kind: fsm.StepStopped, From: "open", To: "open", At: time.Time{}.Add(time.Second), Fields: []fsm.Field{
			{Name: "session", Value: "s1"},
			{Name: "status", Value: 7},
			{Name: "offset", Value: int64(1) << 40},
			{Name: "ratio", Value: 0.5},
			{Name: "last", Value: true},
			{Name: "reason", Value: errors.New("disk on fire")},
			{Name: "took", Value: 2 * time.Second},
			{Name: "nothing", Value: nil},
		}})
	})
	want := []string{"1s fsm.stopped field.last=true field.nothing=<nil> field.offset=1099511627776 field.ratio=0.5" +
		" field.reason=disk on fire field.session=s1 field.status=7 field.took=2s machine=gate state=open"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestSpan_NotRecordingDoesNotAllocate(t *testing.T) {
	o := collect(t, &gateInfo.Info).OnSpan(noop.Span{})
	allocs := testing.AllocsPerRun(1000, func() {
		for _, step := range steps {
			o.Observe(&gateInfo.Info, step)
		}
	})
	if allocs != 0 {
		t.Errorf("steps of every kind allocate %v times; want 0", allocs)
	}
}
