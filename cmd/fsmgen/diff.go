package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/verify"
)

const aboutDiff = `Diff says what changed between two versions of a machine: what was added, removed, changed and renamed; which users it
breaks: callers of the generated package, authors of its hooks, or owners of stored machines; and what Semantic Versioning calls it.

With --since it compares specs with what git has of them at a revision.`

// difference is the flags of diff.
type difference struct {
	since  string
	json   bool
	failOn choice
}

func (t *tool) diff() *cobra.Command {
	d := difference{failOn: choice{value: "major", allowed: []string{"patch", "minor", "major", "callers", "hooks", "snapshots", "none"}}}
	cmd := &cobra.Command{
		Use:               "diff OLD NEW | --since REV [SPEC|DIR|DIR/...]...",
		Short:             "Say what changed between two specs, and what it breaks",
		Long:              aboutDiff,
		GroupID:           understanding,
		ValidArgsFunction: completeSpecs,
		Args: func(_ *cobra.Command, args []string) error {
			if d.since == "" && len(args) != 2 {
				return usageError("diff wants two specs, or --since REV")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			pairs, err := t.versions(cmd.Context(), args, d.since)
			if err != nil {
				return err
			}
			return t.differences(pairs, d)
		},
	}
	cmd.Flags().StringVar(&d.since, "since", "", "compare with the specs at a `REVISION` of git")
	cmd.Flags().BoolVar(&d.json, "json", false, "one JSON object for each spec")
	cmd.Flags().Var(&d.failOn, "fail-on", "exit 1 if the changes are of this level, or higher, or break these users")
	complete(cmd, "fail-on", d.failOn.allowed)
	return cmd
}

// versions are two versions of one machine. There is no old one of a spec that is new.
type versions struct{ old, new *spec.Machine }

func (t *tool) versions(ctx context.Context, args []string, since string) ([]versions, error) {
	if since == "" {
		old, oldErr := t.loadOne(args[0])
		now, newErr := t.loadOne(args[1])
		return []versions{{old, now}}, cmp.Or(oldErr, newErr)
	}
	machines, err := t.load(args)
	if err != nil {
		return nil, err
	}
	was := &input{}
	var pairs []versions
	for _, m := range machines {
		t.subject = m.Path
		src, ok, err := atRevision(ctx, since, m.Path)
		if err != nil {
			return nil, unusable(err)
		}
		if !ok {
			pairs = append(pairs, versions{nil, m})
			continue
		}
		was.add(since+":"+m.Path, src)
		pairs = append(pairs, versions{was.machines[len(was.machines)-1], m})
	}
	was.found = onlyErrors(was.found) // warnings of the old version cannot be acted on any more
	return pairs, t.also(was, nil)
}

// differences prints what changed.
func (t *tool) differences(pairs []versions, d difference) error {
	fails := false
	for _, p := range pairs {
		t.subject = p.new.Path
		if p.old == nil {
			t.note("%s: new", p.new.Path)
			continue
		}
		changes := verify.Diff(p.old, p.new)
		fails = fails || d.fails(changes)
		text, err := d.text(p.new.Path, changes)
		if err != nil {
			return t.bug(err)
		}
		if err := t.print(text); err != nil {
			return err
		}
	}
	if fails {
		return wrong(errSaid)
	}
	return nil
}

func (d difference) text(path string, changes verify.Changes) (string, error) {
	var b bytes.Buffer
	if !d.json {
		b.WriteString(path + ": ")
		err := changes.WriteText(&b)
		return b.String(), err
	}
	err := json.NewEncoder(&b).Encode(struct {
		Spec    string         `json:"spec"`
		Level   verify.Level   `json:"level"`
		Changes verify.Changes `json:"changes"`
	}{path, changes.Level(), append(verify.Changes{}, changes...)})
	return b.String(), err
}

// fails reports whether changes make the exit code 1: by their level, or because they break the users that are named.
func (d difference) fails(changes verify.Changes) bool {
	for level := verify.Patch; level <= verify.Major; level++ {
		if level.String() == d.failOn.value {
			return changes.Level() >= level
		}
	}
	return changes.Of(verify.Affected(d.failOn.value)).Level() == verify.Major
}

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
