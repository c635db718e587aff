package hooks

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
)

// withImport returns the text of a file with an import, which it may have already. All else in the text stays as it is.
func withImport(path string, text []byte, add imported, ending string) ([]byte, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, text, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	for i, has := range importsOf(file) {
		switch {
		case has.name() == add.name() && has.path == add.path:
			return text, nil
		case has.name() == add.name():
			place := fset.Position(file.Imports[i].Pos()).String()
			return nil, &Error{place, add.name() + " is another package than that of the hooks: name another file with --output"}
		}
	}
	at, line := placeOfImport(fset, file, add, text)
	line = strings.ReplaceAll(line, "\n", ending)
	return append(text[:at:at], append([]byte(line), text[at:]...)...), nil
}

// placeOfImport returns where in the text an import goes, and how it is written there: into the first list of imports, before
// the first with a path that is greater, or to a line of its own.
func placeOfImport(fset *token.FileSet, file *ast.File, add imported, text []byte) (at int, line string) {
	offset := func(p token.Pos) int { return fset.Position(p).Offset }
	behind := func(p token.Pos) int { // the line of a position
		at := offset(p)
		if end := strings.IndexByte(string(text[at:]), '\n'); end >= 0 {
			return at + end + 1
		}
		return len(text)
	}
	for _, d := range file.Decls {
		decl, ok := d.(*ast.GenDecl)
		if !ok || len(decl.Specs) == 0 || isC(decl.Specs[0]) {
			continue
		}
		if !decl.Lparen.IsValid() {
			return behind(decl.End()), "import " + add.String() + "\n"
		}
		return placeInList(fset, decl, add, offset, behind)
	}
	return behind(file.Name.End()), "\nimport " + add.String() + "\n"
}

func placeInList(fset *token.FileSet, decl *ast.GenDecl, add imported, offset, behind func(token.Pos) int) (at int, line string) {
	lineOf := func(p token.Pos) int { return fset.Position(p).Line }
	if lineOf(decl.Lparen) == lineOf(decl.Rparen) {
		return offset(decl.Rparen), "; " + add.String()
	}
	written := "\t" + add.String() + "\n"
	isOther := func(path string) bool { return strings.Contains(strings.Split(path, "/")[0], ".") }
	var last ast.Spec
	for _, s := range decl.Specs {
		spec, ok := s.(*ast.ImportSpec)
		if !ok {
			continue
		}
		path, _ := strconv.Unquote(spec.Path.Value) // the parser has checked it
		switch {
		case last == nil && isOther(path) && !isOther(add.path):
			return behind(decl.Lparen), written + "\n"
		case last != nil && lineOf(s.Pos()) > lineOf(last.End())+1 && !isOther(add.path):
			return behind(last.End()), written // the end of the first block of lines
		case path > add.path && spec.Doc == nil && !isOther(add.path):
			return offset(s.Pos()), add.String() + "\n\t"
		}
		last = s
	}
	return behind(last.End()), written
}

func isC(s ast.Spec) bool {
	spec, ok := s.(*ast.ImportSpec)
	return ok && spec.Path.Value == `"C"`
}
