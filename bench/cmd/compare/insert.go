package main

import (
	"fmt"
	"os"
	"strings"
)

// The markers stand on lines of their own. What is between them belongs to this command.
const (
	begin = "<!-- compare -->\n"
	end   = "<!-- /compare -->\n"
)

// MarkerError reports a file that does not say where the tables go.
type MarkerError struct{ Path string }

func (e *MarkerError) Error() string {
	return fmt.Sprintf("%s: want a line %q and below it a line %q", e.Path, strings.TrimSpace(begin), strings.TrimSpace(end))
}

// checkMarkers finds out before a long measurement whether its result has a place.
func checkMarkers(path string) error {
	return edit(path, func(between string) string { return between })
}

// insert puts text between the markers of a file.
func insert(path, text string) error {
	return edit(path, func(string) string { return "\n" + text + "\n" })
}

func edit(path string, replace func(between string) string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(content), begin)
	between, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		return &MarkerError{path}
	}
	return os.WriteFile(path, []byte(before+begin+replace(between)+end+after), 0o644)
}
