// Package record contains the payload fields that a machine records for its steps. Package fsm keeps
// them in histories, and generated code makes them.
package record

import "time"

// Recorded is a recorded payload field with an unboxed value, so that recording a field does not allocate.
// Generated code makes it with the function for the type of the field.
type Recorded struct {
	name   string
	kind   recordedKind
	text   string
	number int64
	value  any
}

// recordedKind is the type of a recorded value, and with that the field of Recorded that holds it.
type recordedKind uint8

const (
	recordedAny recordedKind = iota
	recordedString
	recordedInt
	recordedInt64
	recordedDuration
)

// String records a string.
func String(name, v string) Recorded {
	return Recorded{name: name, kind: recordedString, text: v}
}

// Int records an int.
func Int(name string, v int) Recorded {
	return Recorded{name: name, kind: recordedInt, number: int64(v)}
}

// Int64 records an int64.
func Int64(name string, v int64) Recorded {
	return Recorded{name: name, kind: recordedInt64, number: v}
}

// Duration records a duration.
func Duration(name string, v time.Duration) Recorded {
	return Recorded{name: name, kind: recordedDuration, number: int64(v)}
}

// Any records a value of any type. The conversion to an interface may allocate.
func Any(name string, v any) Recorded { return Recorded{name: name, value: v} }

// Box returns the fields for a step, with their values boxed; nil if there are none.
func Box[F ~struct {
	Name  string
	Value any
}](recorded []Recorded) []F {
	if len(recorded) == 0 {
		return nil
	}
	fields := make([]F, len(recorded))
	for i := range recorded {
		fields[i] = F{Name: recorded[i].name, Value: recorded[i].box()}
	}
	return fields
}

// box returns the value, boxed.
func (r *Recorded) box() any {
	switch r.kind {
	case recordedString:
		return r.text
	case recordedInt:
		return int(r.number)
	case recordedInt64:
		return r.number
	case recordedDuration:
		return time.Duration(r.number)
	default:
		return r.value
	}
}
