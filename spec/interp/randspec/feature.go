package randspec

// Feature is a set of words of the language.
type Feature uint16

// The words that a spec may use or not. Events, guards, actions, replies and targets it always does.
const (
	Nested       Feature = 1 << iota // states inside states
	Park                             // postpone, ignore
	After                            // after
	Final                            // type: final at the top
	Condition                        // guards that are expressions
	History                          // type: history
	Timers                           // timers, start, cancel, update
	EventTimeout                     // event_timeout
	Always                           // always
	Done                             // type: final inside, onDone
	Raise                            // raise
	Choose                           // choose
	Invoke                           // invoke
	Wildcard                         // on: "*"

	All Feature = 1<<iota - 1
)

// has reports whether the spec may use all of the words.
func (f Feature) has(words Feature) bool { return f&words == words }
