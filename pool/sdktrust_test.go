//go:build unix

package pool

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fsmgen/fsmgen/pool/python"
)

// TestTrust_FilesOfTheSDK by their kind, owner, mode and names.
func TestTrust_FilesOfTheSDK(t *testing.T) {
	known := map[string]bool{}
	for _, path := range python.Files() {
		known[path] = true
	}
	const source = python.Package + "/frame.py"
	for _, tt := range []struct {
		file   file
		within string
		want   string // part of the flaw; empty for none
	}{
		{file{mode: 0o644, links: 1}, source, ""},
		{file{mode: 0o644, links: 1, uid: 1000}, source, ""},
		{file{mode: 0o644, links: 1, uid: 1001}, source, "belongs to user 1001"},
		{file{mode: 0o664, links: 1}, source, "written to by other users"},
		{file{mode: 0o646, links: 1}, source, "written to by other users"},
		{file{mode: 0o644, links: 2}, source, "another name"},
		{file{mode: 0o644 | os.ModeNamedPipe, links: 1}, source, "not a regular file"},
		{file{mode: 0o644 | os.ModeSymlink, links: 1}, source, "not a regular file"},
		{file{mode: 0o644 | os.ModeSocket, links: 1}, source, "not a regular file"},
		{file{mode: 0o644, links: 1}, python.Package + "/more.py", "not part of the SDK"},
	} {
		got := trust{uid: 1000}.member(tt.file, "/x/"+tt.within, tt.within, known)
		if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%+v at %s: %q; want %q", tt.file, tt.within, got, tt.want)
		}
	}
}

// TestTrust_ChainOfLinks is as long as the kernel allows.
func TestTrust_ChainOfLinks(t *testing.T) {
	for links, want := range map[int]bool{maxLinks: true, maxLinks + 1: false} {
		dir := room(t)
		at := dir
		for n := range links {
			link := filepath.Join(dir, fmt.Sprint("link", n))
			if err := os.Symlink(at, link); err != nil {
				t.Fatal(err)
			}
			at = link
		}
		if err := newTrust(nil).chain(at); (err == nil) != want {
			t.Errorf("a chain of %d links: %v; want it followed: %v", links, err, want)
		}
	}
}

// TestSDK_PlacesThatAreNotUsed says why, and makes nothing there.
func TestSDK_PlacesThatAreNotUsed(t *testing.T) {
	shared := room(t)
	if err := os.Chmod(shared, 0o777); err != nil {
		t.Fatal(err)
	}
	t.Chdir(room(t))
	for _, tt := range []struct{ name, cache, want string }{
		{"none", "", "this user has no cache directory"},
		{"a relative one", "cache", "cache: is not an absolute path"},
		{"one below a shared directory", filepath.Join(shared, "not", "there"), "can be written to by other users"},
	} {
		_, err := sdkIn(tt.cache).ensure()
		if failed, ok := errors.AsType[*SDKError](err); !ok || len(failed.Tried) != 1 || !strings.Contains(failed.Tried[0], tt.want) {
			t.Errorf("%s: %v; want %q", tt.name, err, tt.want)
		}
	}
	for _, dir := range []string{shared, "."} {
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("%v is made in %s, %v; want nothing", left, dir, err)
		}
	}
}

func TestTrust_TheMapOfUserNumbers(t *testing.T) {
	for text, want := range map[string]bool{
		"         0          0 4294967295\n": true,
		"0 1000 1\n":                         false,
		"0 0 65536\n65536 1 2\n":             false,
		"":                                   false,
	} {
		if got := isWholeMap(text); got != want {
			t.Errorf("isWholeMap(%q) = %v; want %v", text, got, want)
		}
	}
}
