package spec

import (
	"regexp"
	"slices"
	"strings"
)

// initialisms are the parts of a name that Go writes in capitals.
var initialisms = []string{
	"acl", "api", "ascii", "cpu", "css", "dns", "eof", "fd", "gid", "html", "http", "https", "id", "io", "ip", "json",
	"ok", "os", "pgid", "pid", "rpc", "rss", "sql", "ssh", "tcp", "tls", "ttl", "udp", "ui", "uid", "uri", "url", "utc",
	"utf8", "uuid", "vm", "xml", "yaml",
}

var (
	snakeCase = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	typeName  = regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`)
)

// GoName returns the exported Go name of a name of the spec: `worker_id` is WorkerID.
func GoName(snake string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(snake, "_") {
		b.WriteString(goPart(part))
	}
	return b.String()
}

// GoLocal returns the Go name of a parameter or a variable: `worker_id` is workerID, `id` is id.
func GoLocal(snake string) string {
	first, rest, _ := strings.Cut(snake, "_")
	return first + GoName(rest)
}

func goPart(part string) string {
	if slices.Contains(initialisms, part) {
		return strings.ToUpper(part)
	}
	if part == "" {
		return ""
	}
	return strings.ToUpper(part[:1]) + part[1:]
}

// isYAMLWord reports whether YAML tools disagree about whether an unquoted name is a text.
func isYAMLWord(name string) bool {
	return slices.Contains([]string{"yes", "no", "on", "off", "true", "false", "null"}, name)
}

// The Go names that the generated code has whatever the spec says.
var (
	reservedMethods = reserved{
		"":           {"Data", "Deadline", "Err", "Expire", "Finish", "Invocations", "Params", "State", "Step", "Terminate"},
		PartServer:   {"Done", "In", "Post", "Runtime"},
		PartSnapshot: {"Snapshot"},
	}
	reservedTypes = reserved{
		"": {
			"Ctx", "Data", "Event", "Hooks", "Info", "Machine", "New", "NewWith", "Params", "State", "States", "UnknownStateError",
			"View",
		},
		PartServer:   {"Server", "Start", "StartAt"},
		PartSnapshot: {"Events", "Memory", "Restore", "RestoreServer", "RestoreWith", "Snapshot"},
		PartText:     {"ParseState"},
	}
	reservedParams = []string{"Validate"}
	reservedHooks  = []string{"Terminated"} // in the machine's own group
)

// reserved are names of the generated code by the part that needs them; those of no part are always there.
type reserved map[Part][]string

// of returns the names that the code of a machine needs.
func (r reserved) of(m *Machine) []string {
	names := slices.Clone(r[""])
	for _, p := range Parts() {
		if m.Emits(p) {
			names = append(names, r[p]...)
		}
	}
	return names
}
