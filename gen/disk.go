package gen

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/fsmgen/fsmgen/spec"
)

// Write brings files to disk and returns the paths of those that changed, also beside an error. A file that is as it
// should be is not touched. Any other is replaced in one step, so that a reader sees the old or the new content; it
// keeps its permissions. Missing directories are made.
func Write(files []File) (changed []string, err error) {
	if err := distinct(files); err != nil {
		return nil, err
	}
	for _, f := range files {
		old, err := current(f.Path)
		if err != nil {
			return changed, err
		}
		if old.exists && bytes.Equal(old.content, f.Content) {
			continue
		}
		if err := replace(f, old.mode); err != nil {
			return changed, fmt.Errorf("gen: %w", err)
		}
		changed = append(changed, f.Path)
	}
	return changed, nil
}

// Diff returns the changes that [Write] would make, as a unified diff for `patch -p1`; empty if there are none.
func Diff(files []File) (string, error) {
	if err := distinct(files); err != nil {
		return "", err
	}
	var b strings.Builder
	for _, f := range files {
		old, err := current(f.Path)
		if err != nil {
			return "", err
		}
		path := filepath.ToSlash(f.Path)
		before := "/dev/null"
		if old.exists {
			before = "a/" + path
		}
		b.Write(diff.Diff(before, old.content, "b/"+path, f.Content))
	}
	return b.String(), nil
}

// distinct guards against two machines of one name in one directory: each would undo the other.
func distinct(files []File) error {
	seen := map[string]bool{}
	for _, f := range files {
		path := filepath.Clean(f.Path)
		if seen[path] {
			return fmt.Errorf("gen: %s: two machines become this file: give one another name or directory", f.Path)
		}
		seen[path] = true
	}
	return nil
}

// onDisk is the content at the path of a file.
type onDisk struct {
	exists  bool
	content []byte
	mode    fs.FileMode
}

func current(path string) (onDisk, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return onDisk{mode: 0o644}, nil
	}
	if err != nil {
		return onDisk{}, fmt.Errorf("gen: %w", err)
	}
	if !info.Mode().IsRegular() { // reading it could block, or never end
		return onDisk{}, fmt.Errorf("gen: %s: is no regular file: it is not overwritten", path)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return onDisk{}, fmt.Errorf("gen: %w", err)
	}
	return onDisk{true, content, info.Mode().Perm()}, nil
}

// replace writes beside the file and renames, which is atomic within a directory.
func replace(f File, mode fs.FileMode) error {
	dir, name := filepath.Split(f.Path)
	if dir != "" {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	tmp, err := os.CreateTemp(filepath.Clean(dir), "."+name+".*")
	if err != nil {
		return err
	}
	err = fill(tmp, f.Content, mode)
	if err == nil {
		err = os.Rename(tmp.Name(), f.Path)
	}
	if err != nil {
		os.Remove(tmp.Name()) // the error above says more than this one could
	}
	return err
}

func fill(f *os.File, content []byte, mode fs.FileMode) error {
	_, err := f.Write(content)
	return cmp.Or(err, f.Chmod(mode), f.Close())
}

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
