package golang

import (
	"embed"
	"regexp"
	"strings"
	"text/template"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
)

//go:embed fixed/machine.go fixed/server.go fixed/restore.go
var fixedFiles embed.FS

// fixedTemplates are the files of package fixed. Comments of Go in them are the actions of templates.
var fixedTemplates = template.Must(template.New("fixed").Delims("/*{{", "}}*/").ParseFS(fixedFiles, "fixed/*.go"))

// used says which of the things that a template asks for a machine has.
type used struct {
	Params, Bounds, Data, Given, Readers, Choices, Invokes, Timers, Ends, Server bool
}

// fixed returns the declarations of a file of package fixed as those of the machine.
func (p *plan) fixed(file string) []jen.Code {
	var b strings.Builder
	err := fixedTemplates.ExecuteTemplate(&b, file, used{
		Params: len(p.spec.Params) > 0, Bounds: p.hasBounds(), Data: len(p.spec.Data) > 0, Given: p.takesData(), Readers: p.hasReaders(),
		Choices: len(p.spec.Choices) > 0, Invokes: len(p.invokes) > 0, Timers: p.hasTimers(), Ends: p.hasEnd(),
		Server: p.spec.Emits(spec.PartServer),
	})
	if err != nil {
		panic(err) // a template asks for what used does not have
	}
	_, text, _ := strings.Cut(b.String(), "\n)\n") // behind the imports
	var codes []jen.Code
	for declaration := range strings.SplitSeq(text, "\n\n") {
		if declaration = strings.TrimSpace(declaration); declaration != "" {
			codes = append(codes, p.fixedDeclaration(declaration))
		}
	}
	return codes
}

var (
	aThing = regexp.MustCompile(`\ba thing\b`)
	thing  = regexp.MustCompile(`\bthing\b`)
)

// fixedDeclaration is a declaration of a template, with the name of the machine in its comment, which is filled anew.
func (p *plan) fixedDeclaration(text string) jen.Code {
	var words []string
	for {
		line, rest, _ := strings.Cut(text, "\n")
		word, isComment := strings.CutPrefix(line, "// ")
		if !isComment {
			break
		}
		words, text = append(words, word), rest
	}
	if len(words) == 0 {
		return qualified(text)
	}
	doc := aThing.ReplaceAllLiteralString(strings.Join(words, " "), p.a())
	return documented(thing.ReplaceAllLiteralString(doc, p.noun), qualified(text))
}

// packageNames are the names of packages in templates.
var packageNames = map[string]string{"fsm": fsmPath, "impl": implPath, "context": "context", "time": "time"}

var qualifier = regexp.MustCompile(`\b(fsm|impl|context|time)\.([A-Z]\w*)`)

// qualified is code with imports for its names of other packages.
func qualified(text string) *jen.Statement {
	code := new(jen.Statement)
	at := 0
	for _, m := range qualifier.FindAllStringSubmatchIndex(text, -1) {
		code.Id(text[at:m[0]]).Qual(packageNames[text[m[2]:m[3]]], text[m[4]:m[5]])
		at = m[1]
	}
	return code.Id(text[at:])
}
