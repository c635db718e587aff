package importer

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// data takes over the context as far as its values have a type.
func (x *xstate) data(context *value) {
	fields := newNamer("field")
	for _, m := range context.all() {
		d := declaration{name: fields.of(m.key), doc: x.renamedAt(m.at, m.key, fields.of(m.key))}
		switch v := m.value.scalar.(type) {
		case string:
			d.typ, d.value = "string", quote(v)
		case bool:
			d.typ, d.value = "bool", fmt.Sprint(v)
		case json.Number:
			d.typ, d.value = "int", v.String()
			if _, err := v.Int64(); err != nil {
				d.typ = "float64"
			}
		}
		if f, err := strconv.ParseFloat(d.value, 64); d.typ == "" || d.typ == "float64" && (err != nil || math.IsInf(f, 0)) {
			x.notTaken(m.at, "`"+m.key+"` of the context is left out", "declare it under `data` with its Go type")
			continue
		}
		if d.value == `""` {
			d.value = ""
		}
		x.m.data = append(x.m.data, d)
	}
	if context != nil && context.kind != '{' && !context.isNull() {
		x.notTaken(context.offset, "the context is left out", "declare its values under `data` with their Go types")
	}
}

// delay is the length of an `after`: milliseconds, or the name of a delay. A param stands for a name, and for no time at all.
func (x *xstate) delay(d delayed) string {
	ms, err := strconv.ParseFloat(d.delay, 64)
	switch {
	case d.delay == "":
		x.byHand(d.at, "a delay that the file does not say becomes a param of 1s", "set its default")
		return x.param("delay", "1s", "A delay of the source.")
	case err != nil:
		if name, known := x.m.delayNames.names[d.delay]; known {
			return name
		}
		name := x.param(d.delay, "1s", "The delay "+d.delay+".")
		x.m.delayNames.names[d.delay] = name
		x.byHand(d.at, "the delay `"+d.delay+"` becomes the param "+name+" of 1s", "set its default")
		return name
	case ms <= 0 || math.IsNaN(ms):
		if name, known := x.m.delayNames.names["0"]; known {
			return name
		}
		name := x.param("no_time", "", "No time: as soon as nothing waits in the machine.")
		x.m.delayNames.names["0"] = name
		return name
	case ms > float64(math.MaxInt64/int64(time.Millisecond)):
		x.notTaken(d.at, "the delay of "+d.delay+"ms becomes the longest there is, 292 years", "write a shorter one")
		return time.Duration(math.MaxInt64).Truncate(time.Second).String()
	default:
		return shortDuration(time.Duration(ms * float64(time.Millisecond)))
	}
}

func (x *xstate) param(name, value, doc string) string {
	given := x.m.delayNames.free(name)
	x.m.params = append(x.m.params, declaration{name: given, typ: "duration", value: value, doc: doc})
	return given
}

// shortDuration is a length without the parts of it that are zero.
func shortDuration(d time.Duration) string {
	text := max(d, 1).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
