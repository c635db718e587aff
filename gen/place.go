package gen

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/fsmgen/fsmgen/spec"
)

// Outside reports machines whose `out` leads out of their module. A spec of another author can so be generated without
// a file appearing elsewhere. It is not for files that go where the caller says, by [Options].Dir.
func Outside(products []Product) spec.Findings {
	var found spec.Findings
	for _, p := range products {
		out := p.Machine.Go.Out
		if out.Value == "" {
			continue
		}
		root, what := boundary(filepath.Dir(p.Machine.Path))
		if contains(root, resolve(Options{}.dir(p.Machine))) {
			continue
		}
		found = append(found, spec.Finding{
			Path: p.Machine.Path, Pos: out.Pos, Severity: spec.Error, Code: codePackage,
			Message: fmt.Sprintf("%s leads out of the %s %s", strconv.Quote(out.Value), what, root),
			Help:    "name a directory inside, or say where to write with --output",
		})
	}
	return found
}

// boundary returns the directory that the files of a spec stay inside, and what it is: the module of the spec. Where there is
// none, it is the repository, or the working directory if the spec is below, or the directory above the spec: a package may be
// beside its spec.
func boundary(dir string) (root, what string) {
	dir = resolve(dir)
	for _, mark := range []struct{ file, what string }{{"go.mod", "module"}, {".git", "repository"}} {
		if root, ok := marked(dir, mark.file); ok {
			return root, mark.what
		}
	}
	if here := resolve("."); here != dir && contains(here, dir) {
		return here, "working directory"
	}
	return filepath.Dir(dir), "directory"
}

// marked returns the nearest directory, from dir upwards, that has an entry with this name.
func marked(dir, name string) (root string, ok bool) {
	for {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return dir, true
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", false
		}
		dir = up
	}
}

// contains reports whether a directory is root or below. Both are resolved.
func contains(root, dir string) bool {
	rel, err := filepath.Rel(root, dir)
	return err == nil && filepath.IsLocal(rel)
}

// resolve returns a path as an absolute one without symbolic links, as far as it exists.
func resolve(path string) string {
	path = absolute(path)
	real, err := filepath.EvalSymlinks(path)
	up := filepath.Dir(path)
	if err == nil || !errors.Is(err, fs.ErrNotExist) || up == path {
		if err != nil {
			return path
		}
		return real
	}
	return filepath.Join(resolve(up), filepath.Base(path))
}
