package doorfsm

import (
	"testing"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

func BenchmarkMachine(b *testing.B) {
	m, err := New((&house{code: "4"}).hooks(), Params{})
	if err != nil {
		b.Fatal(err)
	}
	m.hooks.Bell = &quiet{}
	if err := m.Button(4); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		_ = m.Knock()
	}
}

func BenchmarkServer(b *testing.B) {
	s, err := Start((&house{code: "4"}).hooks(), Params{}, fsm.Config{})
	if err != nil {
		b.Fatal(err)
	}
	s.m.hooks.Bell = &quiet{}
	ctx := b.Context()
	if err := s.Button(ctx, 4); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		_ = s.Knock(ctx)
	}
}
