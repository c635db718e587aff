package fsm1

import (
	"net"
	"os"

	"golang.org/x/sys/unix"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// newMemory makes the memory that a worker at the other end of s can share, and the file to send to it. It returns nil
// where that is not possible; the socket does without.
func newMemory(s wire.Stream, shared wire.Shared, slots int) (*memory, *os.File) {
	if _, ok := s.(*net.UnixConn); !ok {
		return nil, nil
	}
	fd, err := unix.MemfdCreate("fsmpool", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, nil
	}
	file := os.NewFile(uintptr(fd), "fsmpool")
	bytes, err := mapSealed(fd, 2*slots*shared.Size)
	if err != nil {
		file.Close()
		return nil, nil
	}
	return &memory{Shared: shared, slots: slots, bytes: bytes}, file
}

// mapSealed gives the file its size for good: if a worker could make it smaller, reading it would end the service.
func mapSealed(fd, size int) ([]byte, error) {
	if err := unix.Ftruncate(fd, int64(size)); err != nil {
		return nil, err
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_SEAL); err != nil {
		return nil, err
	}
	return unix.Mmap(fd, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
}

// unmap fails only for what is not mapped.
func unmap(bytes []byte) { _ = unix.Munmap(bytes) }
