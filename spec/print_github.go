package spec

import (
	"fmt"
	"io"
	"strings"
)

// GitHub's workflow commands end at a line break; in their properties, commas and colons mean something.
var (
	githubText     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// printGitHub writes one workflow command a finding. GitHub counts columns from 1 and includes the end, and marks a range
// of columns only within one line.
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
