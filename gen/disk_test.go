package gen_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/gen"
)

func file(path, content string) gen.File { return gen.File{Path: path, Content: []byte(content)} }

func write(t *testing.T, files ...gen.File) []string {
	t.Helper()
	changed, err := gen.Write(files)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestWrite_MissingFilesAndDirectories(t *testing.T) {
	path := filepath.Join(t.TempDir(), "generated", "doorfsm", "door.fsm.md")
	if diff := cmp.Diff([]string{path}, write(t, file(path, "door\n"))); diff != "" {
		t.Errorf("changed files (-want +got):\n%s", diff)
	}
	if got := content(t, path); got != "door\n" {
		t.Errorf("content %q; want %q", got, "door\n")
	}
}

func TestWrite_RelativePaths(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, file("door.fsm.md", "door\n"))
	if got := content(t, "door.fsm.md"); got != "door\n" {
		t.Errorf("content %q; want %q", got, "door\n")
	}
}

func TestWrite_UnchangedFileIsNotTouched(t *testing.T) {
	dir := t.TempDir()
	same, other := filepath.Join(dir, "same"), filepath.Join(dir, "other")
	write(t, file(same, "same\n"), file(other, "old\n"))
	long := time.Date(2001, time.September, 9, 1, 46, 40, 0, time.UTC)
	if err := os.Chtimes(same, long, long); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{other}, write(t, file(same, "same\n"), file(other, "new\n"))); diff != "" {
		t.Errorf("changed files (-want +got):\n%s", diff)
	}
	info, err := os.Stat(same)
	if err != nil {
		t.Fatal(err)
	}
	if !info.ModTime().Equal(long) {
		t.Errorf("%s was touched at %v", same, info.ModTime())
	}
}

func TestWrite_KeepsPermissionsAndLeavesNoOtherFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "door.fsm.md")
	if err := os.WriteFile(path, []byte("old\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	write(t, file(path, "new\n"))
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Fatalf("%v, %v; want the file alone", entries, err)
	}
	info, err := entries[0].Info()
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o640 {
		t.Errorf("permissions %o; want 640", got)
	}
}

func TestWrite_ReportsChangesBeforeAnError(t *testing.T) {
	dir := t.TempDir()
	first, second := filepath.Join(dir, "first"), filepath.Join(dir, "taken", "second")
	write(t, file(filepath.Join(dir, "taken"), "a file where a directory is needed"))
	changed, err := gen.Write([]gen.File{file(first, "1"), file(second, "2")})
	if err == nil || !strings.HasPrefix(err.Error(), "gen: ") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v; want one line from gen", err)
	}
	if diff := cmp.Diff([]string{first}, changed); diff != "" {
		t.Errorf("changed files (-want +got):\n%s", diff)
	}
}

func TestWrite_TwoMachinesWithOneFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "door.fsm.md")
	files := []gen.File{file(path, "1"), file(path, "2")}
	if _, err := gen.Write(files); err == nil || !strings.Contains(err.Error(), "two machines become this file") {
		t.Errorf("Write: error %v; want two machines", err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("%s was written: %v", path, err)
	}
	if _, err := gen.Diff(files); err == nil {
		t.Error("Diff: no error; want two machines")
	}
}

func TestDiff_WhatWriteWouldChange(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, file("same", "same\n"), file("stale", "one\ntwo\n"))
	files := []gen.File{file("same", "same\n"), file("stale", "one\nthree\n"), file("missing", "new\n")}
	got, err := gen.Diff(files)
	if err != nil {
		t.Fatal(err)
	}
	want := `diff a/stale b/stale
--- a/stale
+++ b/stale
@@ -1,2 +1,2 @@
 one
-two
+three
diff /dev/null b/missing
--- /dev/null
+++ b/missing
@@ -0,0 +1,1 @@
+new
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Diff (-want +got):\n%s", diff)
	}
	write(t, files...)
	if got, err := gen.Diff(files); got != "" || err != nil {
		t.Errorf("Diff after Write = %q, %v; want nothing", got, err)
	}
}

func TestDiff_UnreadableFile(t *testing.T) {
	if _, err := gen.Diff([]gen.File{file(t.TempDir(), "x")}); err == nil {
		t.Error("Diff against a directory: no error")
	}
}
