package proc

import "os"

// lifeline is a pipe that is never written to; see the package comment.
type lifeline struct {
	read, write *os.File
	theirs      *os.File // a read end of the worker's own; nil after release
}

// release closes the worker's end once the worker has it.
func (l *lifeline) release() {
	_ = l.theirs.Close() // a nil file says so, which is fine here
	l.theirs = nil
}

// cut closes the lifeline. If it is armed, the kernel kills what is left of the group.
func (l *lifeline) cut() {
	_ = l.write.Close() // first: the requests for the signal belong to the read ends
	_ = l.read.Close()
	l.release()
}
