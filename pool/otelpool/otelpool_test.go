package otelpool_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/fsmgen/fsmgen/pool"
	"github.com/fsmgen/fsmgen/pool/otelpool"
)

// measured is a pool of workers in this process, with everything attached.
func measured(t *testing.T) (*pool.Pool, *sdkmetric.ManualReader, *tracetest.InMemoryExporter) {
	t.Helper()
	reader, spans := sdkmetric.NewManualReader(), tracetest.NewInMemoryExporter()
	observer, err := otelpool.New(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("test"), "test")
	if err != nil {
		t.Fatal(err)
	}
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)).Tracer("test")
	p, err := pool.Start(t.Context(), pool.Config{
		Name: "test", Observer: observer, Tracer: otelpool.NewTracer(tracer),
		Source: pool.Func(func(_ context.Context, r *pool.Request) ([]byte, error) {
			if strings.HasPrefix(r.Command, "unknown") {
				return nil, pool.ErrUnknownCommand
			}
			if r.Command == "fail" {
				return nil, errors.New("no")
			}
			return r.Payload, nil
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	registration, err := observer.Watch(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := registration.Unregister(); err != nil {
			t.Error(err)
		}
		if err := p.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p, reader, spans
}

// collect returns the sum of every metric over its attributes; of a histogram, how often something was recorded.
func collect(t *testing.T, reader *sdkmetric.ManualReader) map[string]int64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	sums := map[string]int64{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					sums[m.Name] += p.Value
				}
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					sums[m.Name] += int64(p.Count)
				}
			default:
				t.Errorf("%s is a %T", m.Name, data)
			}
		}
	}
	return sums
}

// Rows: M1, M3.
func TestObserver_MeasuresEachRequestOnce(t *testing.T) {
	p, reader, spans := measured(t)
	for range 3 {
		if _, err := p.Execute(t.Context(), "echo", nil, pool.Session("s")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.Execute(t.Context(), "fail", nil); err == nil {
		t.Fatal("fail succeeds")
	}
	got := collect(t, reader)
	for name, want := range map[string]int64{
		"pool.execute.duration": 4, "pool.wait_time": 4, "pool.use_time": 4, "pool.worker.create_time": 1,
		"pool.worker.count": 1, "pool.worker.wanted": 1, "pool.affinity": 3, "pool.sessions": 1, "pool.recovery.actions": 1,
		"pool.pending_requests": 0, "pool.slots.used": 0,
	} {
		if got[name] != want {
			t.Errorf("%s is %d; want %d", name, got[name], want)
		}
	}
	if n := len(spans.GetSpans()); n != 4 {
		t.Errorf("%d spans; want 4", n)
	}
}

// Rows: M2.
func TestTracer_HandsTheSpanOn(t *testing.T) {
	spans := tracetest.NewInMemoryExporter()
	tracer := otelpool.NewTracer(sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)).Tracer("test"))
	_, traceparent, end := tracer.Begin(t.Context(), "predict", "s-42")
	end(7, errors.New("no"))
	span := spans.GetSpans()[0]
	if want := "00-" + span.SpanContext.TraceID().String() + "-" + span.SpanContext.SpanID().String() + "-01"; traceparent != want {
		t.Errorf("traceparent is %q; want %q", traceparent, want)
	}
	if span.Name != "pool.execute predict" || len(span.Attributes) != 3 || len(span.Events) != 1 {
		t.Errorf("the span is %+v", span)
	}
}

// Rows: M4.
func TestMetrics_ContinueWhenWorkersAreReplaced(t *testing.T) {
	p, reader, _ := measured(t)
	for i := range 3 {
		if _, err := p.Execute(t.Context(), "echo", nil); err != nil {
			t.Fatal(err)
		}
		l, err := p.Checkout(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Discard(); err != nil {
			t.Error(err)
		}
		if got, want := collect(t, reader)["pool.execute.duration"], int64(i+1); got != want {
			t.Errorf("after %d workers %d requests are measured; want %d", i+1, got, want)
		}
	}
}

// TestMetrics_LabelsAreBounded has callers ask for a thousand commands that no worker has: they are one series.
//
// Rows: M1.
func TestMetrics_LabelsAreBounded(t *testing.T) {
	p, reader, _ := measured(t)
	if _, err := p.Execute(t.Context(), "echo", nil); err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for i := range 1000 {
		_, _ = p.Execute(t.Context(), fmt.Sprintf("unknown %d", i), nil)
		_, _ = p.Execute(gone, fmt.Sprintf("cancelled %d", i), nil)
	}
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	results := map[string]uint64{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			data, ok := m.Data.(metricdata.Histogram[float64])
			if !ok || m.Name != "pool.execute.duration" {
				continue
			}
			for _, point := range data.DataPoints {
				command, _ := point.Attributes.Value("pool.command")
				result, _ := point.Attributes.Value("pool.result")
				results[command.AsString()+" "+result.AsString()] += point.Count
			}
		}
	}
	want := map[string]uint64{"echo ok": 1, "(other) error": 1000, "(other) cancelled": 1000}
	if !maps.Equal(results, want) {
		t.Errorf("requests by command and result: %v; want %v", results, want)
	}
}

