package fsmgen_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// notInPages are exported names that no guide needs: generated code uses them. go doc has them.
var notInPages = map[string][]string{
	"runtime": {
		"ArmedTimer", "History.Append", "Info.Accepts", "Info.IsIn", "Info.StateName", "NamedEvent", "SnapshotVersion", "StoredMemory",
		"TransitionInfo", "UnknownOutcomeError",
	},
	"runtime/statem": {},
}

// ofInterfaces are the methods by which types fit interfaces of the standard library and of these packages.
var ofInterfaces = []string{
	"Begin", "Error", "Is", "MarshalText", "Observe", "ObservePool", "Outcome", "String", "Timeout", "UnmarshalText", "Unwrap", "Wants",
}

// TestPages_NameEveryEntryPoint keeps the exported functions, types, methods, constants and fields of configurations of the
// packages for users in the pages.
func TestPages_NameEveryEntryPoint(t *testing.T) {
	var text strings.Builder
	for _, page := range userGuides(t) {
		text.WriteString(readFile(t, page))
	}
	words := map[string]bool{}
	for _, word := range regexp.MustCompile(`\w+`).FindAllString(text.String(), -1) {
		words[word] = true
	}
	for _, dir := range []string{"runtime", "runtime/statem", "runtime/otelfsm", "pool", "pool/otelpool"} {
		known := exported(t, dir)
		for _, name := range known {
			_, last, method := strings.Cut(name, ".")
			switch {
			case !method:
				last = name
			case slices.Contains(ofInterfaces, last):
				continue
			}
			if listed := slices.Contains(notInPages[dir], name); words[last] == listed {
				if listed {
					t.Errorf("%s: %s is in a page: take it off the list", dir, name)
				} else {
					t.Errorf("%s: no page names %s", dir, name)
				}
			}
		}
		for _, name := range notInPages[dir] {
			if !slices.Contains(known, name) {
				t.Errorf("%s has no %s: take it off the list", dir, name)
			}
		}
	}
}

// exported are the exported functions, types, constants and variables of a package, and Type.Method for its methods.
func exported(t *testing.T, dir string) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			names = append(names, declared(d)...)
		}
	}
	slices.Sort(names)
	return slices.Compact(slices.DeleteFunc(names, func(name string) bool {
		return slices.ContainsFunc(strings.Split(name, "."), func(part string) bool { return !ast.IsExported(part) })
	}))
}

func declared(d ast.Decl) (names []string) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		name := d.Name.Name
		if d.Recv != nil {
			name = receiver(d.Recv.List[0].Type) + "." + name
		}
		return []string{name}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				names = append(names, s.Name.Name)
			case *ast.ValueSpec:
				for _, name := range s.Names {
					names = append(names, name.Name)
				}
			}
		}
	}
	return names
}

func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.IndexListExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}
