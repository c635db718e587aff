// Package scaffold is what a new machine begins with: a spec to be edited, which explains itself, and the go:generate line
// that turns it into code.
package scaffold

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"text/template"

	"github.com/fsmgen/fsmgen/gen"
)

//go:embed spec.fsm.yaml.tmpl
var specText string

//go:embed gen.go.tmpl
var genText string

var templates = template.Must(template.Must(template.New("spec").Parse(specText)).New("gen").Parse(genText))

var machineName = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

// NameError says that something cannot be called so.
type NameError struct {
	What, Name, Want string
}

func (e *NameError) Error() string {
	return fmt.Sprintf("scaffold: %s %q: must be %s", e.What, e.Name, e.Want)
}

// Package is the name of the package of a new machine: the one that is given, or that of the machine and "fsm".
func Package(machine, given string) string {
	return cmp.Or(given, strings.ReplaceAll(machine, "_", "")+"fsm")
}

// Files are the files of a new machine in a directory: NAME.fsm.yaml and gen.go. Without a package name it is that of the
// machine and "fsm", and without a directory it is one called like the package. A name that cannot be used is a
// [*NameError].
func Files(dir, machine, packageName string) ([]gen.File, error) {
	if !machineName.MatchString(machine) {
		return nil, &NameError{"machine", machine, "lower_snake_case, such as traffic_light"}
	}
	packageName = Package(machine, packageName)
	if !token.IsIdentifier(packageName) || packageName == "_" {
		return nil, &NameError{"package", packageName, "the name of a Go package, such as lightfsm"}
	}
	dir = cmp.Or(dir, packageName)
	names := struct{ Machine, Package string }{machine, packageName}
	var files []gen.File
	for _, f := range []struct{ template, name string }{{"spec", machine + ".fsm.yaml"}, {"gen", "gen.go"}} {
		var text bytes.Buffer
		if err := templates.ExecuteTemplate(&text, f.template, names); err != nil {
			return nil, fmt.Errorf("scaffold: %w", err)
		}
		files = append(files, gen.File{Path: filepath.Join(dir, f.name), Content: text.Bytes()})
	}
	return files, nil
}
