package pool

import (
	"github.com/prometheus/procfs"

	"github.com/fsmgen/fsmgen/pool/wire"
)

func (f *funcWorker) Drop(sessions []wire.Session) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range sessions {
		if kept, ok := f.sessions[s.ID]; ok && kept.generation <= s.Generation {
			delete(f.sessions, s.ID)
		}
	}
	return nil
}
func (f *funcWorker) rss() int64 { return 0 }
func (p *process) rss() int64 {
	proc, err := procfs.NewProc(p.pid())
	if err != nil {
		return 0
	}
	stat, err := proc.Stat()
	if err != nil {
		return 0
	}
	return int64(stat.ResidentMemory())
}
