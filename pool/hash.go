package pool

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/fsmgen/fsmgen/internal/proc"
)

// hash returns the first digits of a hash of what the workers run.
func (s *ProcessSource) hash(spec *proc.Spec) (string, error) {
	h := sha256.New()
	text := func(name string, values ...string) {
		for _, v := range append([]string{name}, values...) {
			io.WriteString(h, v)
			h.Write([]byte{0})
		}
	}
	text("run", append([]string{spec.Path}, spec.Args...)...)
	text("env", s.AddEnv...)
	text("config", string(s.Config))
	for _, file := range s.files(spec) {
		if err := hashFile(h, file); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:12], nil
}

// files are those whose contents tell versions apart: the script, what may be the file of the module, or the program.
func (s *ProcessSource) files(spec *proc.Spec) []string {
	switch {
	case s.Script != "":
		if path, err := s.within(s.Script); err == nil {
			return []string{path}
		}
		return nil
	case s.Module != "":
		path := filepath.Join(strings.Split(s.Module, ".")...)
		var found []string
		for _, name := range []string{path + ".py", filepath.Join(path, "__main__.py"), filepath.Join(path, "__init__.py")} {
			if path, err := s.within(name); err == nil {
				found = append(found, path)
			}
		}
		return found
	}
	return []string{spec.Path}
}

// hashFile adds a file. One that is not there, or cannot be read, is told apart by that: a program need not be readable.
func hashFile(h io.Writer, path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(h, f)
	return err
}
