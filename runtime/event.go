package runtime

import "time"

// Kind is the origin of an event.
type Kind uint8

// The kinds of event (R001). An enter call is not an event.
const (
	KindCast         Kind = iota + 1 // sent without waiting for a reply
	KindCall                         // sent by a caller that waits for the reply
	KindInfo                         // any other message; only hand-written machines see it
	KindInternal                     // inserted by the machine itself
	KindEventTimeout                 // no event happened for some time
	KindStateTimeout                 // the state lasted for some time
	KindNamedTimeout                 // of a timer with a name, which survives state changes
	KindInvoke                       // the result of an invoke; its content is an [Outcome]
)

func (k Kind) String() string {
	switch k {
	case KindCast:
		return "cast"
	case KindCall:
		return "call"
	case KindInfo:
		return "info"
	case KindInternal:
		return "internal"
	case KindEventTimeout:
		return "timeout"
	case KindStateTimeout:
		return "state_timeout"
	case KindNamedTimeout:
		return "named_timeout"
	case KindInvoke:
		return "invoke"
	default:
		return "Kind(invalid)"
	}
}

// Event is one event of a machine, with its payload boxed. The typed methods of generated machines
// box an event only if it has to wait.
type Event struct {
	Kind    Kind
	Name    string // of the timer, if it has one
	Content any
	From    *From // only for KindCall
}

// Field is a payload field that the spec marks as recorded.
type Field struct {
	Name  string
	Value any
}

// Recorded is a [Field] with an unboxed value, so that recording a field does not allocate.
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

// RecordString records a string.
func RecordString(name, v string) Recorded {
	return Recorded{name: name, kind: recordedString, text: v}
}

// RecordInt records an int.
func RecordInt(name string, v int) Recorded {
	return Recorded{name: name, kind: recordedInt, number: int64(v)}
}

// RecordInt64 records an int64.
func RecordInt64(name string, v int64) Recorded {
	return Recorded{name: name, kind: recordedInt64, number: v}
}

// RecordDuration records a duration.
func RecordDuration(name string, v time.Duration) Recorded {
	return Recorded{name: name, kind: recordedDuration, number: int64(v)}
}

// RecordAny records a value of any type. The conversion to an interface may allocate.
func RecordAny(name string, v any) Recorded { return Recorded{name: name, value: v} }

// field returns the field with its value boxed.
func (r *Recorded) field() Field {
	switch r.kind {
	case recordedString:
		return Field{r.name, r.text}
	case recordedInt:
		return Field{r.name, int(r.number)}
	case recordedInt64:
		return Field{r.name, r.number}
	case recordedDuration:
		return Field{r.name, time.Duration(r.number)}
	default:
		return Field{r.name, r.value}
	}
}

// boxFields returns the fields for a [Step]; nil if there are none.
func boxFields(recorded []Recorded) []Field {
	if len(recorded) == 0 {
		return nil
	}
	fields := make([]Field, len(recorded))
	for i := range recorded {
		fields[i] = recorded[i].field()
	}
	return fields
}
