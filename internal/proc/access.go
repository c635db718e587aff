package proc

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// AccessError reports a file or directory that the user of a process may not use. It is what the permissions say, which an
// access control list may widen, so that it explains a failure and predicts none.
type AccessError struct {
	User uint32      // number of the user
	Path string      // of the first directory or file on the way that the user may not use
	Use  string      // "enter" a directory, or "read" or "run" a file
	Mode fs.FileMode // of Path
}

func (e *AccessError) Error() string {
	what := "file"
	if e.Mode.IsDir() {
		what = "directory"
	}
	return fmt.Sprintf("user %d cannot %s the %s %q (mode %s); want one that this user may %[2]s", e.User, e.Use, what, shorten(e.Path), e.Mode)
}

// Unwrap makes every AccessError match fs.ErrPermission.
func (e *AccessError) Unwrap() error { return syscall.EACCES }

// Uses of the file at the end of a path, with the permission of one class (1 to 7) that each takes.
const (
	useEnter = "enter"
	useRead  = "read"
	useRun   = "run"
)

// Unreadable returns why the user cannot read the file at path, which may be the directory on the way that the user cannot
// enter; nil if the permissions allow it, or are not known.
func Unreadable(user *syscall.Credential, path string) *AccessError {
	return barrier(user, path, useRead)
}

// barrier returns the first directory on the way to path that the user cannot enter, or path itself if it cannot be used. Where
// there are links, the way is that of the path as it is written, and then that of the file.
func barrier(user *syscall.Credential, path, use string) *AccessError {
	if user == nil || !filepath.IsAbs(path) {
		return nil
	}
	ways := []string{filepath.Clean(path)}
	if real, err := filepath.EvalSymlinks(path); err == nil && real != ways[0] {
		ways = append(ways, real)
	}
	for _, way := range ways {
		for i, c := range way {
			if c != '/' || i == 0 {
				continue
			}
			if e := unusable(user, way[:i], useEnter); e != nil {
				return e
			}
		}
		if e := unusable(user, way, use); e != nil {
			return e
		}
	}
	return nil
}

// unusable returns why the user cannot use one file or directory in one way.
func unusable(user *syscall.Credential, path, use string) *AccessError {
	info, err := os.Stat(path)
	if err != nil {
		return nil
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	need := fs.FileMode(0o1)
	if use == useRead {
		need = 0o4
	}
	if !ok || Permits(user, info.Mode(), stat.Uid, stat.Gid, need) {
		return nil
	}
	return &AccessError{User: user.Uid, Path: path, Use: use, Mode: info.Mode()}
}

// Permits reports whether a file with that mode, owner and group gives the user the permissions need, which are those of one
// class: 4 to read, 2 to write, 1 to run or enter.
func Permits(user *syscall.Credential, mode fs.FileMode, owner, group uint32, need fs.FileMode) bool {
	has := mode.Perm()
	switch {
	case user.Uid == 0:
		return true
	case owner == user.Uid:
		has >>= 6
	case group == user.Gid || !user.NoSetGroups && slices.Contains(user.Groups, group):
		has >>= 3
	}
	return has&need == need
}
