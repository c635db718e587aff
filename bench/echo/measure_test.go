package echo

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestPercentiles_OfUnsortedValues(t *testing.T) {
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(i + 1)
	}
	tests := []struct {
		sorted []time.Duration
		p      int
		want   time.Duration
	}{
		{nil, 50, 0},
		{[]time.Duration{7}, 99, 7},
		{[]time.Duration{1, 2, 3}, 50, 2},
		{hundred, 50, 50},
		{hundred, 99, 99},
		{hundred, 100, 100},
	}
	for _, tt := range tests {
		if got := percentile(tt.sorted, tt.p); got != tt.want {
			t.Errorf("percentile %d of %d values = %d; want %d", tt.p, len(tt.sorted), got, tt.want)
		}
	}
}

func TestMeasure_FailingClient(t *testing.T) {
	s := service{clients: []client{working{}, failing{}}}
	if _, err := s.measure(t.Context(), time.Millisecond); !errors.Is(err, errFailing) {
		t.Errorf("measure = %v; want %v", err, errFailing)
	}
}

var errFailing = errors.New("failing")

type working struct{}

func (working) echo(context.Context) error { return nil }

type failing struct{}

func (failing) echo(context.Context) error { return errFailing }
