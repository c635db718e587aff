package golang

import (
	"path/filepath"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
)

// File is a generated file. It has the name that it is to have beside others.
type File struct {
	Name    string
	Content []byte
}

// Files returns the Go code of a machine whose spec has no errors: NAME.fsm.go with its logic, and NAME_support.fsm.go with
// what is the same in every machine but for names, and with tables. It touches no disk, and gives the same bytes for the same
// spec. The error joins a [ClashError] for every two things that need one Go name.
func Files(m *spec.Machine) ([]File, error) {
	p, err := newPlan(m)
	if err != nil {
		return nil, err
	}
	reviewed, err := render(p.emit(), p.pkg)
	if err != nil {
		return nil, err
	}
	support, err := render(p.emitSupport(), p.pkg)
	if err != nil {
		return nil, err
	}
	base := strings.TrimSuffix(p.file, filepath.Ext(p.file)) // worker.fsm
	name, kind := strings.TrimSuffix(base, filepath.Ext(base)), filepath.Ext(base)
	return []File{{base + ".go", reviewed}, {name + "_support" + kind + ".go", support}}, nil
}

// emit calls the emitters of the file with the logic, in reading order.
func (p *plan) emit() *jen.File {
	f := newFile(p)
	f.PackageComment(comment(p.packageDoc(), textWidth))
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
		p.emitMachine(),
		p.emitDispatch(),
		p.emitCells(),
		p.emitInvokes(),
	} {
		add(f, section)
	}
	return f
}

// emitSupport calls the emitters of the other file.
func (p *plan) emitSupport() *jen.File {
	f := newFile(p)
	for _, section := range [][]jen.Code{
		p.emitStateNames(),
		p.emitSeals(),
		p.emitParamChecks(),
		p.emitLife(),
		p.defaultData(),
		p.fixed("machine.go"),
		p.emitEventMethods(),
		p.emitInquiries(),
		p.emitStepper(),
	} {
		add(f, section)
	}
	if p.spec.Emits(spec.PartSnapshot) {
		add(f, p.emitSnapshot())
		add(f, p.fixed("restore.go"))
		add(f, p.emitRestore())
	}
	if p.spec.Emits(spec.PartServer) {
		add(f, p.fixed("server.go"))
		add(f, p.emitServerEvents())
	}
	add(f, p.emitInfo())
	return f
}
