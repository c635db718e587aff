// Package watch notices when files change.
//
// It looks at them again and again: that works on every file system and in every container, which notices of the kernel do
// not, and costs nothing that a person with an editor would feel.
package watch

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"time"
)

// Interval is the time between two looks at the files.
const Interval = 200 * time.Millisecond

// Stamp changes when a file does.
type Stamp struct {
	Size     int64
	Modified time.Time
}

// Stamps maps paths to the states of their files.
type Stamps map[string]Stamp

// Look returns the stamps of files. One that is gone has none.
func Look(paths []string) (Stamps, error) {
	stamps := Stamps{}
	for _, path := range paths {
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		stamps[path] = Stamp{info.Size(), info.ModTime()}
	}
	return stamps, nil
}

// Settled waits until something is not as it was and has then stayed the same for one interval, so that an editor that
// writes a file in several steps, or a checkout of many, counts once. Look is asked on this goroutine. The error is that of
// look or of ctx.
func Settled(ctx context.Context, interval time.Duration, was Stamps, look func() (Stamps, error)) (Stamps, error) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	last := was
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-tick.C:
		}
		now, err := look()
		if err != nil {
			return nil, err
		}
		if maps.Equal(now, last) && !maps.Equal(now, was) {
			return now, nil
		}
		last = now
	}
}
