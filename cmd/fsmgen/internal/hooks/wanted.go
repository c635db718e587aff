package hooks

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"strconv"

	"github.com/fsmgen/fsmgen/gen"
)

// wanted is what the generated code of a machine wants to be written by hand.
type wanted struct {
	pkg     string
	fset    *token.FileSet
	files   map[string]*ast.File // by path
	imports map[string]imported  // by the name that the generated code has for the package
	groups  []group
}

// group is one field of the generated struct Hooks.
type group struct {
	iface   string // the type of the field
	field   string
	methods []method
}

type method struct {
	name, signature string   // SoldOut, (x *View, dish string) bool
	packages        []string // the names of what the signature imports
}

// imported is an import as a file writes it.
type imported struct {
	alias string // empty if there is none
	path  string
}

func (i imported) String() string {
	if i.alias == "" {
		return strconv.Quote(i.path)
	}
	return i.alias + " " + strconv.Quote(i.path)
}

var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

// name is what a file calls the package. Without an alias it is taken from the path.
func (i imported) name() string {
	switch base := path.Base(i.path); {
	case i.alias != "":
		return i.alias
	case majorVersion.MatchString(base):
		return path.Base(path.Dir(i.path))
	default:
		return base
	}
}

// readWanted finds the hooks in generated code.
func readWanted(code []gen.File) (*wanted, error) {
	w := &wanted{fset: token.NewFileSet(), files: map[string]*ast.File{}, imports: map[string]imported{}}
	interfaces := map[string]*ast.InterfaceType{}
	var fields *ast.StructType
	for _, f := range code {
		file, err := parser.ParseFile(w.fset, f.Path, f.Content, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		w.pkg, w.files[f.Path] = file.Name.Name, file
		for _, i := range importsOf(file) {
			w.imports[i.name()] = i
		}
		for spec := range typesOf(file) {
			switch typ := spec.Type.(type) {
			case *ast.InterfaceType:
				interfaces[spec.Name.Name] = typ
			case *ast.StructType:
				if spec.Name.Name == "Hooks" {
					fields = typ
				}
			}
		}
	}
	if fields == nil {
		return w, nil
	}
	for _, field := range fields.Fields.List {
		typ, ok := field.Type.(*ast.Ident)
		if !ok || interfaces[typ.Name] == nil {
			continue
		}
		methods, err := w.methods(interfaces[typ.Name])
		if err != nil {
			return nil, err
		}
		w.groups = append(w.groups, group{typ.Name, field.Names[0].Name, methods})
	}
	return w, nil
}

func (w *wanted) methods(typ *ast.InterfaceType) ([]method, error) {
	var methods []method
	for _, m := range typ.Methods.List {
		var b bytes.Buffer
		if err := format.Node(&b, w.fset, m.Type); err != nil {
			return nil, err
		}
		one := method{name: m.Names[0].Name, signature: string(bytes.TrimPrefix(b.Bytes(), []byte("func")))}
		for n := range ast.Preorder(m.Type) {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if pkg, ok := sel.X.(*ast.Ident); ok {
					one.packages = append(one.packages, pkg.Name)
				}
			}
		}
		methods = append(methods, one)
	}
	return methods, nil
}

func importsOf(file *ast.File) []imported {
	var all []imported
	for _, spec := range file.Imports {
		i := imported{}
		if spec.Name != nil {
			i.alias = spec.Name.Name
		}
		i.path, _ = strconv.Unquote(spec.Path.Value) // the parser has checked it
		all = append(all, i)
	}
	return all
}
