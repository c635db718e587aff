package drive

import "context"

// Hooks are the hooks of the generated machine of any random spec. C and V are its Ctx and View, D its Data and O the type of
// the outcomes of its choice.
type Hooks[C, V, D, O any] struct {
	Trace    *Trace
	AddOne   func(*C) // adds one to count
	Outcomes []O
}

// The hooks, as package randspec declares them.

func (h *Hooks[C, V, D, O]) G0(*V) bool { return h.Trace.Guard("g0") }

func (h *Hooks[C, V, D, O]) G1(*V) bool { return h.Trace.Guard("g1") }

func (h *Hooks[C, V, D, O]) Gn(_ *V, n int) bool { return h.Trace.Guard("gn") != (n%3 == 0) }

func (h *Hooks[C, V, D, O]) A0(*C) { h.Trace.Act("a0") }

func (h *Hooks[C, V, D, O]) A1(*C) { h.Trace.Act("a1") }

func (h *Hooks[C, V, D, O]) A2(*C) { h.Trace.Act("a2") }

func (h *Hooks[C, V, D, O]) An(_ *C, n int) { h.Trace.Act("an", n) }

func (h *Hooks[C, V, D, O]) Bump(x *C) {
	h.Trace.Act("bump")
	h.AddOne(x)
}

func (h *Hooks[C, V, D, O]) R0(*V) int { return h.Trace.Reply("r0") }

func (h *Hooks[C, V, D, O]) Rn(_ *V, n int) int { return h.Trace.Reply("rn", n) }

func (h *Hooks[C, V, D, O]) Route(*V) O {
	return h.Outcomes[h.Trace.Choose("route", len(h.Outcomes))]
}

func (h *Hooks[C, V, D, O]) Fetch(context.Context, D) (int, error) { return h.Trace.Invoke() }

func (h *Hooks[C, V, D, O]) Play(context.Context, D) error {
	_, err := h.Trace.Invoke()
	return err
}

func (h *Hooks[C, V, D, O]) Terminated(_ *C, reason error) { h.Trace.Act("terminated", " ", reason) }
