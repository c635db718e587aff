package runtime

import "time"

// Kind says where an event comes from.
type Kind uint8

// The kinds of event (R001). An enter call is not an event.
const (
	KindCast         Kind = iota + 1 // sent one way
	KindCall                         // sent by a caller who waits for the reply
	KindInfo                         // any other message; only hand-written machines see it
	KindInternal                     // inserted by the machine itself
	KindEventTimeout                 // nothing happened for a while
	KindStateTimeout                 // the state lasted
	KindNamedTimeout                 // a timer with a name, which survives state changes
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

// Event is one thing that happens to a machine, with its payload boxed. The typed methods of generated machines need none
// of it unless the event has to wait.
type Event struct {
	Kind    Kind
	Name    string // of the timer, if it has one
	Content any
	From    *From // only for KindCall
}

// Field is a payload field that the spec wants recorded.
type Field struct {
	Name  string
	Value any
}

// Recorded is a [Field] whose value is not boxed, so that recording a field allocates nothing. Generated code makes it with
// the function for the type of the field.
type Recorded struct {
	name   string
	kind   recordedKind
	text   string
	number int64
	value  any
}

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

// RecordAny records a value of any type. It allocates what the conversion to an interface does.
func RecordAny(name string, v any) Recorded { return Recorded{name: name, value: v} }

// field boxes the value.
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

// boxed returns recorded fields as those who look get them; nil for none.
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
