package decl

import (
	"errors"
	"fmt"
	"go/constant"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fsmgen/fsmgen/spec/internal/wording"
)

// initialisms are the parts of a name that Go writes in capitals.
var initialisms = []string{
	"acl", "api", "ascii", "cpu", "css", "dns", "eof", "fd", "gid", "html", "http", "https", "id", "io", "ip", "json",
	"ok", "os", "pgid", "pid", "rpc", "rss", "sql", "ssh", "tcp", "tls", "ttl", "udp", "ui", "uid", "uri", "url", "utc",
	"utf8", "uuid", "vm", "xml", "yaml",
}

// SnakeCase matches the names of a spec.
var SnakeCase = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

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

// IsYAMLWord reports whether some YAML tools read an unquoted name as a bool or null.
func IsYAMLWord(name string) bool {
	return slices.Contains([]string{"yes", "no", "on", "off", "true", "false", "null"}, name)
}

var errNoValue = errors.New("values of this type cannot be written in a spec")

// ParseValue reads a value of a built-in type, of duration, or of time.Duration, as it is written in a spec.
func ParseValue(typ, text string) (constant.Value, error) {
	switch typ {
	case "string":
		return constant.MakeString(text), nil
	case "bool":
		if text != "true" && text != "false" {
			return nil, fmt.Errorf("%s is not true or false", wording.Quote(text))
		}
		return constant.MakeBool(text == "true"), nil
	case "duration", "time.Duration":
		d, err := time.ParseDuration(text)
		if err != nil {
			return nil, fmt.Errorf("%s is not a duration such as 1m30s", wording.Quote(text))
		}
		return constant.MakeInt64(int64(d)), nil
	}
	if bits, ok := Signed[typ]; ok {
		n, err := strconv.ParseInt(text, 0, bits)
		return constant.MakeInt64(n), numberError(err, text, typ)
	}
	if bits, ok := Unsigned[typ]; ok {
		n, err := strconv.ParseUint(text, 0, bits)
		return constant.MakeUint64(n), numberError(err, text, typ)
	}
	if bits, ok := Floating[typ]; ok {
		x, err := strconv.ParseFloat(text, bits)
		if err == nil && (math.IsInf(x, 0) || math.IsNaN(x)) {
			err = strconv.ErrRange
		}
		return constant.MakeFloat64(x), numberError(err, text, typ)
	}
	return nil, errNoValue
}

// The bits of the numeric types. An int is taken to have 64.
var (
	Signed   = map[string]int{"int": 64, "int8": 8, "int16": 16, "int32": 32, "int64": 64, "rune": 32}
	Unsigned = map[string]int{"uint": 64, "uint8": 8, "uint16": 16, "uint32": 32, "uint64": 64, "byte": 8}
	Floating = map[string]int{"float32": 32, "float64": 64}
)

func numberError(err error, text, typ string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s is not %s", wording.Quote(text), wording.Article(typ))
}

// ParamTypes are the types that a param can have.
var ParamTypes = []string{"int", "int64", "uint64", "float64", "bool", "string", "duration"}

// IsNumeric reports whether a type is one of numbers. A duration is none.
func IsNumeric(typ string) bool { return Signed[typ] > 0 || Unsigned[typ] > 0 || Floating[typ] > 0 }
