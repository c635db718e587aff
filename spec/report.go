package spec

// report collects the findings of one file.
type report struct {
	path   string
	source source
	found  Findings
}

// add completes a finding, which says where and what, and keeps it.
func (r *report) add(code string, f Finding) {
	f.Path, f.Code, f.Severity = r.path, code, severityOf(code)
	f.Message, f.Label, f.Help = oneLine(f.Message), oneLine(f.Label), oneLine(f.Help)
	f.Pos = r.source.clamp(f.Pos)
	if f.End == (Pos{}) {
		f.End = r.source.end(f.Pos)
	}
	for i := range f.Related {
		f.Related[i].Message = oneLine(f.Related[i].Message)
		if f.Related[i].End == (Pos{}) {
			f.Related[i].End = r.source.end(f.Related[i].Pos)
		}
	}
	for i := range f.Fix {
		if f.Fix[i].Pos == (Pos{}) {
			f.Fix[i].Pos, f.Fix[i].End = f.Pos, f.End
		}
	}
	r.found = append(r.found, f)
}

// related is a list of one explaining place, for a finding.
func related(at Pos, message string) []Related {
	return []Related{{Pos: at, Message: message}}
}
