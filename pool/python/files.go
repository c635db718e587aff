package python

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// Files returns the paths of the files of the SDK, with slashes, relative to the directory that [Install] writes to.
func Files() []string {
	var paths []string
	for _, f := range sources() {
		paths = append(paths, f.path)
	}
	return paths
}

// Check reports whether dir holds this version of the SDK, as [Install] writes it.
func Check(dir string) error {
	for _, f := range sources() {
		there, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f.path)))
		if err != nil {
			return fmt.Errorf("python: check: %w", err)
		}
		if !bytes.Equal(there, f.content) {
			return fmt.Errorf("python: check: %s is of another version; want %s", filepath.Join(dir, filepath.FromSlash(f.path)), Digest())
		}
	}
	return nil
}
