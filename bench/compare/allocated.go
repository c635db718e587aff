package compare

import "runtime"

// Allocated is what a process has allocated in its life.
type Allocated struct{ Bytes, Objects uint64 }

// ReadAllocated stops the world for a moment, so it is not for use within a measurement.
func ReadAllocated() Allocated {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return Allocated{Bytes: m.TotalAlloc, Objects: m.Mallocs}
}
