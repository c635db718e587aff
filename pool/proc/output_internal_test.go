package proc

import (
	"os"
	"strings"
	"testing"
	"time"
)

func TestWhatAPipeHoldsIsReadAfterItsDeadline(t *testing.T) {
	pipe, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	defer write.Close() // not before: the end of the pipe must not be what ends the reading
	want := strings.Repeat("0123456789\n", 1000) + "unfinished"
	if _, err := write.WriteString(want); err != nil {
		t.Fatal(err)
	}
	if err := pipe.SetReadDeadline(time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	o := newOutput(Spec{OutputLines: 2000}.withDefaults())
	o.readFrom(Stderr, pipe)
	if got := joinText(o.lines()); got != want {
		t.Errorf("read %d bytes; want %d", len(got), len(want))
	}
	if s := o.lines()[0].Stream; s != Stderr || s.String() != "stderr" || Stdout.String() != "stdout" {
		t.Errorf("stream = %s; want stderr", s)
	}
}

func TestLinesComeInTheOrderOfReadingAndUnfinishedOnesLast(t *testing.T) {
	o := newOutput(Spec{}.withDefaults())
	for _, printed := range []struct {
		stream Stream
		chunk  string
	}{
		{Stdout, "1\n"}, {Stderr, "loading mo"}, {Stderr, "del\n2\nhang"}, {Stdout, "3\n"}, {Stderr, "ing"},
	} {
		o.add(nil, printed.stream, []byte(printed.chunk))
	}
	for range 2 { // looking changes nothing
		if got, want := joinText(o.lines()), "1\nloading model\n2\n3\nhanging"; got != want {
			t.Errorf("lines = %q; want %q", got, want)
		}
	}
}
