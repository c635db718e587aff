package runtime

// BareConfig says how a machine without a server behaves: one that its owner runs, on the owner's goroutine. The zero value
// works.
type BareConfig struct {
	// Name is what steps and the history call this machine. Empty: the name of its type.
	Name string
	// Clock is the time of the machine's timers. Several machines of one owner may share it. Nil: a clock of its own, which
	// follows the monotonic clock.
	Clock *Clock
	// History keeps the last steps. It may be read by other goroutines.
	History *History
	// Observer gets the steps on the goroutine of the owner. [Step.At] is the start of the clock plus its time.
	Observer Observer
}

// EngineClock returns the clock that the engine of a machine with this configuration must use.
func (c *BareConfig) EngineClock() *Clock {
	if c.Clock == nil {
		return NewClock()
	}
	return c.Clock
}

// OpenBare makes the engine that of a machine without a server. It is called before the machine runs.
func (e *Engine) OpenBare(c BareConfig) {
	if c.Name == "" {
		c.Name = e.info.Machine
	}
	e.Watch(c.Name, c.Observer, c.History, nil)
}
