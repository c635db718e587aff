package gen

import (
	"bytes"
	"errors"
	"fmt"
	gobuild "go/build"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
		Help:    c.Help(),
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
	return append(sharedDirs(products), packageConflicts(products)...)
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

// packageConflicts reports machines that have another package than the Go files which are already in their directory.
func packageConflicts(products []Product) spec.Findings {
	var found spec.Findings
	for _, p := range products {
		i := slices.IndexFunc(p.Files, func(f File) bool { return filepath.Ext(f.Path) == ".go" })
		if i < 0 {
			continue
		}
		own := packageName(p.Files[i].Path, p.Files[i].Content)
		if name, other := otherHandWritten(filepath.Dir(p.Files[i].Path), own); other != "" {
			found = append(found, packageConflict(p.Machine, own, name, other))
		}
	}
	return found
}

func packageConflict(m *spec.Machine, own, name, other string) spec.Finding {
	pos := m.Name.Pos
	if m.Go.Package.Value != "" {
		pos = m.Go.Package.Pos
	}
	return spec.Finding{
		Path: m.Path, Pos: pos, Severity: spec.Error, Code: codePackage,
		Message: fmt.Sprintf("package %s would be beside %s, which is package %s", own, name, other),
		Help:    fmt.Sprintf("write `go: {package: %s}`, or give the machine a directory with `go: {out: DIR}`", other),
	}
}

// OtherPackage returns the name and the package of a Go file in a directory, generated or not, that is of another package than
// own; both are empty if there is none.
func OtherPackage(dir, own string) (name, other string) {
	return findOtherPackage(dir, own, func(string) bool { return true })
}

// otherHandWritten is [OtherPackage] for files that are written by hand.
func otherHandWritten(dir, own string) (name, other string) {
	return findOtherPackage(dir, own, func(name string) bool { return !isGenerated(name) })
}

// findOtherPackage looks for a Go file of another package than own, among those that includes reports true for. Tests and files of
// other platforms may be of another package. The compiler reports what cannot be read.
func findOtherPackage(dir, own string, includes func(name string) bool) (name, other string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		name := e.Name()
		if filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || !includes(name) {
			continue
		}
		if here, err := gobuild.Default.MatchFile(dir, name); err != nil || !here {
			continue
		}
		if other := packageName(filepath.Join(dir, name), nil); other != "" && other != own {
			return name, other
		}
	}
	return "", ""
}

// packageName is the package of a Go file, whose content is read where it is nil.
func packageName(path string, content []byte) string {
	var src any
	if content != nil {
		src = content
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, src, parser.PackageClauseOnly)
	if err != nil {
		return ""
	}
	return file.Name.Name
}
