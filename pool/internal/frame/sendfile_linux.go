package frame

import (
	"net"
	"os"

	"golang.org/x/sys/unix"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// sendFile sends a file along with b, or with the first bytes of it that the socket takes: it says how many.
func sendFile(s wire.Stream, b []byte, file *os.File) (int, error) {
	n, _, err := s.(*net.UnixConn).WriteMsgUnix(b, unix.UnixRights(int(file.Fd())), nil)
	return n, err
}
