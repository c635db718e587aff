// Package python carries the SDK for workers written in Python: the package fsmpool, that needs CPython 3.9 or newer
// on a unix and nothing else.
//
// It is part of the program that embeds it, so that a worker always meets the version of the protocol that its pool
// speaks. [Install] puts it where PYTHONPATH can point to. For editors, type checkers and tests of workers it can be
// installed from the repository, too: pip install ./pool/python.
//
// The modules of fsmpool import each other in one direction, which tests/test_structure.py holds:
//
//	workers        what the author of a worker uses; registry holds what the author has registered
//	main           chooses how the process serves
//	stdio          standard input in place of a pool; forkserver: forks workers
//	server         the life of a worker; handshake, control and log are its connections to the pool
//	serial         one request at a time; parallel: several, on threads and on an event loop (loop)
//	runner         runs a handler, and answer makes the frames of its result
//	job, gate      a request while it is served, and its cancellation
//	session        states of sessions and their snapshots; stream: chunks and credit; shared: memory
//	frame, payload bytes of the protocol; channel: a socket that carries them
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
