package wire_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/fsmgen/fsmgen/pool/internal/printable"
	"github.com/fsmgen/fsmgen/pool/internal/wiretest"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// Every error of the package, made of texts that a worker or a caller has chosen to do harm.
func TestErrors_OneBoundedLine(t *testing.T) {
	bomb := strings.Repeat("\x1b[31mFAKE\n", 100_000)
	cause := errors.New(bomb)
	for _, err := range []error{
		&wire.ProtocolError{Field: "command", Seen: bomb, Allowed: "text", Bytes: []byte("\n\x1b")},
		&wire.LostError{Err: cause},
		&wire.HandshakeError{Stage: "READY", Err: cause},
		&wire.VersionError{Ours: 1, Theirs: make([]int, 100_000), SDK: bomb},
		&wire.CancelledError{Begun: true, Err: cause},
		&wire.CancelledError{Err: cause},
		&wire.NotSupportedError{What: bomb},
		&wire.NotSupportedError{What: bomb, Need: wire.CanStream},
		&wire.NotBegunError{Command: bomb, Session: bomb},
		&wire.RemoteError{Kind: wire.Kind(bomb), Message: bomb},
		&wire.RemoteError{Type: bomb, Message: bomb},
		&wire.LostError{Err: &wire.HandshakeError{Err: &wire.RemoteError{Message: bomb}}},
	} {
		t.Run(fmt.Sprintf("%T", err), func(t *testing.T) {
			if text := err.Error(); !wiretest.IsLine(text) || len(text) > printable.MaxError || !strings.HasPrefix(text, "wire: ") {
				t.Errorf("%d bytes, one line: %v: %.200q", len(text), wiretest.IsLine(text), text)
			}
		})
	}
}
