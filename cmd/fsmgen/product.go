package main

import (
	"github.com/fsmgen/fsmgen/gen"
)

// plan makes, in memory, what is to be on disk, and prints what is wrong.
func (t *tool) plan(args []string, opt gen.Options) ([]gen.Product, error) {
	in, err := t.read(args)
	if err != nil {
		return nil, t.also(in, err)
	}
	products, err := t.produce(in, opt)
	return products, t.also(in, err)
}

// produce makes the files of specs, if none has an error. What Go has no names or no place for becomes a finding.
func (t *tool) produce(in *input, opt gen.Options) ([]gen.Product, error) {
	if in.found.HasErrors() {
		return nil, nil
	}
	var products []gen.Product
	for _, m := range in.machines {
		t.subject = m.Path
		files, err := t.files(m, opt)
		clashes := gen.Clashes(m, err)
		if err != nil && len(clashes) == 0 {
			return nil, t.bug(err)
		}
		for i := range files {
			files[i].Path = fromHere(files[i].Path)
		}
		in.found = append(in.found, clashes...)
		products = append(products, gen.Product{Machine: m, Files: files})
	}
	if opt.Dir == "" {
		in.found = append(in.found, gen.Outside(products)...)
	}
	in.found = append(in.found, gen.Conflicts(products)...)
	return products, nil
}

// also prints what was found, and fails with err, or if a finding is an error.
func (t *tool) also(in *input, err error) error {
	if wrong := t.report(t.stderr, in); err == nil {
		return wrong
	}
	return err
}
