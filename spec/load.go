package spec

import (
	"embed"

	"github.com/fsmgen/fsmgen/spec/internal/check"
	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/finding"
	"github.com/fsmgen/fsmgen/spec/internal/format"
	"github.com/fsmgen/fsmgen/spec/internal/parse"
	"github.com/fsmgen/fsmgen/spec/internal/rule"
)

// Load reads a spec and checks it. The machine is never nil; it can be generated if no finding is an error. Path names
// the file in the findings and is not opened. Findings are sorted by position. Where the file itself is wrong, warnings
// would be guesses and are left out.
func Load(path string, src []byte) (*Machine, Findings) {
	m, found, whole := parse.File(path, src)
	if whole {
		checked := check.Machine(m)
		if found.HasErrors() {
			checked = without(checked, Warning)
		}
		found = append(found, checked...)
	}
	found.Sort()
	return m, found
}

func without(fs Findings, s Severity) Findings {
	var rest Findings
	for _, f := range fs {
		if f.Severity != s {
			rest = append(rest, f)
		}
	}
	return rest
}

// maxPasses bounds how often [Fix] looks at what it has made; fixes that touch each other take a pass each.
const maxPasses = 20

// Fix makes every fix of the findings that [Load] has for a spec, and those that they lead to, and returns the new
// text, how many fixes it made, and the findings that are left.
func Fix(path string, src []byte) (fixed []byte, made int, left Findings) {
	for range maxPasses {
		_, left = Load(path, src)
		next, n := finding.ApplyFixes(src, left)
		if n == 0 {
			break
		}
		src, made = next, made+n
	}
	return src, made, left
}

// FormatError says why a file has no canonical form: what is wrong with it as YAML.
type FormatError = format.Error

// Canonical returns the canonical form of a spec: words in one order, declarations and transitions on one line where
// that has at most 120 characters, everything else in lines of its own unless its author put it in brackets, two spaces
// to indent. The order of what is named, empty lines, quotes and every comment stay. What the spec means stays, so
// wrong specs are formatted, too; only what is wrong as YAML is refused, with a [*FormatError]. The form of a form is
// itself.
func Canonical(src []byte) ([]byte, error) { return format.Canonical(src) }

// Rules lists every rule in the order of the codes: FSM00x is about the file, FSM01x about words and shapes, FSM02x
// about names, FSM03x about types and values, FSM04x about hooks and replies, FSM05x about states, FSM06x about guards,
// time and what is asked of the whole machine.
func Rules() []Rule { return rule.All() }

//go:embed explain/*.md
var pages embed.FS

// Explain returns the page about a code of [Rules] in Markdown: the rule, a spec that breaks it and one that does not.
// It is empty for a code that there is not.
func Explain(code string) string { return finding.Page(pages, code) }

//go:embed fsm.schema.json
var schema []byte

// Schema returns the JSON Schema of specs, which lets editors complete and explain their words.
func Schema() []byte { return schema }

// GoName returns the exported Go name of a name of the spec: `worker_id` is WorkerID.
func GoName(snake string) string { return decl.GoName(snake) }

// GoLocal returns the Go name of a parameter or a variable: `worker_id` is workerID, `id` is id.
func GoLocal(snake string) string { return decl.GoLocal(snake) }
