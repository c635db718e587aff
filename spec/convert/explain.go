package convert

import "embed"

//go:embed explain/*.md
var pages embed.FS

// Explain returns the page about a code of [Rules] in Markdown, as [spec.Explain] does for its codes. It is empty for a code
// that there is not.
func Explain(code string) string {
	page, err := pages.ReadFile("explain/" + code + ".md")
	if err != nil {
		return ""
	}
	return string(page)
}
