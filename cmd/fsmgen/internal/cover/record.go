package cover

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Record is one line of a file of an observer: a transition that was taken.
type Record struct {
	Machine         string
	ID              int // of the transition in the machine's generated code
	From, Event, To string
	Pos             string // of the transition: the spec's file name and the line
}

// LineError says which line of a file is not a record.
type LineError struct {
	Line int
	Text string
}

func (e *LineError) Error() string {
	return fmt.Sprintf("cover: line %d: %q is no record of a transition: want machine, id, from, event, to and place, with tabs between",
		e.Line, e.Text)
}

// Read reads the file of an observer. An error that is not the reader's is a [*LineError].
func Read(r io.Reader) ([]Record, error) {
	var records []Record
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		record, ok := parse(lines.Text())
		if !ok {
			return nil, &LineError{n, lines.Text()}
		}
		records = append(records, record)
	}
	return records, lines.Err()
}

func parse(line string) (Record, bool) {
	fields := strings.Split(line, "\t")
	if len(fields) != 6 {
		return Record{}, false
	}
	id, err := strconv.Atoi(fields[1])
	return Record{fields[0], id, fields[2], fields[3], fields[4], fields[5]}, err == nil && id >= 0
}
