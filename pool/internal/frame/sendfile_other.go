//go:build !linux

package frame

import (
	"errors"
	"os"

	"github.com/fsmgen/fsmgen/pool/wire"
)

func sendFile(wire.Stream, []byte, *os.File) (int, error) { return 0, errors.ErrUnsupported }
