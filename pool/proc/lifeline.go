package proc

import "os"

// lifeline is a pipe that is never written to; see the package comment. The worker inherits the read end.
type lifeline struct {
	read, write *os.File
}

// cut closes the lifeline. If it is armed, the kernel kills what is left of the group.
func (l *lifeline) cut() {
	_ = l.write.Close() // first: the request for the signal belongs to the read end
	_ = l.read.Close()
}
