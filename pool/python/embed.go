package python

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Package is the name under which a worker imports the SDK, and the directory that Install makes.
const Package = "fsmpool"

//go:embed fsmpool/*.py fsmpool/py.typed
var files embed.FS

// Digest identifies this version of the SDK by its content, in a form that fits into a path.
func Digest() string {
	sum := sha256.New()
	for _, f := range sources() {
		fmt.Fprintf(sum, "%s %d\n%s", f.path, len(f.content), f.content)
	}
	return fmt.Sprintf("%.8x", sum.Sum(nil))
}

// Install writes the SDK into dir, which has to exist, for a worker whose PYTHONPATH names dir. Each file is replaced at
// once and as a whole, and one that is the same is left alone; so processes of the same version may share dir, also
// while one of them installs, and Python's compiled copies stay valid. Versions that differ should not share it.
func Install(dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, Package), 0o755); err != nil {
		return fmt.Errorf("python: install: %w", err)
	}
	for _, f := range sources() {
		if err := f.install(dir); err != nil {
			return fmt.Errorf("python: install: %w", err)
		}
	}
	return nil
}

// source is a file of the SDK; its path begins with the name of the package.
type source struct {
	path    string
	content []byte
}

func sources() []source {
	var all []source
	err := fs.WalkDir(files, Package, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := files.ReadFile(path)
		all = append(all, source{path, content})
		return err
	})
	if err != nil {
		panic(err) // the files are part of the program
	}
	return all
}

func (s source) install(dir string) error {
	path := filepath.Join(dir, filepath.FromSlash(s.path))
	if there, err := os.ReadFile(path); err == nil && bytes.Equal(there, s.content) {
		return nil
	}
	return s.replace(path)
}

func (s source) replace(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(s.content)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
