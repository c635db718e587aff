package spec

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Format is how findings are printed.
type Format uint8

// The formats.
const (
	TextFormat   Format = iota // for people: with the lines that a finding is about
	ShortFormat                // for editors and CI: one line each, as compilers print them
	JSONFormat                 // for programs: one object a line
	GitHubFormat               // for GitHub Actions: one workflow command each, which marks the line in a pull request
	SARIFFormat                // for code scanning: one SARIF 2.1.0 document, also without findings
)

var formatNames = [...]string{"text", "short", "json", "github", "sarif"}

func (f Format) String() string {
	if int(f) >= len(formatNames) {
		return "invalid"
	}
	return formatNames[f]
}

// MarshalText returns the name of the format.
func (f Format) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText accepts what MarshalText returns.
func (f *Format) UnmarshalText(name []byte) error {
	for i, known := range formatNames {
		if string(name) == known {
			*f = Format(i)
			return nil
		}
	}
	return fmt.Errorf("spec: format %q: the formats are %s", name, strings.Join(formatNames[:], ", "))
}

// Printer prints findings. The zero value prints text without colour and without excerpts.
type Printer struct {
	Format  Format
	Color   bool              // only text has colours, as ANSI escapes
	Sources map[string]string // path to content, for the excerpts of text; [Machine] keeps both
	Rules   []Rule            // for SARIF, those of findings that are not of this package
}

// Print writes the findings in their order, and a summary behind those in text. It returns the error of the writer.
func (p Printer) Print(w io.Writer, fs Findings) error {
	buf := bufio.NewWriter(w)
	switch p.Format {
	case ShortFormat:
		for _, f := range fs {
			fmt.Fprintln(buf, f)
		}
	case JSONFormat:
		if err := printJSON(buf, fs); err != nil {
			return err
		}
	case GitHubFormat:
		printGitHub(buf, fs)
	case SARIFFormat:
		if err := p.printSARIF(buf, fs); err != nil {
			return err
		}
	default:
		p.printText(buf, fs)
	}
	return buf.Flush()
}

// String is the finding on one line as compilers print it, with its help and its code behind.
func (f Finding) String() string {
	what := f.Message
	if f.Help != "" {
		what += "; " + f.Help
	}
	return fmt.Sprintf("%s:%d:%d: %v: %s [%s]", f.Path, f.Pos.Line, f.Pos.Column, f.Severity, what, f.Code)
}
