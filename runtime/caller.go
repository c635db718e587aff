package runtime

// Caller is who waits for the reply of a call that is answered later. A hook keeps it, and anybody may answer it, on any
// goroutine. When the machine ends, those that nobody has answered are told so.
type Caller[R any] struct {
	from *From
}

// CallerOf returns who waits for the reply of ev. Nobody does if it is no call.
func CallerOf[R any](ev Event) Caller[R] { return Caller[R]{from: ev.From} }

// Reply answers the call at once, also before the step that runs has moved the machine. It reports whether the answer counts:
// it is the first, and somebody still waits for it.
func (c Caller[R]) Reply(value R) bool { return c.from.Reply(value) }

// Fail answers the call with an error. It reports whether the answer counts.
func (c Caller[R]) Fail(err error) bool { return c.from.Fail(err) }
