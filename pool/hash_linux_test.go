package pool

import (
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/fsmgen/fsmgen/internal/proc"
)

// TestHash_ProgramThatCannotBeRead may be run all the same. Root may read every file, so that another user opens it.
func TestHash_ProgramThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "program", "1")
	path := filepath.Join(dir, "program")
	if err := os.Chmod(path, 0o111); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		const other = 65534
		if err := syscall.Setfsuid(other); err != nil {
			t.Skip(err)
		}
		defer syscall.Setfsuid(0)
	}
	if _, err := os.ReadFile(path); err == nil {
		t.Skip("the file can be read")
	}
	versionOf(t, &ProcessSource{}, &proc.Spec{Path: path})
}
