package proc

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func TestOutput_PipeAfterItsDeadline(t *testing.T) {
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

func TestLines_OrderOfReading(t *testing.T) {
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

func TestRing_NewestLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := ring{maxLines: rapid.IntRange(-1, 6).Draw(t, "lines"), maxBytes: rapid.IntRange(-1, 20).Draw(t, "bytes")}
		var pushed []Line
		for _, text := range rapid.SliceOf(rapid.StringMatching(`[a-z]{0,12}`)).Draw(t, "texts") {
			r.push(Line{Text: text})
			kept := text[:max(0, min(len(text), r.maxBytes))]
			pushed = append(pushed, Line{Text: kept, Dropped: len(text) - len(kept)})
			if diff := cmp.Diff(newest(pushed, r.maxLines, r.maxBytes), r.kept, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("lines (-want +got):\n%s", diff)
			}
		}
	})
}

// newest goes back from the last line as long as the bounds allow.
func newest(pushed []Line, maxLines, maxBytes int) []Line {
	if maxLines <= 0 || maxBytes <= 0 {
		return nil
	}
	first, bytes := len(pushed), 0
	for first > 0 && len(pushed)-first < maxLines && bytes+len(pushed[first-1].Text) <= maxBytes {
		first--
		bytes += len(pushed[first].Text)
	}
	return pushed[first:]
}

func TestRing_LargeLineIsCutBetweenRunes(t *testing.T) {
	r := ring{maxLines: 3, maxBytes: 5}
	r.push(Line{Text: "before"})
	r.push(Line{Text: strings.Repeat("é", 4), Dropped: 10})
	if diff := cmp.Diff([]Line{{Text: "éé", Dropped: 14}}, r.kept); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func TestListener_SlowOneMissesTheOldestLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		next := make(chan struct{})
		var got []string
		l := listen(func(l Line) {
			<-next
			got = append(got, fmt.Sprintf("%s after %d", l.Text, l.Missed))
		})
		l.put([]Line{{Text: "first"}}, 0)
		synctest.Wait() // it is busy with the first
		for i := range listenLines + 3 {
			l.put([]Line{{Text: fmt.Sprint(i)}}, 0)
		}
		l.close()
		close(next)
		<-l.over
		if len(got) != 1+listenLines || got[0] != "first after 0" || got[1] != "3 after 3" || got[2] != "4 after 0" {
			t.Errorf("%d lines, which begin %q; want the newest %d after 3", len(got), got[:3], listenLines)
		}
		if last := got[len(got)-1]; last != fmt.Sprintf("%d after 0", listenLines+2) {
			t.Errorf("last line = %q", last)
		}
	})
}

func TestListener_BoundInBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		next := make(chan struct{})
		kept, missed := 0, 0
		l := listen(func(l Line) {
			<-next
			kept++
			missed += l.Missed
		})
		long := Line{Text: string(make([]byte, 100<<10))}
		l.put([]Line{long}, 0)
		synctest.Wait()
		l.put([]Line{long, long, long, long}, 0)
		l.close()
		close(next)
		<-l.over
		if kept != 3 || missed != 2 {
			t.Errorf("%d lines and %d missed; want 3 and 2", kept, missed)
		}
	})
}
