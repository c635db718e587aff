package analyze

import "embed"

//go:embed explain/*.md
var pages embed.FS

// Explain returns the page about a code in Markdown: the rule, a spec that breaks it, and one that does not. It is empty for
// a code that [Rules] does not have.
func Explain(code string) string {
	page, err := pages.ReadFile("explain/" + code + ".md")
	if err != nil {
		return ""
	}
	return string(page)
}
