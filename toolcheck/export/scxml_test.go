package export

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/importer"
	"github.com/fsmgen/fsmgen/toolcheck/npm"
)

// The state charts of SCION and of the W3C's tests.
const (
	charts    = "@scion-scxml/test-framework@2.0.16"
	integrity = "sha512-5rRd5CdFLUzmPaO43NSamBmhq6uW/0kUmUneEnqRSbAj0FiFVAINd1DfadUkdECT+xHLARCJZU7meQD4nqYyKw=="
)

// What an importer does not say that it cannot take, it takes: a chart whose spec has errors has a reason for it.
func TestSCXML_PublicStateCharts(t *testing.T) {
	dir := npm.Unpack(t, ".", charts, integrity)
	var all, fine int
	err := filepath.WalkDir(filepath.Join(dir, "test"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".scxml" {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		all++
		r, err := importer.SCXML(source, importer.Options{Path: path})
		switch {
		case err != nil:
			t.Errorf("%s: %v", path, err)
		case !r.Wrong.HasErrors():
			fine++
		case !says(r.Found, "FSM090"):
			t.Errorf("%s: nothing says why the spec has errors: %v\n%s", path, r.Wrong, r.Spec)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d of %d state charts become specs without errors", fine, all)
	if all < 300 || fine < all/2 {
		t.Errorf("%d of %d state charts become specs; want most of hundreds", fine, all)
	}
}

func says(found spec.Findings, code string) bool {
	for _, f := range found {
		if f.Code == code {
			return true
		}
	}
	return false
}
