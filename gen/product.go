package gen

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/spec"
)

// Product is a machine with its generated files. The files may have been moved since [Files] made them.
type Product struct {
	Machine *spec.Machine
	Files   []File
}

// dirs are the directories that files with a suffix go to, each once.
func (p Product) dirs(suffix string) []string {
	var dirs []string
	for _, f := range p.Files {
		if dir := filepath.Dir(f.Path); strings.HasSuffix(f.Path, suffix) && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}
