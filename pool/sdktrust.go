package pool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/fsmgen/fsmgen/internal/proc"
	"github.com/fsmgen/fsmgen/pool/python"
)

// trust says which files may be run as code: those that belong to this user or to root, and that no other user can change or
// exchange.
type trust struct {
	uid uint32 // of this process
	// foreignRoot is the number by which the kernel shows users without a number in this user namespace. There the directories
	// of the system belong to it. It is 0 elsewhere.
	foreignRoot uint32
	// reader is the user that has to be able to read the files; nil for this one.
	reader *syscall.Credential
}

// newTrust is the trust of this process, for workers that run as the user reader; nil means the same user.
func newTrust(reader *syscall.Credential) trust {
	t := trust{uid: uint32(os.Geteuid()), foreignRoot: unmappedUser()}
	if reader != nil && reader.Uid != t.uid {
		t.reader = reader
	}
	return t
}

// file is what trust is decided by.
type file struct {
	mode  fs.FileMode
	uid   uint32
	gid   uint32
	links uint64 // names that the file has
}

// fileOf takes from info what trust needs. Where the system does not tell the owner, it is 0, which is root.
func fileOf(info fs.FileInfo) file {
	f := file{mode: info.Mode(), links: 1}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		f.uid, f.gid, f.links = stat.Uid, stat.Gid, uint64(stat.Nlink)
	}
	return f
}

// chain checks every directory from the root to dir, following links. In one of them other users may be able to write only
// if it is sticky, so that they can exchange nothing that is not theirs; in dir itself never. The error says what is wrong.
func (t trust) chain(dir string) error {
	at, rest := "/", elements(dir)
	if err := t.directory(at, len(rest) == 0); err != nil {
		return err
	}
	for links := 0; len(rest) > 0; {
		next := filepath.Join(at, rest[0])
		rest = rest[1:]
		info, err := os.Lstat(next)
		if err != nil {
			return err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			at = next
			if err := t.directory(at, len(rest) == 0); err != nil {
				return err
			}
			continue
		}
		if flaw := t.owned(fileOf(info), next); flaw != "" {
			return errors.New(next + " " + flaw)
		}
		target, err := os.Readlink(next)
		if links++; err != nil || links > maxLinks {
			return errors.Join(err, fmt.Errorf("%s is a link of too many", next))
		}
		if filepath.IsAbs(target) {
			at = "/"
		}
		rest = append(elements(target), rest...)
	}
	return nil
}

const maxLinks = 40 // as the kernel has it

// elements are the parts of a path, without the ones that stay in place. Two dots are no such part: they are followed as
// the kernel does.
func elements(path string) []string {
	return slices.DeleteFunc(strings.Split(path, "/"), func(e string) bool { return e == "" || e == "." })
}

// directory checks one directory of a chain. The last one holds the files.
func (t trust) directory(path string, last bool) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if flaw := t.flaw(fileOf(info), path, last); flaw != "" {
		return errors.New(path + " " + flaw)
	}
	return nil
}

// flaw says what is wrong with a directory; empty if nothing is.
func (t trust) flaw(f file, path string, last bool) string {
	if !f.mode.IsDir() {
		return "is not a directory"
	}
	if flaw := t.owned(f, path); flaw != "" {
		return flaw
	}
	if f.mode.Perm()&0o022 != 0 && (last || f.mode&fs.ModeSticky == 0) {
		return fmt.Sprintf("can be written to by other users (mode %s)", f.mode)
	}
	need := fs.FileMode(0o1)
	if last {
		need = 0o5
	}
	return t.unreadable(f, need)
}

// owned says which user a file belongs to if that is neither this one nor root.
func (t trust) owned(f file, path string) string {
	system := t.foreignRoot != 0 && f.uid == t.foreignRoot && strings.Count(strings.TrimSuffix(path, "/"), "/") <= 1
	if f.uid == 0 || f.uid == t.uid || system {
		return ""
	}
	return fmt.Sprintf("belongs to user %d; want %d or root", f.uid, t.uid)
}

// unreadable says that the reader has not the permissions need, which are those of one class (1 to 7).
func (t trust) unreadable(f file, need fs.FileMode) string {
	r := t.reader
	if r == nil || proc.Permits(r, f.mode, f.uid, f.gid, need) {
		return ""
	}
	return fmt.Sprintf("cannot be read by user %d (mode %s)", r.Uid, f.mode)
}

// tree checks that dir holds nothing but files of the SDK and what Python compiled of them, and that each may be trusted.
func (t trust) tree(dir string) error {
	known := map[string]bool{}
	for _, path := range python.Files() {
		known[path] = true
	}
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // another process has renamed it meanwhile
		}
		if err != nil {
			return err
		}
		within, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if flaw := t.member(fileOf(info), path, filepath.ToSlash(within), known); flaw != "" {
			return errors.New(path + " " + flaw)
		}
		return nil
	})
}

// member says what is wrong with a file or directory below that of the SDK.
func (t trust) member(f file, path, within string, known map[string]bool) string {
	if f.mode.IsDir() {
		if within != python.Package && within != python.Package+"/"+cacheName {
			return "is not part of the SDK"
		}
		return t.flaw(f, path, true)
	}
	switch {
	case !f.mode.IsRegular():
		return "is not a regular file"
	case !isSDKFile(within, known):
		return "is not part of the SDK"
	case f.mode.Perm()&0o022 != 0:
		return fmt.Sprintf("can be written to by other users (mode %s)", f.mode)
	case f.links > 1:
		return "has another name elsewhere"
	}
	if flaw := t.owned(f, path); flaw != "" {
		return flaw
	}
	if strings.HasSuffix(within, ".py") {
		return t.unreadable(f, 0o4)
	}
	return "" // Python compiles again what it cannot read
}

// cacheName is the directory in which Python keeps what it has compiled.
const cacheName = "__pycache__"

// isSDKFile reports whether a path is a source of the SDK, a compiled one, or one of both that is being written, which has a
// further part at its end.
func isSDKFile(within string, known map[string]bool) bool {
	if known[within] {
		return true
	}
	stem := strings.TrimRight(within, "0123456789")
	if trimmed, ok := strings.CutSuffix(stem, "."); ok && stem != within {
		return known[trimmed] || isCompiled(trimmed, known)
	}
	return isCompiled(within, known)
}

// isCompiled reports whether a path is like fsmpool/__pycache__/frame.cpython-311.pyc.
func isCompiled(within string, known map[string]bool) bool {
	dir, name := filepath.Split(within)
	module, rest, _ := strings.Cut(name, ".")
	return dir == python.Package+"/"+cacheName+"/" && strings.HasSuffix(rest, ".pyc") && known[python.Package+"/"+module+".py"]
}

// unmappedUser is the number of users without a number in this user namespace; 0 if all have one.
func unmappedUser() uint32 {
	mapped, err := os.ReadFile("/proc/self/uid_map")
	if err != nil || isWholeMap(string(mapped)) {
		return 0
	}
	text, err := os.ReadFile("/proc/sys/kernel/overflowuid")
	if err != nil {
		return 0
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}

// isWholeMap reports whether a map of user numbers is that of a machine without user namespaces.
func isWholeMap(text string) bool {
	fields := strings.Fields(text)
	return len(fields) == 3 && fields[0] == "0" && fields[1] == "0" && fields[2] == "4294967295"
}
