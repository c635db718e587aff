package worker

// called is inline behind calls that the compiler may not inline.
type called struct{ inline }

//go:noinline
func (m *called) Checkout() error { return m.inline.Checkout() }

//go:noinline
func (m *called) CheckinOK() error { return m.inline.CheckinOK() }

//go:noinline
func (m *called) CheckinError(f Failure) error { return m.inline.CheckinError(f) }

//go:noinline
func (m *called) CleanupComplete() error { return m.inline.CleanupComplete() }
