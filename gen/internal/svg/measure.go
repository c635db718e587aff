package svg

import "strings"

// width is about how wide a text is, in pixels, in any of the fonts that may show it. It rather says too much.
func width(text string, size int) int {
	sum := 0
	for _, r := range text {
		sum += advance(r)
	}
	return (sum*size + 999) / 1000
}

// advance is the width of a character in thousandths of the size of the font.
func advance(r rune) int {
	switch {
	case strings.ContainsRune("iljI.,:;|!'", r):
		return 300
	case strings.ContainsRune("ftr ()[]{}/-\"`*", r):
		return 390
	case strings.ContainsRune("mwMW@%", r):
		return 920
	case r >= 'A' && r <= 'Z', strings.ContainsRune("&<>=+~#", r):
		return 700
	case r < 0x80:
		return 580
	default:
		return 1000
	}
}
