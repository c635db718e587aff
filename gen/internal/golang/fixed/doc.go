// Package fixed is the part of a generated package that is the same for every machine but for names and for what a spec does
// not use. It compiles and is tested as it is, as the code of a machine called thing with everything that a spec can have.
//
// Package golang takes its files as templates, whose actions are comments of Go: between /*{{if .Params}}*/ and /*{{end}}*/ stands
// what only a machine with parameters has. "A thing" and "thing" in comments become what the machine is called: "a live thing"
// becomes "a live door". The file stubs.go is no template: it has what the generated code of a machine declares around the
// templates.
package fixed