// TestMetrics_ContinueDuringAnUpgrade has a reader scrape while the workers are upgraded under load: no counter goes back,
// and in the end every request is counted once.
//
// Rows: M4, I3.
func TestMetrics_ContinueDuringAnUpgrade(t *testing.T) {
	p, reader, _ := measured(t)
	ctx, stop := context.WithCancel(t.Context())
	var asked atomic.Int64
	var clients sync.WaitGroup
	for range 3 {
		clients.Go(func() {
			for ctx.Err() == nil {
				if _, err := p.Execute(t.Context(), "echo", nil); err != nil {
					t.Error(err)
				}
				asked.Add(1)
			}
		})
	}
	scraped := make(chan bool)
	go func() {
		defer close(scraped)
		before := map[string]int64{}
		for ctx.Err() == nil {
			now := collect(t, reader)
			for name, n := range before {
				if counts(name) && now[name] < n {
					t.Errorf("%s was %d, and is %d", name, n, now[name])
				}
			}
			before = now
		}
	}()
	report, err := p.Upgrade(t.Context(), pool.Func(func(_ context.Context, r *pool.Request) ([]byte, error) { return r.Payload, nil }),
		pool.Rollout{Label: "next", Bake: 50 * time.Millisecond, MinRequests: 5, MaxLatency: -1})
	stop()
	clients.Wait()
	<-scraped
	if err != nil || report.Outcome != "done" {
		t.Fatalf("Upgrade = %+v, %v", report, err)
	}
	got := collect(t, reader)
	if got["pool.execute.duration"] != asked.Load() || got["pool.upgrades"] != 1 {
		t.Errorf("%d requests and %d upgrades are measured; want %d and 1", got["pool.execute.duration"], got["pool.upgrades"], asked.Load())
	}
}

// counts reports whether the metric of that name only grows.
func counts(name string) bool {
	return name == "pool.execute.duration" || name == "pool.use_time" || name == "pool.wait_time" || name == "pool.worker.gone"
}

// byVersion returns a metric's sums by the version of the workers.
func byVersion(t *testing.T, reader *sdkmetric.ManualReader, name string) map[string]int64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	sums := map[string]int64{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			data, ok := m.Data.(metricdata.Sum[int64])
			if !ok || m.Name != name {
				continue
			}
			for _, p := range data.DataPoints {
				version, _ := p.Attributes.Value("pool.worker.version")
				sums[version.AsString()] += p.Value
			}
		}
	}
	return sums
}

// TestWatch_WorkersByVersion: after each upgrade all workers are of the new version, and the steps of the old ones stay.
func TestWatch_WorkersByVersion(t *testing.T) {
	p, reader, _ := measured(t)
	from := p.Stats().Version
	for _, to := range []string{"next", "last"} {
		steps := byVersion(t, reader, "pool.worker.transitions")[from]
		report, err := p.Upgrade(t.Context(), pool.Func(func(_ context.Context, r *pool.Request) ([]byte, error) { return r.Payload, nil }),
			pool.Rollout{Label: to, Bake: time.Millisecond, MinRequests: -1})
		if err != nil {
			t.Fatalf("Upgrade = %+v, %v", report, err)
		}
		if got, want := byVersion(t, reader, "pool.worker.count"), map[string]int64{to: 1}; !maps.Equal(got, want) {
			t.Errorf("the workers by version are %v; want %v", got, want)
		}
		if got := byVersion(t, reader, "pool.worker.transitions"); steps == 0 || got[from] <= steps || got[to] == 0 {
			t.Errorf("the steps by version are %v; want more than %d of %s, and some of %s", got, steps, from, to)
		}
		from = to
	}
}
