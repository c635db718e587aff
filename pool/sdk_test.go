//go:build unix

package pool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/fsmgen/fsmgen/pool/python"
)

// room is a directory that others may not write to, whatever the umask, below one that is like /tmp.
func room(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// sdkIn is an installation of which cache and temporary directories are known.
func sdkIn(cache string, temporary ...string) *sdkInstall {
	return &sdkInstall{places: sdkPlaces{cache: cache, temporary: temporary}, trust: newTrust(nil)}
}

func ensured(t *testing.T, s *sdkInstall) string {
	t.Helper()
	dir, err := s.ensure()
	if err != nil {
		t.Fatal(err)
	}
	if err := python.Check(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestSDK_PoolsOfOneUserShareTheCache(t *testing.T) {
	cache := filepath.Join(room(t), "not", "there")
	first, second := sdkIn(cache), sdkIn(cache)
	dir := ensured(t, first)
	if want := filepath.Join(cache, python.Package, python.Digest()); dir != want {
		t.Errorf("the SDK is in %s; want %s", dir, want)
	}
	if other := ensured(t, second); other != dir {
		t.Errorf("the second pool has it in %s; want %s", other, dir)
	}
	if err := first.close(); err != nil {
		t.Error(err)
	}
	if err := python.Check(dir); err != nil {
		t.Errorf("after the end of a pool: %v; want it left for the others", err)
	}
}

func TestSDK_WithoutACacheAPoolHasADirectoryOfItsOwn(t *testing.T) {
	place := room(t)
	s := sdkIn("", "/no/such/directory", place)
	dir := ensured(t, s)
	if filepath.Dir(dir) != place {
		t.Errorf("the SDK is in %s; want it below %s", dir, place)
	}
	if again := ensured(t, s); again != dir {
		t.Errorf("the second launch has it in %s; want %s", again, dir)
	}
	if err := s.close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(place); err != nil || len(left) > 0 {
		t.Errorf("the pool leaves %v, %v", left, err)
	}
}

// Rows: U4.
func TestSDK_WhatIsRemovedWhileThePoolLivesIsInstalledAgain(t *testing.T) {
	for name, s := range map[string]*sdkInstall{
		"the cache":          sdkIn(filepath.Join(room(t), "cache")),
		"a directory of own": sdkIn("", room(t)),
	} {
		t.Run(name, func(t *testing.T) {
			dir := ensured(t, s)
			for _, path := range []string{filepath.Join(python.Package, "frame.py"), python.Package, "."} {
				if err := os.RemoveAll(filepath.Join(dir, path)); err != nil {
					t.Fatal(err)
				}
				dir = ensured(t, s)
			}
			if err := s.close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSDK_WhatAnotherUserMayHaveWrittenIsNotUsed(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	const other = 65534
	inSDK := func(path string, change func(path string) error) func(string, string) error {
		return func(_, dir string) error { return change(filepath.Join(dir, path)) }
	}
	write := func(path string) error { return os.WriteFile(path, nil, 0o644) }
	for name, change := range map[string]func(cache, dir string) error{
		"a foreign cache":           func(cache, _ string) error { return os.Chown(cache, other, other) },
		"a shared cache":            func(cache, _ string) error { return os.Chmod(cache, 0o777) },
		"a cache of a group":        func(cache, _ string) error { return os.Chmod(cache, 0o775) },
		"a foreign directory":       inSDK(".", func(path string) error { return os.Chown(path, other, other) }),
		"a shared directory":        inSDK(".", func(path string) error { return os.Chmod(path, 0o777) }),
		"a sticky directory":        inSDK(".", func(path string) error { return os.Chmod(path, 0o777|fs.ModeSticky) }),
		"a shared package":          inSDK("fsmpool", func(path string) error { return os.Chmod(path, 0o777) }),
		"a foreign source":          inSDK("fsmpool/frame.py", func(path string) error { return os.Chown(path, other, other) }),
		"a source others may write": inSDK("fsmpool/frame.py", func(path string) error { return os.Chmod(path, 0o666) }),
		"a source with two names":   func(cache, dir string) error { return os.Link(dir+"/fsmpool/frame.py", cache+"/frame.py") },
		"a source that is a link": inSDK("fsmpool/frame.py", func(path string) error {
			return errors.Join(os.Rename(path, path+".1"), os.Symlink(path+".1", path))
		}),
		"a package that is a link": inSDK("fsmpool", func(path string) error {
			return errors.Join(os.Rename(path, path+"1"), os.Symlink(path+"1", path))
		}),
		"a module beside the package": inSDK("json.py", write),
		"a package beside it":         inSDK("json", func(path string) error { return os.Mkdir(path, 0o755) }),
		"a module in the package":     inSDK("fsmpool/more.py", write),
		"a library in the package":    inSDK("fsmpool/frame.abi3.so", write),
		"a foreign compiled file": inSDK("fsmpool/__pycache__/frame.cpython-311.pyc", func(path string) error {
			return errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), write(path), os.Chown(path, other, other))
		}),
		"a foreign compiled directory": inSDK("fsmpool/__pycache__", func(path string) error {
			return errors.Join(os.MkdirAll(path, 0o755), os.Chown(path, other, other))
		}),
	} {
		t.Run(name, func(t *testing.T) {
			cache, place := filepath.Join(room(t), "cache"), room(t)
			s := sdkIn(cache, place)
			dir := ensured(t, s)
			if err := change(cache, dir); err != nil {
				t.Fatal(err)
			}
			for _, s := range []*sdkInstall{s, sdkIn(cache, place)} { // also the pool that lives
				if got := ensured(t, s); filepath.Dir(got) != place {
					t.Errorf("the SDK is in %s; want it elsewhere", got)
				}
				if err := s.close(); err != nil {
					t.Error(err)
				}
			}
			_, err := sdkIn(cache).ensure()
			if _, ok := errors.AsType[*SDKError](err); !ok || !strings.Contains(err.Error(), cache) {
				t.Errorf("without another place: %v; want an error that names the cache", err)
			}
		})
	}
}

func TestSDK_ALinkOnTheWayToTheCacheIsFollowed(t *testing.T) {
	dir := room(t)
	if err := os.Symlink("real", filepath.Join(dir, "cache")); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "real"), 0o755); err != nil {
		t.Fatal(err)
	}
	ensured(t, sdkIn(filepath.Join(dir, "cache")))
	for name, target := range map[string]string{"loop": "loop", "up": "../" + filepath.Base(dir) + "/real/.."} {
		link := filepath.Join(dir, name)
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
		if err := newTrust(nil).chain(link); (err == nil) != (name == "up") {
			t.Errorf("chain of a link to %s: %v", target, err)
		}
	}
	if os.Geteuid() == 0 {
		foreign := filepath.Join(dir, "foreign")
		if err := errors.Join(os.Symlink("real", foreign), os.Lchown(foreign, 65534, 65534)); err != nil {
			t.Fatal(err)
		}
		if err := newTrust(nil).chain(foreign); err == nil || !strings.Contains(err.Error(), "belongs to user 65534") {
			t.Errorf("chain of a link of another user: %v", err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "real"), 0o777); err != nil {
		t.Fatal(err)
	}
	if got, err := sdkIn(filepath.Join(dir, "cache")).ensure(); err == nil {
		t.Errorf("the SDK is in %s; want what the link points to refused", got)
	}
}

func TestSDK_CompiledFilesOfThisUserAreKept(t *testing.T) {
	s := sdkIn(filepath.Join(room(t), "cache"))
	dir := ensured(t, s)
	compiled := filepath.Join(dir, python.Package, cacheName)
	if err := os.Mkdir(compiled, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"frame.cpython-311.pyc", "frame.cpython-313.opt-1.pyc", "frame.cpython-311.pyc.140234", "../frame.py.123"} {
		if err := os.WriteFile(filepath.Join(compiled, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if again := ensured(t, s); again != dir {
		t.Errorf("the SDK is in %s; want %s", again, dir)
	}
	if err := os.WriteFile(filepath.Join(compiled, "json.cpython-311.pyc"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.install(dir); err == nil {
		t.Error("a compiled file of no source is accepted")
	}
}

func TestSDK_AnotherUserCanReadIt(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can have workers of another user")
	}
	old := syscall.Umask(0o077)
	t.Cleanup(func() { syscall.Umask(old) })
	home, open := t.TempDir(), room(t) // the umask makes the first 0700
	if err := errors.Join(os.Chmod(home, 0o700), os.Chmod(filepath.Dir(open), 0o755)); err != nil {
		t.Fatal(err)
	}
	s := sdkIn(home, home, open)
	s.trust = newTrust(&syscall.Credential{Uid: 65534, Gid: 65534})
	dir := ensured(t, s)
	if filepath.Dir(dir) != open {
		t.Errorf("the SDK is in %s; want it where the other user can read it", dir)
	}
	if left, err := filepath.Glob(filepath.Join(home, "fsmpool-*")); err != nil || len(left) > 0 {
		t.Errorf("%v, %v is left of the place that cannot be read", left, err)
	}
	if again := ensured(t, s); again != dir {
		t.Errorf("the second launch has it in %s; want %s", again, dir)
	}
	if err := s.close(); err != nil {
		t.Error(err)
	}
}

func TestSDK_WithoutAnyDirectoryTheErrorSaysWhatWasTried(t *testing.T) {
	if err := python.Install("/proc"); err == nil {
		t.Fatal("/proc can be written to")
	}
	_, err := sdkIn("/proc/cache", "/proc").ensure()
	failed, ok := errors.AsType[*SDKError](err)
	if !ok || len(failed.Tried) != 2 {
		t.Fatalf("ensure() = %v; want an error with two reasons", err)
	}
	for _, part := range []string{"pool: python sdk: ", "mkdir /proc/cache", "/proc/fsmpool-", "XDG_CACHE_HOME", "TMPDIR", "ProcessSource.SDK"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not contain %q", err, part)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("%q has several lines", err)
	}
}

func TestTrust_ADirectoryByItsOwnerAndMode(t *testing.T) {
	me := trust{uid: 1000}
	sandboxed := trust{uid: 1000, foreignRoot: 65534}
	serving := trust{uid: 0, reader: &syscall.Credential{Uid: 5, Gid: 6, Groups: []uint32{7}}}
	dir := fs.ModeDir
	for _, tt := range []struct {
		trust trust
		file  file
		path  string
		last  bool
		want  string // part of the flaw; empty for none
	}{
		{me, file{mode: dir | 0o755}, "/a/b", false, ""},
		{me, file{mode: dir | 0o700, uid: 1000}, "/a/b", true, ""},
		{me, file{mode: dir | 0o755, uid: 1001}, "/a/b", false, "belongs to user 1001; want 1000 or root"},
		{me, file{mode: dir | 0o775, uid: 1000}, "/a/b", false, "written to by other users (mode drwxrwxr-x)"},
		{me, file{mode: dir | 0o757, uid: 1000}, "/a/b", false, "written to by other users"},
		{me, file{mode: dir | fs.ModeSticky | 0o777}, "/a/b", false, ""},
		{me, file{mode: dir | fs.ModeSticky | 0o777}, "/a/b", true, "written to by other users"},
		{me, file{mode: 0o755, uid: 1000}, "/a/b", true, "is not a directory"},
		{sandboxed, file{mode: dir | 0o755, uid: 65534}, "/", false, ""},
		{sandboxed, file{mode: dir | 0o755, uid: 65534}, "/home", false, ""},
		{sandboxed, file{mode: dir | 0o755, uid: 65534}, "/home/x", false, "belongs to user 65534"},
		{me, file{mode: dir | 0o755, uid: 65534}, "/", false, "belongs to user 65534"},
		{serving, file{mode: dir | 0o700}, "/a/b", false, "cannot be read by user 5"},
		{serving, file{mode: dir | 0o711}, "/a/b", false, ""},
		{serving, file{mode: dir | 0o711}, "/a/b", true, "cannot be read by user 5"},
		{serving, file{mode: dir | 0o750, gid: 6}, "/a/b", true, ""},
		{serving, file{mode: dir | 0o750, gid: 7}, "/a/b", true, ""},
		{serving, file{mode: dir | 0o750, gid: 8}, "/a/b", true, "cannot be read by user 5"},
		{serving, file{mode: dir | 0o705, gid: 6}, "/a/b", true, "cannot be read by user 5"},
	} {
		got := tt.trust.flaw(tt.file, tt.path, tt.last)
		if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("flaw(%v %d:%d %s, last %v) = %q; want %q", tt.file.mode, tt.file.uid, tt.file.gid, tt.path, tt.last, got, tt.want)
		}
	}
}

func TestSDKError_IsBounded(t *testing.T) {
	reason := reasonFor("/x", errors.New(strings.Repeat("long ", 1000)))
	if len(reason) > 250 {
		t.Errorf("a reason has %d bytes", len(reason))
	}
	if got, want := reasonFor("/x", &fs.PathError{Op: "mkdir", Path: "/x/y", Err: syscall.EROFS}), "mkdir /x/y: read-only file system"; got != want {
		t.Errorf("reasonFor = %q; want %q", got, want)
	}
	if got, want := reasonFor("/x", fmt.Errorf("no room")), "/x: no room"; got != want {
		t.Errorf("reasonFor = %q; want %q", got, want)
	}
}

func TestSDK_ADirectoryThatCannotBeWrittenToIsUsedIfItIsComplete(t *testing.T) {
	s := sdkIn(filepath.Join(room(t), "cache"))
	dir := ensured(t, s)
	for _, path := range []string{filepath.Join(dir, python.Package), dir} {
		if err := os.Chmod(path, 0o555); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(path, 0o755) })
	}
	if again := ensured(t, sdkIn(s.places.cache)); again != dir {
		t.Errorf("the SDK is in %s; want %s", again, dir)
	}
}
