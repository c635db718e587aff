package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// atRevision returns what git has of a file at a revision, and whether it was there.
func atRevision(ctx context.Context, revision, path string) (content []byte, ok bool, err error) {
	dir, name := filepath.Split(path)
	listed, err := git(ctx, dir, "ls-tree", "--name-only", revision, "--", name)
	if err != nil || len(listed) == 0 {
		return nil, false, err
	}
	content, err = git(ctx, dir, "show", revision+":./"+name)
	return content, err == nil, err
}

func git(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("git %s: %w: %s", args[0], err, strings.TrimSpace(stderr.String()))
	}
	return stdout.Bytes(), nil
}
