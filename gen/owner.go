package gen

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/fsmgen/fsmgen/gen/internal/golang"
	"github.com/fsmgen/fsmgen/spec"
)

const specSuffix = ".fsm.yaml"

// maxVisited bounds how many files and directories are looked at for the specs around a product.
const maxVisited = 100_000

// codeDir is the directory that the code of a spec goes to. Both paths are resolved.
type codeDir struct {
	spec, dir string
	pkg       string // the Go package of its code; empty if the spec cannot be read
}

// codeDirs is the list of the specs of a module, with the directories of their code.
type codeDirs struct {
	all     []codeDir
	partial bool // there may be more: not everything was looked at
}

// specsAround returns the other specs of the module of p.
func specsAround(p Product) codeDirs {
	var c codeDirs
	visited := 0
	root, own := searchRoot(p), resolve(p.Machine.Path)
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if visited++; visited > maxVisited {
			return fs.SkipAll
		}
		switch {
		case err != nil:
			c.partial = true
		case e.IsDir() && (e.Name() == ".git" || e.Name() == "node_modules"):
			return fs.SkipDir
		case e.Type().IsRegular() && strings.HasSuffix(path, specSuffix) && path != own:
			c.all = append(c.all, codeDirOf(path))
		}
		return nil
	})
	c.partial = c.partial || err != nil || visited > maxVisited
	return c
}

// searchRoot is the outermost module or repository that p's spec is in. Where there is none, it is the directory that the
// spec and its code have in common.
func searchRoot(p Product) string {
	dir := resolve(filepath.Dir(p.Machine.Path))
	root := ""
	for at := dir; ; at = filepath.Dir(at) {
		for _, mark := range []string{"go.mod", "go.work", ".git"} {
			if _, err := os.Lstat(filepath.Join(at, mark)); err == nil {
				root = at
			}
		}
		if at == filepath.Dir(at) {
			break
		}
	}
	if root != "" {
		return root
	}
	if here := resolve("."); contains(here, dir) {
		return here
	}
	for _, out := range p.dirs(".go") {
		for !contains(dir, resolve(out)) && dir != filepath.Dir(dir) {
			dir = filepath.Dir(dir)
		}
	}
	return dir
}

// codeDirOf reads a spec. One that cannot be read has the directory that it is in.
func codeDirOf(path string) codeDir {
	c := codeDir{spec: path, dir: filepath.Dir(path)}
	info, err := os.Stat(path)
	if err != nil || info.Size() > spec.MaxSize {
		return c
	}
	src, err := os.ReadFile(path)
	if err != nil {
		return c
	}
	if m, _ := spec.Load(path, src); m != nil {
		c.dir, c.pkg = resolve(Options{}.dir(m)), golang.Package(m)
	}
	return c
}

// owner returns the spec that a generated file belongs to: one with the name that is in the file, whose code goes to the
// directory of the file. Code may also have been written there with [Options].Dir: then the package is the same, and either
// p's own code goes elsewhere than its spec says, or that of the other spec is not where that one says. A file that is called
// like p's own is not doubted that far.
func (c codeDirs) owner(f generatedFile, p Product) (path string, ok bool) {
	dir, name := filepath.Split(f.Path)
	dir = resolve(dir)
	ours := f.origin == filepath.Base(p.Machine.Path)
	moved := dir != resolve(Options{}.dir(p.Machine))
	for _, d := range c.all {
		if filepath.Base(d.spec) != f.origin {
			continue
		}
		if d.dir == dir {
			return d.spec, true
		}
		_, err := os.Lstat(filepath.Join(d.dir, name))
		if !ours && (moved || errors.Is(err, fs.ErrNotExist)) && d.pkg == packageBeside(f.File) {
			return d.spec, true
		}
	}
	return "", false
}

// packageBeside is the package of the code that a generated file is, or stands beside; empty if there is none.
func packageBeside(f File) string {
	if filepath.Ext(f.Path) == ".go" {
		return packageName(f.Path, f.Content)
	}
	return packageName(strings.TrimSuffix(f.Path, filepath.Ext(f.Path))+".go", nil)
}
