package pool

import "github.com/prometheus/procfs"

// memory returns the resident memory of the worker's process in bytes, 0 where nobody can tell.
func (w *worker) memory() int64 {
	i := w.current()
	if i == nil || i.pid() == 0 {
		return 0
	}
	p, err := procfs.NewProc(i.pid())
	if err != nil {
		return 0
	}
	stat, err := p.Stat()
	if err != nil {
		return 0
	}
	return int64(stat.ResidentMemory())
}
