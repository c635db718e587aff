package proc

// Stray is a process that had left its group and outlived the run of the service that started it.
type Stray struct {
	PID     int
	Command string // its name, of at most 15 bytes
	Run     string // its FSMPOOL_RUN
	Err     error  // why it could not be killed; nil if it was
}

// Sweep kills the processes of earlier runs of the same Service on this machine, and returns them when they are gone. A
// process is only killed if it carries the mark of a run of this service, in the same namespace of processes, whose own
// process has ended or has become this one by an exec. The first Start does the same if that was not done before. The error is that of a system that does not let
// us look; on macOS it is errors.ErrUnsupported. Without a Service there is nothing to do.
func (s *Spawner) Sweep() ([]Stray, error) {
	s.start.Lock()
	defer s.start.Unlock()
	if s.Service == "" {
		return nil, nil
	}
	s.identify()
	return s.sweep()
}

// sweep is called with s.start held.
func (s *Spawner) sweep() ([]Stray, error) {
	s.swept = true
	return sweep(func(p owner, m mark) bool { return m.orphanOf(s.mark) || m.earlierThan(s.mark, p) })
}
