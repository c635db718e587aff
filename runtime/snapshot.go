package runtime

import "time"

// SnapshotVersion is the version of the layout of snapshots of generated machines.
const SnapshotVersion = 1

// ArmedTimer is a running timer in a snapshot. Its deadline is a wall-clock time, which another
// process can use later.
type ArmedTimer struct {
	Name     string    `json:"name"` // of [Info.Timers]
	Deadline time.Time `json:"deadline"`
}
