package proc_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/fsmgen/fsmgen/internal/proc"
)

func TestPermits_TheClassOfTheUserCounts(t *testing.T) {
	user := syscall.Credential{Uid: 7, Gid: 8, Groups: []uint32{9}}
	alone := user
	alone.NoSetGroups = true
	for _, tt := range []struct {
		name         string
		user         syscall.Credential
		mode         fs.FileMode
		owner, group uint32
		want         bool
	}{
		{"the owner", user, 0o100, 7, 1, true},
		{"the owner has less than others", user, 0o011, 7, 1, false},
		{"the group", user, 0o010, 1, 8, true},
		{"the group has less than others", user, 0o001, 1, 8, false},
		{"another group", user, 0o010, 1, 9, true},
		{"another group that is not set", alone, 0o010, 1, 9, false},
		{"others", user, 0o001, 1, 1, true},
		{"not others", user, 0o776, 1, 1, false},
		{"root", syscall.Credential{}, 0, 1, 1, true},
	} {
		if got := proc.Permits(&tt.user, tt.mode, tt.owner, tt.group, 0o1); got != tt.want {
			t.Errorf("%s: Permits = %v; want %v", tt.name, got, tt.want)
		}
	}
}

// closed makes a directory that only its owner may enter, and one in it that all may enter, with a program that all may run.
func closed(t *testing.T) (barrier, inside, program string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("it takes root to become another user")
	}
	barrier, err := os.MkdirTemp("", "closed")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(barrier) })
	inside, program = filepath.Join(barrier, "a/b"), filepath.Join(barrier, "a/b/program")
	err = errors.Join(os.MkdirAll(inside, 0o755), os.WriteFile(program, []byte("#!/bin/sh\n"), 0o755), os.Chmod(barrier, 0o700))
	if err != nil {
		t.Fatal(err)
	}
	return barrier, inside, program
}

func TestCredential_WhatTheUserCannotUse(t *testing.T) {
	barrier, inside, program := closed(t)
	open, err := os.MkdirTemp("", "open")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(open) })
	link, private := filepath.Join(open, "link"), filepath.Join(open, "private")
	err = errors.Join(os.Chmod(open, 0o755), os.Symlink(program, link), os.WriteFile(private, []byte("#!/bin/sh\n"), 0o700))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		spec proc.Spec
		want proc.AccessError
	}{
		{"a program in a closed directory", proc.Spec{Path: program}, proc.AccessError{Path: barrier, Use: "enter", Mode: fs.ModeDir | 0o700}},
		{"a link to it", proc.Spec{Path: link}, proc.AccessError{Path: barrier, Use: "enter", Mode: fs.ModeDir | 0o700}},
		{"a program of another user", proc.Spec{Path: private}, proc.AccessError{Path: private, Use: "run", Mode: 0o700}},
		{"a working directory in a closed one", proc.Spec{Path: "/bin/true", Dir: inside}, proc.AccessError{Path: barrier, Use: "enter", Mode: fs.ModeDir | 0o700}},
		{"a closed working directory", proc.Spec{Path: "/bin/true", Dir: barrier}, proc.AccessError{Path: barrier, Use: "enter", Mode: fs.ModeDir | 0o700}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var s proc.Spawner
			defer s.Close()
			tt.spec.Credential, tt.want.User = &syscall.Credential{Uid: 65534, Gid: 65534}, 65534
			for range 2 {
				_, err := s.Start(tt.spec)
				denied, ok := errors.AsType[*proc.AccessError](err)
				if !ok || *denied != tt.want || !errors.Is(err, fs.ErrPermission) {
					t.Fatalf("Start = %v; want %v", err, &tt.want)
				}
				if start, ok := errors.AsType[*proc.StartError](err); !ok || start.Temporary() || !strings.Contains(err.Error(), "user 65534 cannot") {
					t.Errorf("Start = %v; want a StartError that names the user", err)
				}
			}
			tt.spec.Credential = nil
			p, err := s.Start(tt.spec)
			if err != nil {
				t.Fatalf("as the user of the service Start = %v", err)
			}
			awaitExit(t, p)
		})
	}
}

func TestUnreadable_NilWhereNothingIsKnown(t *testing.T) {
	barrier, _, program := closed(t)
	other := &syscall.Credential{Uid: 65534, Gid: 65534}
	if e := proc.Unreadable(other, program); e == nil || e.Path != barrier {
		t.Errorf("Unreadable = %v; want the closed directory", e)
	}
	for name, e := range map[string]*proc.AccessError{
		"no other user":          proc.Unreadable(nil, program),
		"root":                   proc.Unreadable(&syscall.Credential{}, program),
		"a file that is missing": proc.Unreadable(other, "/etc/no such file"),
		"a file for all":         proc.Unreadable(other, "/etc/passwd"),
	} {
		if e != nil {
			t.Errorf("%s: Unreadable = %v; want nil", name, e)
		}
	}
}
