package python

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// FileName is the name under which a worker imports the SDK.
const FileName = "fsmpool.py"

//go:embed fsmpool.py
var source []byte

// Source returns a copy of the SDK.
func Source() []byte { return bytes.Clone(source) }

// Install writes the SDK into dir, which has to exist, for a worker whose PYTHONPATH
// names dir. It replaces an older file at once and as a whole, so that several pools may share dir;
// a file that is the same is left alone, and Python's compiled copy of it stays valid.
func Install(dir string) error {
	path := filepath.Join(dir, FileName)
	if there, err := os.ReadFile(path); err == nil && bytes.Equal(there, source) {
		return nil
	}
	if err := replace(path); err != nil {
		return fmt.Errorf("python: install: %w", err)
	}
	return nil
}

func replace(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), FileName+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(source)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
