package proc

import (
	"fmt"
	"testing"
	"testing/synctest"
)

func TestAListenerThatFallsBehindMissesTheOldestLines(t *testing.T) {
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

func TestAListenerIsBoundInBytesToo(t *testing.T) {
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
