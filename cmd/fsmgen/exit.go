package main

import (
	"errors"
	"fmt"
)

// The exit codes, so that a script can tell "your spec is wrong" from "I broke".
const (
	exitFindings = 1  // a spec has errors, or is not what was asked for
	exitUsage    = 2  // the command line is wrong
	exitStale    = 3  // a generated file is not what its spec says
	exitUnusable = 4  // something could not be read or written
	exitBug      = 70 // fsmgen is wrong
)

const issues = "https://github.com/fsmgen/fsmgen/issues"

// failure is an error and the exit code that it leads to. Errors that are no failure come from cobra and are about the
// command line.
type failure struct {
	code int
	err  error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

func wrong(err error) error    { return &failure{exitFindings, err} }
func stale(err error) error    { return &failure{exitStale, err} }
func unusable(err error) error { return &failure{exitUnusable, err} }

// usageError is about the command line; any error that is no failure is.
func usageError(what string) error { return errors.New(what) }

// errSaid stands for messages that are printed already.
var errSaid = errors.New("printed above")

// exit says what err has to say and returns the exit code. Command is what its user tried to run.
func (t *tool) exit(command string, err error) int {
	if err == nil {
		return 0
	}
	f, ok := errors.AsType[*failure](err)
	switch {
	case !ok:
		t.say("fsmgen: %v\nRun '%s --help' for usage.", err, command)
		return exitUsage
	case f.code == exitBug:
		t.say("fsmgen: %v\n\nThis is a bug in fsmgen %s. Please report it, with the spec: %s", err, readBuild().Version, issues)
	case !errors.Is(err, errSaid):
		t.say("fsmgen: %v", err)
	}
	return f.code
}

// bug is an error that is not the user's. It names the spec in work.
func (t *tool) bug(err error) error {
	if t.subject != "" {
		err = fmt.Errorf("%s: %w", t.subject, err)
	}
	return &failure{exitBug, err}
}
