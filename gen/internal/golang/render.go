package golang

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/dave/jennifer/jen"
	"mvdan.cc/gofumpt/format"
)

// parting is a line between two parts of a file. The parts are formatted at once, since that takes most of the time. No text
// of a spec becomes such a line: a comment has a space behind its slashes, and a literal is on one line.
const parting = "//fsmgen:part"

var partings = regexp.MustCompile(`(?m)^[ \t]*` + parting + `[ \t]*$`)

// perPart is the number of declarations in a part.
const perPart = 100

// add puts declarations into a file, in parts.
func add(f *jen.File, declarations []jen.Code) {
	for i, declaration := range declarations {
		if i%perPart == 0 {
			f.Line().Comment(parting)
		}
		f.Line().Add(declaration)
	}
}

// render formats a file. Output that does not parse is a mistake of this package; the error shows it with line numbers.
func render(f *jen.File, pkg string) ([]byte, error) {
	f.NoFormat = true
	var b bytes.Buffer
	if err := f.Render(&b); err != nil {
		return nil, fmt.Errorf("golang: render: %w", err)
	}
	parts := partings.Split(b.String(), -1)
	formatted, errs := make([][]byte, len(parts)), make([]error, len(parts))
	var group sync.WaitGroup
	for i, part := range parts {
		group.Go(func() { formatted[i], errs[i] = formatPart(part, pkg, i == 0) })
	}
	group.Wait()
	return append(bytes.Join(formatted, []byte("\n\n")), '\n'), errors.Join(errs...)
}

// formatPart formats a part of a file. Only the first part has the package clause, and the others get one for a while.
func formatPart(part, pkg string, first bool) ([]byte, error) {
	clause := "package " + pkg + "\n"
	if first {
		clause = ""
	}
	content, err := format.Source([]byte(clause+part), format.Options{
		LangVersion: goVersion,
		ModulePath:  modulePath,
		Extra:       format.Extra{GroupParams: true, ClotheReturns: true, BalanceCalls: true},
	})
	if err != nil {
		return nil, fmt.Errorf("golang: the output does not parse: %w\n%s", err, numbered(clause+part))
	}
	return bytes.TrimSpace(bytes.TrimPrefix(content, []byte(clause))), nil
}

func numbered(source string) string {
	var b strings.Builder
	for i, line := range strings.Split(source, "\n") {
		fmt.Fprintf(&b, "%5d\t%s\n", i+1, line)
	}
	return b.String()
}
