package mutation

import (
	"fmt"
	"go/parser"
	"go/token"
	"regexp"
	"strings"
	"testing"
)

// TestLists_FitTheCode finds out what a change of the code has made of the lists, without building anything.
func TestLists_FitTheCode(t *testing.T) {
	dirs, err := Find("../..")
	if err != nil {
		t.Fatal(err)
	}
	if len(dirs) == 0 {
		t.Error("there is no list; want at least that of the runtime")
	}
	for _, dir := range dirs {
		l, err := Read(dir)
		if err != nil {
			t.Error(err)
		}
		for _, m := range l.Mutations {
			changed, err := m.Apply(dir)
			if err != nil {
				t.Errorf("%s: %q: %v", dir, m.Name, err)
			}
			for file, source := range changed {
				if _, err := parser.ParseFile(token.NewFileSet(), file, source, parser.SkipObjectResolution); err != nil {
					t.Errorf("%s: %q: %v", dir, m.Name, err)
				}
			}
		}
	}
}

func TestMutation_IsParsedAndApplied(t *testing.T) {
	const source = "a\n\tb\nc\nb\n\td\n"
	tests := []struct {
		patch string
		want  string // the source after it, or the error
	}{
		{"@@ f\n-a\n+x\n", "x\n\tb\nc\nb\n\td\n"},
		{"@@ f\n-a\n b\n+x\n+\ty\n", "b\nx\ny\nc\nb\n\td\n"},
		{"test: ./x -run Y\nequivalent: because\n@@ f\n-a\n", "\tb\nc\nb\n\td\n"},
		{"@@ f\n-b\n", "f has these lines 2 times; want once:\n\tb"},
		{"@@ f\n-e\n+a\n", "f has these lines 0 times; want once:\n\te"},
		{"", "the patch does not begin with @@ and a file"},
		{"-a\n", `"-a" before the first @@; want "test: ARGUMENTS", "equivalent: WHY" or "@@ FILE"`},
		{"equivalent:\n@@ f\n-a\n", `"equivalent:" before the first @@; want "test: ARGUMENTS", "equivalent: WHY" or "@@ FILE"`},
		{"@@ f\n+a\n", "a patch of f finds nothing or changes nothing"},
		{"@@ f\n a\n", "a patch of f finds nothing or changes nothing"},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%q", tt.patch), func(t *testing.T) {
			m, err := parseMutation("x", tt.patch)
			got := source
			for i := range m.hunks {
				if err == nil {
					got, err = m.hunks[i].apply(got)
				}
			}
			if err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got %q; want %q", got, tt.want)
			}
		})
	}
}

func TestList_NamesAreUniqueAndTestsInherited(t *testing.T) {
	const one = "-- x --\n@@ f\n-a\n"
	if _, err := parse(one + one); err == nil || !strings.Contains(err.Error(), "two of this name") {
		t.Errorf("two of one name: %v; want an error that says so", err)
	}
	if _, err := parse("notice: (\n" + one); err == nil {
		t.Error("a pattern that is none is accepted")
	}
	tests := []struct{ text, want string }{
		{one, "[[. -short]]"},
		{"test: ./a\ntest: ./b -run C\n" + one, "[[./a] [./b -run C]]"},
		{"test: ./a\n-- x --\ntest: ./c\n@@ f\n-a\n", "[[./c]]"},
	}
	for _, tt := range tests {
		l, err := parse(tt.text)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(l.Mutations[0].tests); got != tt.want {
			t.Errorf("%q is tried by %s; want %s", tt.text, got, tt.want)
		}
	}
}

func TestTry_MistakesOfASmallPackage(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs the go command")
	}
	l, err := Read("testdata/tiny")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Baseline(t.Context(), l.Mutations); err != nil {
		t.Fatal(err)
	}
	for _, m := range l.Mutations {
		for i := range m.tests {
			m.tests[i] = append(m.tests[i], "-timeout=5s") // for the one that never ends
		}
		r, err := l.Try(t.Context(), &m)
		if want := m.Name == "does not compile"; (err != nil) != want {
			t.Errorf("%s: %v; want an error: %v", m.Name, err, want)
		}
		if want := m.Name == "noticed" || m.Name == "never ends"; r.Noticed != want || (r.By != "") != want {
			t.Errorf("%s: noticed %v by %q; want %v", m.Name, r.Noticed, r.By, want)
		}
	}
}

func TestTry_ANoticedLineEndsTheTest(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs the go command")
	}
	l, err := Read("testdata/tiny")
	if err != nil {
		t.Fatal(err)
	}
	l.notice = regexp.MustCompile(`_test\.go:\d+: Smaller`)
	r, err := l.Try(t.Context(), &l.Mutations[0])
	if err != nil || !r.Noticed || !strings.Contains(r.By, "want 1") {
		t.Errorf("%+v, %v; want it noticed by the line of the test", r, err)
	}
}
