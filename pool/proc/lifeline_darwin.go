package proc

import "os"

// openLifeline opens the pipe for workers that want to see its end themselves; the kernel does nothing with it.
func openLifeline() (*lifeline, error) {
	fds, err := pipe()
	if err != nil {
		return nil, err
	}
	return &lifeline{theirs: os.NewFile(uintptr(fds[0]), "lifeline"), write: os.NewFile(uintptr(fds[1]), "lifeline")}, nil
}

func (l *lifeline) arm(int) error { return nil }
