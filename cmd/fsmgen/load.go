package main

import (
	"os"

	"github.com/fsmgen/fsmgen/spec"
)

// load returns the machines of the specs that args stand for, and prints what is wrong with them. It looks at every
// spec, and fails if any has an error or cannot be read.
func (t *tool) load(args []string) ([]*spec.Machine, error) {
	paths, err := specPaths(args)
	if err != nil {
		return nil, err
	}
	var machines []*spec.Machine
	var found spec.Findings
	var unreadable error
	for _, path := range paths {
		t.subject = path
		src, err := os.ReadFile(path)
		if err != nil {
			t.say("fsmgen: %v", err)
			unreadable = unusable(errSaid)
			continue
		}
		m, here := spec.Load(path, src)
		machines, found = append(machines, m), append(found, here...)
	}
	err = t.report(machines, found)
	if unreadable != nil {
		err = unreadable
	}
	return machines, err
}

// report prints findings about machines, and fails if one is an error.
func (t *tool) report(machines []*spec.Machine, found spec.Findings) error {
	if t.flags.quiet {
		found = onlyErrors(found)
	}
	p, err := t.flags.printer(t.stderr)
	if err != nil {
		return err
	}
	p.Sources = map[string]string{}
	for _, m := range machines {
		p.Sources[m.Path] = m.Source
	}
	if err := p.Print(t.stderr, found); err != nil {
		return unusable(err)
	}
	if found.HasErrors() {
		return wrong(errSaid)
	}
	return nil
}

func onlyErrors(found spec.Findings) spec.Findings {
	var errs spec.Findings
	for _, f := range found {
		if f.Severity == spec.Error {
			errs = append(errs, f)
		}
	}
	return errs
}
