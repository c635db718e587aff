package proc

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// ErrClosed is the error of Start on a closed Spawner.
var ErrClosed = errors.New("proc: spawner: closed")

// StartError reports a process that could not be started; nothing of it is left.
type StartError struct {
	Path string
	What string // for people: what is wrong with which file
	Err  error  // mostly a syscall.Errno, so that errors.Is(err, fs.ErrNotExist) works; may be nil
	Tail string // the last lines that a fork server printed; empty elsewhere
}

func (e *StartError) Error() string { return fmt.Sprintf("proc: start %q: %s", e.Path, e.What) }

func (e *StartError) Unwrap() error { return e.Err }

// Temporary reports whether the same Spec may start later: the machine or the service was out of something.
func (e *StartError) Temporary() bool {
	for _, errno := range []syscall.Errno{
		syscall.EAGAIN, syscall.ENOMEM, syscall.EMFILE, syscall.ENFILE, syscall.ETXTBSY, syscall.EINTR, syscall.ETIMEDOUT,
	} {
		if errors.Is(e.Err, errno) {
			return true
		}
	}
	return false
}

func startError(s Spec, err error) error {
	if _, already := errors.AsType[*StartError](err); already || errors.Is(err, ErrClosed) {
		return err
	}
	if denied := denied(s, err); denied != nil {
		return &StartError{Path: s.Path, What: denied.Error(), Err: denied}
	}
	return &StartError{Path: s.Path, What: explain(s, err), Err: err}
}

// denied is the directory or the program that another user cannot use, if that may be why a start failed.
func denied(s Spec, err error) *AccessError {
	if err != syscall.EACCES {
		return nil
	}
	if s.Dir != "" {
		if e := barrier(s.Credential, s.Dir, useEnter); e != nil {
			return e
		}
	}
	return barrier(s.Credential, s.Path, useRun)
}

// explain looks again at the files of a failed start, because one errno stands for several of them.
func explain(s Spec, err error) string {
	_, bare := err.(syscall.Errno) // of fork and exec themselves; what is wrapped says already what it is about
	switch {
	case errors.Is(err, syscall.EAGAIN):
		return "the limit of processes is reached (ulimit -u, pids.max)"
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return "the limit of open files is reached (ulimit -n)"
	case !bare:
		return err.Error()
	case s.Dir != "" && !isDir(s.Dir):
		return fmt.Sprintf("working directory %q is not a directory", s.Dir)
	case err == syscall.ENOENT && exists(s.Path):
		return "the file is there, but the interpreter of its #! line or its loader is not"
	case err == syscall.ENOENT:
		return "no such file"
	case err == syscall.EACCES && isDir(s.Path):
		return "is a directory"
	case err == syscall.EACCES:
		return "not executable; the file needs mode +x on a file system not mounted noexec"
	case err == syscall.ENOEXEC:
		return "not a program: neither a #! line nor a binary for this machine"
	case err == syscall.EPERM && (s.Credential != nil || s.PIDNamespace):
		return notPermitted(s)
	default:
		return err.Error()
	}
}

// notPermitted says what it takes to start a process of another user or in a PID namespace.
func notPermitted(s Spec) string {
	if s.Credential == nil {
		return "not permitted; Spec.PIDNamespace takes CAP_SYS_ADMIN"
	}
	what := fmt.Sprintf("user %d and group %d are not permitted to this service; Spec.Credential takes CAP_SETUID and CAP_SETGID",
		s.Credential.Uid, s.Credential.Gid)
	if s.PIDNamespace {
		what += ", Spec.PIDNamespace CAP_SYS_ADMIN"
	}
	return what
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
