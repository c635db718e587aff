package otelfsm_test

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
)

// oneInstrument is a meter of which one instrument alone is enabled.
type oneInstrument struct {
	noop.Meter
	name string
}

type enabledCounter struct{ noop.Int64Counter }

func (enabledCounter) Enabled(context.Context) bool { return true }

type enabledHistogram struct{ noop.Float64Histogram }

func (enabledHistogram) Enabled(context.Context) bool { return true }

func (m oneInstrument) Int64Counter(name string, _ ...metric.Int64CounterOption) (metric.Int64Counter, error) {
	if name == m.name {
		return enabledCounter{}, nil
	}
	return noop.Int64Counter{}, nil
}

func (m oneInstrument) Float64Histogram(name string, _ ...metric.Float64HistogramOption) (metric.Float64Histogram, error) {
	if name == m.name {
		return enabledHistogram{}, nil
	}
	return noop.Float64Histogram{}, nil
}

// brokenMeter makes no instrument of one name.
type brokenMeter struct {
	noop.Meter
	name string
}

func (m brokenMeter) Int64Counter(name string, _ ...metric.Int64CounterOption) (metric.Int64Counter, error) {
	return noop.Int64Counter{}, m.refuse(name)
}

func (m brokenMeter) Float64Histogram(name string, _ ...metric.Float64HistogramOption) (metric.Float64Histogram, error) {
	return noop.Float64Histogram{}, m.refuse(name)
}

func (m brokenMeter) refuse(name string) error {
	if name == m.name {
		return fmt.Errorf("no %s", name)
	}
	return nil
}
