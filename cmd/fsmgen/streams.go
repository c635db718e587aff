package main

import (
	"fmt"
	"io"
)

// print writes a result to standard output.
func (t *tool) print(s string) error {
	if _, err := io.WriteString(t.stdout, s); err != nil {
		return unusable(err)
	}
	return nil
}

// progress is print for what -q leaves out.
func (t *tool) progress(s string) error {
	if t.flags.quiet {
		return nil
	}
	return t.print(s)
}

func (t *tool) progressf(format string, args ...any) error {
	return t.progress(fmt.Sprintf(format, args...))
}

// note writes a line to standard error that only -v asks for.
func (t *tool) note(format string, args ...any) {
	if t.flags.verbose {
		t.say(format, args...)
	}
}

// say writes a line to standard error.
func (t *tool) say(format string, args ...any) {
	fmt.Fprintf(t.stderr, format+"\n", args...)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
