package runtime

import "slices"

// Withdraw drops the internal events with this content that have been raised and not handled: a state that is left takes
// with it that it was done.
func (e *Engine) Withdraw(content any) {
	if e.ext == nil {
		return
	}
	raised := func(ev Event) bool { return ev.Kind == KindInternal && ev.Content == content }
	e.ext.inserts = slices.DeleteFunc(e.ext.inserts, raised)
	e.ext.queue = slices.DeleteFunc(e.ext.queue, raised)
}
