package proc

import "os"

// ownerOf is this process; there is no list of the others here.
func ownerOf(string) owner { return owner{pid: os.Getpid()} }

// gone cannot be known here.
func (owner) gone() bool { return false }
