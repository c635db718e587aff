package golang

import (
	"path/filepath"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
)

// File returns the Go file of a machine whose spec has no errors, and the name that it is to have beside others. It
// touches no disk, and gives the same bytes for the same spec. The error joins a [ClashError] for every two things that
// need one Go name.
func File(m *spec.Machine) (name string, content []byte, err error) {
	p, err := newPlan(m)
	if err != nil {
		return "", nil, err
	}
	content, err = render(p.emit(), p.pkg)
	return strings.TrimSuffix(p.file, filepath.Ext(p.file)) + ".go", content, err
}

// emit calls the emitters in the order in which a person wants to read the result.
func (p *plan) emit() *jen.File {
	f := newFile(p)
	for _, section := range [][]jen.Code{
		p.emitVersion(),
		p.emitStates(),
		p.emitEvents(),
		p.emitTypes(),
		p.emitCallers(),
		p.emitChoices(),
		p.emitParams(),
		p.emitData(),
		p.emitHooks(),
		p.emitContexts(),
		p.emitMachine(),
		p.emitTriggers(),
		p.emitCells(),
		p.emitInvokes(),
		p.emitStepper(),
		p.emitSnapshot(),
		p.emitRestore(),
		p.emitServer(),
		p.emitServerEvents(),
		p.emitInfo(),
	} {
		add(f, section)
	}
	return f
}
