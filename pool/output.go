package pool

import (
	"fmt"
	"regexp"
	"strings"
)

// pythonPlace is the line of a Python traceback that says where.
var pythonPlace = regexp.MustCompile(`^File "(.+)", line (\d+)`)

// lastWords is the end of a message about a worker: the last line of its output that says anything, which for Python is the
// exception, and the place that its traceback names.
func lastWords(output []string) string {
	words, place := "", ""
	for _, line := range output {
		line = strings.TrimSpace(line)
		if at := pythonPlace.FindStringSubmatch(line); at != nil {
			place = fmt.Sprintf(" (%s:%s)", at[1], at[2])
		}
		if line != "" {
			words = line
		}
	}
	if words == "" {
		return ""
	}
	return ": " + words + place
}
