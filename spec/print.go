package spec

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Format is how findings are printed.
type Format uint8

// The formats.
const (
	TextFormat  Format = iota // for people: with the lines that a finding is about
	ShortFormat               // for editors and CI: one line each, as compilers print them
	JSONFormat                // for programs: one object a line
)

var formatNames = [...]string{"text", "short", "json"}

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

type jsonFinding struct {
	Path      string        `json:"path"`
	Line      int           `json:"line"`
	Column    int           `json:"column"`
	EndLine   int           `json:"end_line"`
	EndColumn int           `json:"end_column"`
	Severity  string        `json:"severity"`
	Code      string        `json:"code"`
	Message   string        `json:"message"`
	Label     string        `json:"label,omitempty"`
	Help      string        `json:"help,omitempty"`
	Related   []jsonRelated `json:"related"`
}

type jsonRelated struct {
	Path      string `json:"path"`
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	EndLine   int    `json:"end_line"`
	EndColumn int    `json:"end_column"`
	Message   string `json:"message"`
}

func printJSON(w io.Writer, fs Findings) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, f := range fs {
		related := make([]jsonRelated, 0, len(f.Related))
		for _, r := range f.Related {
			related = append(related, jsonRelated{f.Path, r.Pos.Line, r.Pos.Column, r.End.Line, r.End.Column, r.Message})
		}
		if err := enc.Encode(jsonFinding{
			f.Path, f.Pos.Line, f.Pos.Column, f.End.Line, f.End.Column,
			f.Severity.String(), f.Code, f.Message, f.Label, f.Help, related,
		}); err != nil {
			return err
		}
	}
	return nil
}
