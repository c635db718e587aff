package finding

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/fsmgen/fsmgen/spec/internal/syntax"
)

// Format is an output format of findings.
type Format uint8

// The formats.
const (
	TextFormat   Format = iota // for terminals: with the lines that a finding is about
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
	Rules   []Rule            // for SARIF: the rules of the findings
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

type jsonFinding struct {
	Path string `json:"path"`
	jsonRange
	Severity string        `json:"severity"`
	Code     string        `json:"code"`
	Message  string        `json:"message"`
	Label    string        `json:"label,omitempty"`
	Help     string        `json:"help,omitempty"`
	Related  []jsonRelated `json:"related"`
	Fix      []jsonEdit    `json:"fix,omitempty"`
}

// jsonRange is from the first character to behind the last; lines and columns start at 1.
type jsonRange struct {
	Line      int `json:"line"`
	Column    int `json:"column"`
	EndLine   int `json:"end_line"`
	EndColumn int `json:"end_column"`
}

type jsonRelated struct {
	Path string `json:"path"`
	jsonRange
	Message string `json:"message"`
}

type jsonEdit struct {
	jsonRange
	Text string `json:"text"`
}

func rangeOf(from, to syntax.Pos) jsonRange {
	return jsonRange{from.Line, from.Column, to.Line, to.Column}
}

func printJSON(w io.Writer, fs Findings) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, f := range fs {
		related := make([]jsonRelated, 0, len(f.Related))
		for _, r := range f.Related {
			related = append(related, jsonRelated{f.Path, rangeOf(r.Pos, r.End), r.Message})
		}
		var fix []jsonEdit
		for _, e := range f.Fix {
			fix = append(fix, jsonEdit{rangeOf(e.Pos, e.End), e.Text})
		}
		if err := enc.Encode(jsonFinding{
			f.Path, rangeOf(f.Pos, f.End), f.Severity.String(), f.Code, f.Message, f.Label, f.Help, related, fix,
		}); err != nil {
			return err
		}
	}
	return nil
}

// GitHub's workflow commands end at a line break; in their properties, commas and colons mean something.
var (
	githubText     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// printGitHub writes one workflow command a finding. GitHub counts columns from 1 and includes the end, and marks a
// range of columns only within one line.
func printGitHub(w io.Writer, fs Findings) {
	for _, f := range fs {
		command := map[Severity]string{Error: "error", Warning: "warning"}[f.Severity]
		if command == "" {
			command = "notice"
		}
		end := ""
		switch {
		case f.End.Line == f.Pos.Line:
			end = fmt.Sprintf(",endColumn=%d", f.End.Column-1)
		case f.End.Line > f.Pos.Line:
			end = fmt.Sprintf(",endLine=%d", f.End.Line)
		}
		text := f.Message
		if f.Help != "" {
			text += "; " + f.Help
		}
		fmt.Fprintf(w, "::%s file=%s,line=%d,col=%d%s,title=%s::%s\n", command, githubProperty.Replace(f.Path),
			f.Pos.Line, f.Pos.Column, end, githubProperty.Replace(f.Code), githubText.Replace(text))
	}
}
