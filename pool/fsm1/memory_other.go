//go:build !linux

package fsm1

import (
	"os"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// newMemory returns nil: files without a name that cannot shrink are Linux's.
func newMemory(wire.Stream, wire.Shared, int) (*memory, *os.File) { return nil, nil }

func unmap([]byte) {}
