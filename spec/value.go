package spec

import (
	"errors"
	"fmt"
	"go/constant"
	"math"
	"strconv"
	"time"
)

var errNoValue = errors.New("values of this type cannot be written in a spec")

// parseValue reads a value of a built-in type, of duration, or of time.Duration, as it is written in a spec.
func parseValue(typ, text string) (constant.Value, error) {
	switch typ {
	case "string":
		return constant.MakeString(text), nil
	case "bool":
		if text != "true" && text != "false" {
			return nil, fmt.Errorf("%s is not true or false", quote(text))
		}
		return constant.MakeBool(text == "true"), nil
	case "duration", "time.Duration":
		d, err := time.ParseDuration(text)
		if err != nil {
			return nil, fmt.Errorf("%s is not a duration such as 1m30s", quote(text))
		}
		return constant.MakeInt64(int64(d)), nil
	}
	if bits, ok := signed[typ]; ok {
		n, err := strconv.ParseInt(text, 0, bits)
		return constant.MakeInt64(n), numberError(err, text, typ)
	}
	if bits, ok := unsigned[typ]; ok {
		n, err := strconv.ParseUint(text, 0, bits)
		return constant.MakeUint64(n), numberError(err, text, typ)
	}
	if bits, ok := floating[typ]; ok {
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
	signed   = map[string]int{"int": 64, "int8": 8, "int16": 16, "int32": 32, "int64": 64, "rune": 32}
	unsigned = map[string]int{"uint": 64, "uint8": 8, "uint16": 16, "uint32": 32, "uint64": 64, "byte": 8}
	floating = map[string]int{"float32": 32, "float64": 64}
)

func numberError(err error, text, typ string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s is not %s", quote(text), article(typ))
}
