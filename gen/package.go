package gen

import (
	"fmt"
	gobuild "go/build"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/spec"
)

// otherPackages reports machines that have another package than the Go files which are already in their directory.
func otherPackages(products []Product) spec.Findings {
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
// pkg; both are empty if there is none.
func OtherPackage(dir, pkg string) (name, other string) {
	return otherPackage(dir, pkg, func(string) bool { return true })
}

// otherHandWritten is [OtherPackage] for files that are written by hand.
func otherHandWritten(dir, own string) (name, pkg string) {
	return otherPackage(dir, own, func(name string) bool { return !isGenerated(name) })
}

// otherPackage looks for a file that counts. Tests and files of other platforms may be of another package. What cannot be
// read is for the compiler to report.
func otherPackage(dir, own string, counts func(name string) bool) (name, pkg string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		name := e.Name()
		if filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || !counts(name) {
			continue
		}
		if here, err := gobuild.Default.MatchFile(dir, name); err != nil || !here {
			continue
		}
		if pkg := packageName(filepath.Join(dir, name), nil); pkg != "" && pkg != own {
			return name, pkg
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
