package pool

import (
	"context"
	"os"
	"strings"
	"testing"
)

// mapped is how many areas of memory this process shares with workers.
func mapped(t *testing.T) int {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(maps), "/memfd:")
}

// TestProcess_SharedMemoryIsUnmapped with each worker that ends, not only with the pool.
func TestProcess_SharedMemoryIsUnmapped(t *testing.T) {
	before := mapped(t)
	p := startPython(t, Config{})
	one := mapped(t) - before
	if one < 1 {
		t.Fatal("no memory is shared with the worker")
	}
	for range 2 {
		r, err := p.Execute(t.Context(), "echo", []byte("1"))
		if err != nil {
			t.Fatal(err)
		}
		p.Recycle(r.WorkerID)
		eventually(t, "another worker has taken its place", func() bool {
			all := p.Workers()
			return len(all) == 1 && all[0].ID != r.WorkerID && p.Stats().Workers["ready"] == 1
		})
		eventually(t, "the memory of one worker is mapped", func() bool { return mapped(t)-before == one })
	}
	if err := p.Close(context.Background()); err != nil {
		t.Error(err)
	}
	if got := mapped(t) - before; got != 0 {
		t.Errorf("%d areas are still mapped; want none", got)
	}
}
