package pool

import (
	"context"
	"testing"
)

func BenchmarkCheckoutAndCheckin(b *testing.B) {
	p, err := Start(b.Context(), Config{Source: &fake{}, Size: Size{Min: 8}, Recycle: Recycle{MaxWorkerRequests: -1}, History: -1})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = p.Close(context.Background()) }()
	for _, tt := range []struct {
		name    string
		options []Option
	}{{"anonymous", nil}, {"session", []Option{Session("s")}}} {
		b.Run(tt.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l, err := p.Checkout(context.Background(), tt.options...)
				if err != nil {
					b.Fatal(err)
				}
				if err := l.Checkin(nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
