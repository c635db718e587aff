package importer

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// namer gives each name of a source one of a spec: lower_snake_case, and different ones to different names.
type namer struct {
	prefix string // before a name that would begin with a digit, and of what has no name
	kind   string // behind a name that generated code needs itself
	avoid  []string
	names  map[string]string
	taken  map[string]bool
	next   map[string]int // the number that the next name of a base gets
}

func newNamer(prefix string) *namer {
	return &namer{prefix: prefix, names: map[string]string{}, taken: map[string]bool{}, next: map[string]int{}}
}

// of is the name for one of the source.
func (n *namer) of(source string) string {
	if name, ok := n.names[source]; ok {
		return name
	}
	name := n.free(source)
	n.names[source] = name
	return name
}

// free is a name that nothing has yet, as near to a text as can be.
func (n *namer) free(text string) string {
	base := snake(text)
	switch {
	case base == "":
		base = n.prefix
	case base[0] >= '0' && base[0] <= '9', slices.Contains(yamlWords, base):
		base = n.prefix + "_" + base
	}
	if slices.Contains(n.avoid, base) {
		base += "_" + n.kind
	}
	name := base
	for n.taken[folded(name)] {
		n.next[base] = max(n.next[base], 1) + 1
		name = fmt.Sprintf("%s_%d", base, n.next[base])
	}
	n.taken[folded(name)] = true
	return name
}

// folded is what names must not share: foo_bar and foobar look alike in Go.
func folded(name string) string { return strings.ReplaceAll(name, "_", "") }

// What methods and types of generated code are called, so that no event and no hook can be.
var (
	ownMethods = []string{
		"data", "done", "err", "expire", "finish", "in", "invocations", "params", "post", "restore", "runtime", "snapshot", "state",
		"step", "terminate",
	}
	ownHooks = []string{"terminated"}
)

// yamlWords are names that YAML tools take for something else than a text.
var yamlWords = []string{"yes", "no", "on", "off", "true", "false", "null", "y", "n"}

// snake writes a name in lower_snake_case: doorOpened and `door.opened` are door_opened, and so is DoorOPENED.
func snake(text string) string {
	var b strings.Builder
	runes := []rune(latin(text))
	for i, r := range runes {
		switch {
		case r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r):
			b.WriteByte('_')
			continue
		case unicode.IsUpper(r) && i > 0 && (unicode.IsLower(runes[i-1]) || unicode.IsDigit(runes[i-1])):
			b.WriteByte('_')
		case unicode.IsUpper(r) && i > 0 && i+1 < len(runes) && unicode.IsUpper(runes[i-1]) && unicode.IsLower(runes[i+1]):
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	parts := strings.FieldsFunc(b.String(), func(r rune) bool { return r == '_' })
	return strings.Join(parts, "_")
}

// lossy reports whether the name in the spec does not show what a name of the source says: it has letters beyond ASCII, or no letter
// and no digit at all.
func lossy(source string) bool {
	return source != "" && (snake(source) == "" || strings.ContainsFunc(source, func(r rune) bool { return r > unicode.MaxASCII }))
}

// latin writes the letters of a text beyond ASCII in ASCII: those of the Latin, Greek and Cyrillic alphabets by sound, all others by
// the number of their character.
func latin(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII }) {
		return text
	}
	var b strings.Builder
	runes := []rune(text)
	for i, r := range runes {
		lower := unicode.ToLower(r)
		as, known := romanized[lower]
		switch {
		case r <= unicode.MaxASCII:
			b.WriteRune(r)
		case known && unicode.IsUpper(r) && as != "":
			written := strings.ToUpper(as[:1]) + as[1:]
			if i+1 < len(runes) && unicode.IsUpper(runes[i+1]) || i > 0 && unicode.IsUpper(runes[i-1]) {
				written = strings.ToUpper(as)
			}
			b.WriteString(written)
		case known:
			b.WriteString(as)
		case unicode.IsLetter(r):
			fmt.Fprintf(&b, "_u%04x_", r)
		case unicode.IsDigit(r), unicode.IsMark(r):
		default:
			b.WriteByte('_')
		}
	}
	return b.String()
}

// romanized are lower-case letters in ASCII.
var romanized = letters(
	// Cyrillic
	"а a б b в v г g ґ g д d е e ё yo є ye ж zh з z и i і i ї yi й y ј j к k л l љ lj м m н n њ nj о o п p р r с s т t ћ c у u ў u ф f х kh ц ts ч ch џ dz "+
		"ш sh щ shch ъ - ы y ь - э e ю yu я ya ђ dj ",
	// Greek
	"α a ά a β v γ g δ d ε e έ e ζ z η i ή i θ th ι i ί i ϊ i ΐ i κ k λ l μ m ν n ξ x ο o ό o π p ρ r σ s ς s τ t υ y ύ y ϋ y ΰ y φ f χ ch ψ ps ω o ώ o ",
	// Latin
	"à a á a â a ã a ä ae å aa ā a ă a ą a ǎ a æ ae ç c ć c ĉ c ċ c č c ď d đ d ð d è e é e ê e ë e ē e ĕ e ė e ę e ě e ĝ g ğ g ġ g ģ g ĥ h ħ h "+
		"ì i í i î i ï i ĩ i ī i ĭ i į i ı i ǐ i ĵ j ķ k ĺ l ļ l ľ l ł l ñ n ń n ņ n ň n ŋ ng ò o ó o ô o õ o ö oe ø oe ō o ŏ o ő o ơ o ǒ o œ oe ŕ r ř r ŗ r "+
		"ś s ŝ s ş s š s ș s ß ss ţ t ť t ț t ŧ t þ th ù u ú u û u ü ue ũ u ū u ŭ u ů u ű u ų u ư u ǔ u ŵ w ý y ÿ y ŷ y ź z ż z ž z",
)

// letters reads pairs of a letter and how it is written; - is nothing.
func letters(tables ...string) map[rune]string {
	m := map[rune]string{}
	for _, table := range tables {
		fields := strings.Fields(table)
		for i := 0; i+1 < len(fields); i += 2 {
			m[[]rune(fields[i])[0]] = strings.Trim(fields[i+1], "-")
		}
	}
	return m
}
