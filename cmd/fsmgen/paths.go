package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

const suffix = ".fsm.yaml"

// specPaths are the specs that arguments stand for: in the order of the arguments, then by name, each once.
func specPaths(args []string) ([]string, error) {
	var all []string
	seen := map[string]bool{}
	for _, arg := range orHere(args) {
		paths, err := expand(arg)
		if err != nil {
			return nil, err
		}
		if len(paths) == 0 {
			return nil, fmt.Errorf("%s: no *%s there", arg, suffix)
		}
		for _, path := range paths {
			if strings.ContainsFunc(path, func(r rune) bool { return !unicode.IsPrint(r) }) {
				return nil, unusable(fmt.Errorf("%q: the path of a spec has only printable characters", path))
			}
			if place := absolute(path); !seen[place] {
				seen[place] = true
				all = append(all, path)
			}
		}
	}
	return all, nil
}

// absolute makes two names of one place comparable. Symbolic links stay what they are.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return filepath.Clean(path)
}

// fromHere shortens a relative path that leaves the current directory and comes back, as one does that goes through a
// spec elsewhere. Patch would refuse a diff with it.
func fromHere(path string) string {
	here, err := filepath.EvalSymlinks(absolute("."))
	if err != nil || filepath.IsAbs(path) {
		return path
	}
	if short, err := filepath.Rel(here, filepath.Join(here, path)); err == nil {
		return short
	}
	return path
}

// orHere stands in for missing arguments. The go command sets GOFILE for a go:generate line, and that speaks for the
// directory it is in.
func orHere(args []string) []string {
	switch {
	case len(args) > 0:
		return args
	case os.Getenv("GOFILE") != "":
		return []string{"."}
	default:
		return []string{"./..."}
	}
}

func expand(arg string) ([]string, error) {
	if dir, ok := strings.CutSuffix(filepath.ToSlash(arg), "..."); ok && (dir == "" || strings.HasSuffix(dir, "/")) {
		return below(filepath.Clean(dir))
	}
	info, err := os.Stat(arg)
	switch {
	case err != nil:
		return nil, unusable(err)
	case info.IsDir():
		return inside(filepath.Clean(arg))
	case !strings.HasSuffix(arg, suffix):
		return nil, fmt.Errorf("%s: not a spec: their names end in %s", arg, suffix)
	default:
		return []string{filepath.Clean(arg)}, nil
	}
}

func inside(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, unusable(err)
	}
	var paths []string
	for _, e := range entries {
		if isSpec(e) {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	return paths, nil
}

func below(root string) ([]string, error) {
	var paths []string
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return unusable(err)
		case e.IsDir() && path != root && (isSkipped(e.Name()) || isModule(path)):
			return fs.SkipDir
		case isSpec(e):
			paths = append(paths, path)
		}
		return nil
	})
	return paths, err
}

func isSpec(e fs.DirEntry) bool { return !e.IsDir() && strings.HasSuffix(e.Name(), suffix) }

// isModule reports whether a directory is a module of its own, which "..." does not enter.
func isModule(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil && !info.IsDir()
}

// isSkipped is about the directories that the go command leaves out of "...", and the one of node.
func isSkipped(dir string) bool {
	return strings.HasPrefix(dir, ".") || strings.HasPrefix(dir, "_") ||
		slices.Contains([]string{"node_modules", "testdata", "vendor"}, dir)
}
