package export

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/fsmgen/fsmgen/gen"
	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/toolcheck/machines"
)

func TestPlantUML_HighlightedStates(t *testing.T) {
	jar := plantUML(t)
	dir := t.TempDir()
	var files []string
	for _, m := range machines.All(t, "../..") {
		states := slices.DeleteFunc(slices.Collect(m.All()), func(s *spec.State) bool { return s.Kind == spec.History })
		file := filepath.Join(dir, fmt.Sprintf("%d.puml", len(files)))
		write(t, file, machines.Text(t, m, gen.PlantUML, states...))
		files = append(files, file)
	}
	if said := check(t, jar, files...); said != "" {
		t.Errorf("PlantUML says: %s", said)
	}
}
