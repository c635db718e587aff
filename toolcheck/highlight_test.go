package toolcheck

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/fsmgen/fsmgen/gen/highlight"
	"github.com/fsmgen/fsmgen/gen/plantuml"
	"github.com/fsmgen/fsmgen/spec"
)

func TestPlantUMLTakesMarkedStates(t *testing.T) {
	jar := plantUML(t)
	dir := t.TempDir()
	var files []string
	for _, m := range machines(t) {
		states := slices.DeleteFunc(slices.Collect(m.All()), func(s *spec.State) bool { return s.Kind == spec.History })
		file := filepath.Join(dir, fmt.Sprintf("%d.puml", len(files)))
		write(t, file, highlight.PlantUML(plantuml.Text(m), states))
		files = append(files, file)
	}
	if said := check(t, jar, files...); said != "" {
		t.Errorf("PlantUML says: %s", said)
	}
}
