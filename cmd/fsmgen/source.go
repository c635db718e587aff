package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/fsmgen/fsmgen/spec"
)

// maxImport is the largest size of a file of another language, in bytes.
const maxImport = 16 << 20

// specialFileError reports something under the name of a spec that is no regular file, also behind a symbolic link.
type specialFileError struct {
	path string
	mode fs.FileMode
}

func (e *specialFileError) Error() string {
	return fmt.Sprintf("%s: is a %s: a spec is a regular file", e.path, kindOfFile(e.mode))
}

func kindOfFile(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "directory"
	case mode&fs.ModeNamedPipe != 0:
		return "FIFO"
	case mode&fs.ModeSocket != 0:
		return "socket"
	case mode&fs.ModeDevice != 0:
		return "device"
	default:
		return "special file"
	}
}

// readSpec reads a spec, or as much of one that is too large as shows that it is. It refuses what is no regular file without
// opening it: that could block, or never end.
func readSpec(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &specialFileError{path, info.Mode()}
	}
	// The file may have been replaced since. Opening a FIFO this way does not wait.
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info, err = file.Stat(); err == nil && !info.Mode().IsRegular() {
		err = &specialFileError{path, info.Mode()}
	}
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(file, spec.MaxSize+1))
}

// readImport reads a source in another language, which may come from a pipe.
func (t *tool) readImport(path string) ([]byte, error) {
	from := t.stdin
	if path != standardInput {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		from = file
	}
	src, err := io.ReadAll(io.LimitReader(from, maxImport+1))
	if err == nil && len(src) > maxImport {
		err = fmt.Errorf("%s: is larger than %d bytes, the most that is read", path, maxImport)
	}
	return src, err
}
