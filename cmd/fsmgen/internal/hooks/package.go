package hooks

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"strings"
)

// source is the Go package that a machine's generated code belongs to: what is on disk, with the generated code that is to be
// instead of the one that is there.
type source struct {
	fset  *token.FileSet
	files map[string]*ast.File // by path
	own   map[string]bool      // the paths that are not generated
	types map[string]declared
}

// declared is the declaration of a type.
type declared struct {
	*ast.TypeSpec
	path string
}

// readSource reads the files of a directory that are in a package and that the go command compiles on this system. Files of
// tests count only where the hooks are to be in one.
func readSource(dir string, w *wanted, tests bool) (*source, error) {
	s := &source{fset: w.fset, files: maps.Clone(w.files), own: map[string]bool{}, types: map[string]declared{}}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if s.files[path] != nil || !strings.HasSuffix(e.Name(), ".go") || !tests && strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() { // reading it could block
			continue
		}
		if ok, err := build.Default.MatchFile(dir, e.Name()); err != nil || !ok {
			continue
		}
		if err := s.read(path, w.pkg); err != nil {
			return nil, err
		}
	}
	for path, file := range s.files {
		for spec := range typesOf(file) {
			s.types[spec.Name.Name] = declared{spec, path}
		}
	}
	return s, nil
}

func (s *source) read(path, pkg string) error {
	file, err := parser.ParseFile(s.fset, path, nil, parser.SkipObjectResolution|parser.ParseComments)
	if list, ok := errors.AsType[scanner.ErrorList](err); ok {
		return &Error{list[0].Pos.String(), "is no Go: " + list[0].Msg + ": correct it first"}
	}
	if err != nil {
		return err
	}
	if file.Name.Name == pkg {
		s.files[path], s.own[path] = file, !ast.IsGenerated(file)
	}
	return nil
}

func typesOf(file *ast.File) iter.Seq[*ast.TypeSpec] {
	return func(yield func(*ast.TypeSpec) bool) {
		for _, d := range file.Decls {
			decl, ok := d.(*ast.GenDecl)
			if !ok || decl.Tok != token.TYPE {
				continue
			}
			for _, spec := range decl.Specs {
				if typ, ok := spec.(*ast.TypeSpec); ok && !yield(typ) {
					return
				}
			}
		}
	}
}

// resolve returns the type that a name stands for behind its aliases. It is nil if the package has none, or an error if the
// name is something that cannot have methods of this package.
func (s *source) resolve(name string) (*declared, error) {
	typ, ok := s.types[s.behind(name)]
	if !ok {
		typ, ok = s.types[name] // another name of a predeclared type
	}
	if !ok {
		return nil, s.free(name)
	}
	_, isInterface := typ.Type.(*ast.InterfaceType)
	what := ""
	switch {
	case !s.own[typ.path]:
		what = "is a type of generated code"
	case isInterface:
		what = "is an interface"
	case typ.TypeParams != nil:
		what = "has type parameters"
	case typ.Assign.IsValid():
		what = "is another name of a type that gets no methods here"
	default:
		return &typ, nil
	}
	return nil, &Error{s.fset.Position(typ.Name.Pos()).String(), fmt.Sprintf("%s %s: name another type with --type", name, what)}
}

// free reports an error if the package declares something else than a type under a name.
func (s *source) free(name string) error {
	for _, file := range s.files {
		for _, d := range file.Decls {
			for n := range declaredNames(d) {
				if n.Name == name {
					return &Error{s.fset.Position(n.Pos()).String(), name + " is no type: name another one with --type"}
				}
			}
		}
	}
	return nil
}

// declaredNames are the names of functions, constants and variables that a declaration makes.
func declaredNames(d ast.Decl) iter.Seq[*ast.Ident] {
	return func(yield func(*ast.Ident) bool) {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && !yield(f.Name) {
			return
		}
		decl, ok := d.(*ast.GenDecl)
		if !ok {
			return
		}
		for _, spec := range decl.Specs {
			if values, ok := spec.(*ast.ValueSpec); ok {
				for _, name := range values.Names {
					if !yield(name) {
						return
					}
				}
			}
		}
	}
}

// methods adds the names of the methods of a type to a set: its own, and those of what it embeds, as far as that is in this
// package. It also returns the receivers of its own.
func (s *source) methods(name string, names, seen map[string]bool) (receivers []*ast.Field) {
	if seen[name] {
		return nil
	}
	seen[name] = true
	for _, file := range s.files {
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if ok && f.Recv != nil && len(f.Recv.List) == 1 && s.behind(base(f.Recv.List[0].Type)) == name {
				names[f.Name.Name] = true
				receivers = append(receivers, f.Recv.List[0])
			}
		}
	}
	typ, ok := s.types[name]
	if !ok {
		return receivers
	}
	switch t := typ.Type.(type) {
	case *ast.StructType:
		s.embedded(t.Fields, names, seen)
	case *ast.InterfaceType:
		s.embedded(t.Methods, names, seen)
	}
	return receivers
}

// behind returns the name of a type behind its aliases in this package.
func (s *source) behind(name string) string {
	for range len(s.types) {
		typ, ok := s.types[name]
		if !ok || !typ.Assign.IsValid() {
			break
		}
		other, ok := typ.Type.(*ast.Ident)
		if !ok {
			break
		}
		name = other.Name
	}
	return name
}

// embedded adds the methods of the fields without a name, and those that an interface lists.
func (s *source) embedded(fields *ast.FieldList, names, seen map[string]bool) {
	for _, field := range fields.List {
		if len(field.Names) == 0 {
			s.methods(s.behind(base(field.Type)), names, seen)
		} else if _, ok := field.Type.(*ast.FuncType); ok {
			names[field.Names[0].Name] = true
		}
	}
}

// base is the name of a type of this package behind a pointer and type arguments; empty for any other type.
func base(typ ast.Expr) string {
	switch t := typ.(type) {
	case *ast.Ident:
		return t.Name
	case *ast.StarExpr:
		return base(t.X)
	case *ast.ParenExpr:
		return base(t.X)
	case *ast.IndexExpr:
		return base(t.X)
	case *ast.IndexListExpr:
		return base(t.X)
	default:
		return ""
	}
}
