package spec

import (
	"encoding/json"
	"io"
)

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

func rangeOf(from, to Pos) jsonRange { return jsonRange{from.Line, from.Column, to.Line, to.Column} }

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
