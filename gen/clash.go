package gen

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"

	"github.com/fsmgen/fsmgen/gen/internal/golang"
	"github.com/fsmgen/fsmgen/spec"
)

// The codes of the rules of package spec that only generating can see broken.
const (
	codeCollision = "FSM022"
	codePackage   = "FSM034"
)

// Clashes are the findings that an error of [Files] is made of: two things of m that need one Go name. Any other error has
// none, and is a bug.
func Clashes(m *spec.Machine, err error) spec.Findings {
	var found spec.Findings
	for _, c := range clashes(err) {
		found = append(found, clashFinding(m, c))
	}
	return found
}

// clashes are all that err wraps; [errors.AsType] would stop at the first.
func clashes(err error) []*golang.ClashError {
	if c, ok := err.(*golang.ClashError); ok {
		return []*golang.ClashError{c}
	}
	many, ok := err.(interface{ Unwrap() []error })
	if !ok {
		if err = errors.Unwrap(err); err == nil {
			return nil
		}
		return clashes(err)
	}
	var all []*golang.ClashError
	for _, err := range many.Unwrap() {
		all = append(all, clashes(err)...)
	}
	return all
}

func clashFinding(m *spec.Machine, c *golang.ClashError) spec.Finding {
	f := spec.Finding{
		Path: m.Path, Pos: c.Pos, Severity: spec.Error, Code: codeCollision,
		Message: fmt.Sprintf("%s: the Go name %s belongs to %s", c.What, c.Name, c.Owner),
		Help:    "rename one of them",
	}
	if c.First != (spec.Pos{}) {
		f.Related = []spec.Related{{Pos: c.First, Message: c.Owner}}
	}
	return f
}

// Conflicts reports machines that cannot be in the package of their directory: another machine has its code there, or Go files
// there are of another package. The other machine may be one of the products, or one that is not generated now and has code
// there already.
func Conflicts(products []Product) spec.Findings {
	return append(sharedDirs(products), otherPackages(products)...)
}

// sharedDirs reports machines that have their code in one directory, which is one Go package.
func sharedDirs(products []Product) spec.Findings {
	var found spec.Findings
	first := map[string]*spec.Machine{}
	for _, p := range products {
		for _, dir := range p.dirs(".go") {
			place := absolute(dir)
			if m, ok := first[place]; ok {
				found = append(found, sharedDir(p.Machine, m.Path, dir))
				continue
			}
			first[place] = p.Machine
			other, ok := p.otherSpec(dir)
			isOther := func(p Product) bool { return resolve(p.Machine.Path) == resolve(other) }
			if ok && !slices.ContainsFunc(products, isOther) {
				found = append(found, sharedDir(p.Machine, other, dir))
			}
		}
	}
	return found
}

// otherSpec returns a spec elsewhere in the module that has code in a directory of p. A file that p would not change needs no
// search; one of a spec with the same name could be of another spec.
func (p Product) otherSpec(dir string) (path string, ok bool) {
	here, err := generatedIn(dir)
	if err != nil {
		return "", false // writing there will fail, too
	}
	around := sync.OnceValue(func() codeDirs { return specsAround(p) })
	for _, f := range here {
		if filepath.Ext(f.Path) != ".go" || p.has(f.File) {
			continue
		}
		if path, owned := around().owner(f, p); owned {
			return fromHere(path), true
		}
	}
	return "", false
}

// has reports whether a file is as p wants it.
func (p Product) has(f File) bool {
	return slices.ContainsFunc(p.Files, func(own File) bool {
		return absolute(own.Path) == absolute(f.Path) && bytes.Equal(own.Content, f.Content)
	})
}

// fromHere is a path relative to the working directory, if it is below.
func fromHere(path string) string {
	if here := resolve("."); contains(here, path) {
		if rel, err := filepath.Rel(here, path); err == nil {
			return rel
		}
	}
	return path
}

// absolute makes two names of one place comparable. Symbolic links stay what they are.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return filepath.Clean(path)
}

func sharedDir(m *spec.Machine, first, dir string) spec.Finding {
	return spec.Finding{
		Path: m.Path, Pos: m.Name.Pos, Severity: spec.Error, Code: codePackage,
		Message: fmt.Sprintf("%s and %s both go to directory %s", first, m.Path, dir),
		Help:    "give each machine its own with `go: {out: DIR}`",
	}
}
