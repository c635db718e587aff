package main

import (
	"errors"
	"fmt"

	"github.com/fsmgen/fsmgen/gen/golang"
	"github.com/fsmgen/fsmgen/spec"
)

// The codes of the rules of package spec that only generating can see broken.
const (
	codeCollision = "FSM022"
	codePackage   = "FSM034"
)

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

// overlaps reports machines that go to one directory. It is one Go package, in which the code of two would not compile.
func overlaps(products []product) spec.Findings {
	var found spec.Findings
	tenants := map[string]*spec.Machine{}
	for _, p := range products {
		for _, dir := range p.dirs() {
			place := absolute(dir)
			if first, ok := tenants[place]; ok {
				found = append(found, overlap(p.of, first, dir))
				continue
			}
			tenants[place] = p.of
		}
	}
	return found
}

func overlap(m, first *spec.Machine, dir string) spec.Finding {
	return spec.Finding{
		Path: m.Path, Pos: m.Name.Pos, Severity: spec.Error, Code: codePackage,
		Message: fmt.Sprintf("%s and %s both go to directory %s", first.Path, m.Path, dir),
		Help:    "give each machine its own with `go: {out: DIR}`",
	}
}
