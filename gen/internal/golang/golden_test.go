package golang_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// golden is an archive of a spec and the two files of Go code that it is to become, and where it has a fourth file the test.
type golden struct {
	path    string
	archive *txtar.Archive
}

// goldens returns every archive in testdata.
func goldens(t testing.TB) []golden {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("testdata has %d archives, %v", len(paths), err)
	}
	var all []golden
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, golden{path, archive})
	}
	return all
}

func (g golden) name() string { return strings.TrimSuffix(filepath.Base(g.path), ".txtar") }

// spec is the first file of the archive.
func (g golden) spec() txtar.File { return g.archive.Files[0] }

// want is what the spec becomes, as many files as the archive has.
func (g golden) want(t testing.TB) []txtar.File {
	t.Helper()
	files := append([]txtar.File{g.spec()}, generate(t, g.spec().Name, g.spec().Data)...)
	return files[:max(3, min(len(g.archive.Files), len(files)))]
}

// texts are files by their name. Comparing bytes takes cmp a hundred times longer than comparing texts.
func texts(files []txtar.File) map[string]string {
	texts := map[string]string{}
	for _, f := range files {
		texts[f.Name] = string(f.Data)
	}
	return texts
}

func TestFiles_GoldenCode(t *testing.T) {
	for _, g := range goldens(t) {
		t.Run(g.name(), func(t *testing.T) {
			want := g.want(t)
			if *update {
				g.archive.Files = want
				write(t, g.path, txtar.Format(g.archive))
			}
			if diff := cmp.Diff(texts(g.archive.Files), texts(want)); diff != "" {
				t.Errorf("%s (-file +generated):\n%s", g.path, diff)
			}
		})
	}
}

func TestFiles_SameBytesForTheSameMachine(t *testing.T) {
	for _, g := range goldens(t) {
		first := texts(generate(t, g.spec().Name, g.spec().Data))
		for range 3 {
			if diff := cmp.Diff(first, texts(generate(t, g.spec().Name, g.spec().Data))); diff != "" {
				t.Fatalf("%s: two runs differ:\n%s", g.path, diff)
			}
		}
	}
}
