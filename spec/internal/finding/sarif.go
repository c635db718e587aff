package finding

import (
	"encoding/json"
	"io"
	"net/url"
	"path/filepath"
	"slices"

	"github.com/fsmgen/fsmgen/spec/internal/syntax"
)

// The parts of SARIF 2.1.0 that findings need: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID          string       `json:"id"`
		Description sarifMessage `json:"shortDescription"`
		Default     sarifLevel   `json:"defaultConfiguration"`
	}
	sarifLevel struct {
		Level string `json:"level"`
	}
	sarifMessage struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifMessage    `json:"message"`
		Locations []sarifLocation `json:"locations"`
		Related   []sarifLocation `json:"relatedLocations,omitempty"`
		Fixes     []sarifFix      `json:"fixes,omitempty"`
	}
	sarifLocation struct {
		ID       *int          `json:"id,omitempty"`
		Physical sarifPhysical `json:"physicalLocation"`
		Message  *sarifMessage `json:"message,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
		EndLine     int `json:"endLine"`
		EndColumn   int `json:"endColumn"`
	}
	sarifFix struct {
		Description sarifMessage  `json:"description"`
		Changes     []sarifChange `json:"artifactChanges"`
	}
	sarifChange struct {
		Artifact     sarifArtifact      `json:"artifactLocation"`
		Replacements []sarifReplacement `json:"replacements"`
	}
	sarifReplacement struct {
		Deleted  sarifRegion  `json:"deletedRegion"`
		Inserted sarifMessage `json:"insertedContent"`
	}
)

const (
	sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	projectURI  = "https://github.com/fsmgen/fsmgen"
)

// printSARIF writes one run with the rules that the findings break, in the order of their codes.
func (p Printer) printSARIF(w io.Writer, fs Findings) error {
	rules := p.brokenRules(fs)
	results := make([]sarifResult, 0, len(fs))
	for _, f := range fs {
		results = append(results, f.sarif(slices.IndexFunc(rules, func(r sarifRule) bool { return r.ID == f.Code })))
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(sarifLog{sarifSchema, "2.1.0", []sarifRun{{
		sarifTool{sarifDriver{"fsmgen", projectURI, rules}}, "unicodeCodePoints", results,
	}}})
}

func (p Printer) brokenRules(fs Findings) []sarifRule {
	known := p.Rules
	rules := []sarifRule{}
	for _, f := range fs {
		if slices.ContainsFunc(rules, func(r sarifRule) bool { return r.ID == f.Code }) {
			continue
		}
		rule := Rule{Code: f.Code, Severity: f.Severity, Summary: f.Message}
		if i := slices.IndexFunc(known, func(r Rule) bool { return r.Code == f.Code }); i >= 0 {
			rule = known[i]
		}
		rules = append(rules, sarifRule{rule.Code, sarifMessage{rule.Summary}, sarifLevel{rule.Severity.sarif()}})
	}
	slices.SortFunc(rules, func(a, b sarifRule) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return rules
}

func (s Severity) sarif() string {
	if s == Info {
		return "note"
	}
	return s.String()
}

func (f Finding) sarif(rule int) sarifResult {
	text := f.Message
	if f.Help != "" {
		text += "; " + f.Help
	}
	result := sarifResult{
		RuleID: f.Code, RuleIndex: rule, Level: f.Severity.sarif(), Message: sarifMessage{text},
		Locations: []sarifLocation{{Physical: f.physical(f.Pos, f.End)}},
	}
	for i, r := range f.Related {
		result.Related = append(result.Related, sarifLocation{&i, f.physical(r.Pos, r.End), &sarifMessage{r.Message}})
	}
	if len(f.Fix) > 0 {
		change := sarifChange{Artifact: f.artifact()}
		for _, e := range f.Fix {
			change.Replacements = append(change.Replacements, sarifReplacement{regionOf(e.Pos, e.End), sarifMessage{e.Text}})
		}
		description := f.Help
		if description == "" {
			description = f.Message
		}
		result.Fixes = []sarifFix{{sarifMessage{description}, []sarifChange{change}}}
	}
	return result
}

func (f Finding) physical(from, to syntax.Pos) sarifPhysical {
	return sarifPhysical{f.artifact(), regionOf(from, to)}
}

// artifact names the file as a URI that is relative to where fsmgen was run.
func (f Finding) artifact() sarifArtifact {
	return sarifArtifact{(&url.URL{Path: filepath.ToSlash(f.Path)}).String()}
}

// regionOf ends where it begins if only the beginning is known, as SARIF wants it of an insertion.
func regionOf(from, to syntax.Pos) sarifRegion {
	if to == (syntax.Pos{}) {
		to = from
	}
	return sarifRegion{from.Line, from.Column, to.Line, to.Column}
}
