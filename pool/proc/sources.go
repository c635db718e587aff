package proc

import (
	"os"
	"time"
)

// sources are files and what they were like when they were read.
type sources map[string]stamp

type stamp struct {
	modified time.Time
	size     int64
}

func readSources(paths []string) sources {
	s := make(sources, len(paths))
	for _, path := range paths {
		s[path] = readStamp(path)
	}
	return s
}

// readStamp is the zero stamp of a file that is not there.
func readStamp(path string) stamp {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}
	}
	return stamp{info.ModTime(), info.Size()}
}

// changed reports whether one of the files is another one now.
func (s sources) changed() bool {
	for path, before := range s {
		if now := readStamp(path); now.size != before.size || !now.modified.Equal(before.modified) {
			return true
		}
	}
	return false
}

// modifiedWithin reports whether one of the files was written in a stretch of time, which is when it was being imported.
func (s sources) modifiedWithin(from, to time.Time) bool {
	for _, was := range s {
		if was.modified.After(from) && was.modified.Before(to) {
			return true
		}
	}
	return false
}
