package otelfsm_test

import (
	"context"
	"fmt"

	sdk "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/otelfsm"
	"github.com/fsmgen/fsmgen/runtime/statem"
)

// A lamp is switched three times. For a generated machine, the Info of its package is given to New, and the observer goes
// into the Config of its servers.
func Example() {
	reader := sdk.NewManualReader()
	provider := sdk.NewMeterProvider(sdk.WithReader(reader))
	observer, err := otelfsm.New(provider.Meter("lamps"))
	if err != nil {
		fmt.Println(err)
		return
	}

	type turn = statem.Turn[string, int]
	lamp, err := statem.NewCore(&statem.Callback[string, int]{
		Name: "lamp",
		Init: func(x turn) statem.Result[string, int] { return x.Next("off") },
		Handle: func(x turn) statem.Result[string, int] {
			if x.State == "off" {
				return x.Next("on")
			}
			return x.Next("off")
		},
	}, fsm.NewClock())
	if err != nil {
		fmt.Println(err)
		return
	}
	lamp.Watch("hall", observer, nil, nil)
	for range 3 {
		_ = lamp.Cast("switch")
	}
	lamp.Run()

	var all metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &all); err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range all.ScopeMetrics[0].Metrics {
		if m.Name != "fsm.transitions" {
			continue
		}
		for _, p := range m.Data.(metricdata.Sum[int64]).DataPoints {
			from, _ := p.Attributes.Value("fsm.state.from")
			to, _ := p.Attributes.Value("fsm.state.to")
			fmt.Printf("%s -> %s: %d\n", from.AsString(), to.AsString(), p.Value)
		}
	}
	// Unordered output:
	// off -> on: 2
	// on -> off: 1
}
