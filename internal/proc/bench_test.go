package proc_test

import (
	"testing"

	"github.com/fsmgen/fsmgen/internal/proc"
)

// BenchmarkStart is the life of a process that does nothing: what this package and the kernel cost per worker.
func BenchmarkStart(b *testing.B) {
	var s proc.Spawner
	defer s.Close()
	for b.Loop() {
		p, err := s.Start(proc.Spec{Path: "/bin/true"})
		if err != nil {
			b.Fatal(err)
		}
		<-p.Done()
		p.Close()
	}
}
