package engine

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestMailbox_SuspendedLetsRequestsPass compares a mailbox with the obvious model of one.
func TestMailbox_SuspendedLetsRequestsPass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var box mailbox
		var model []int // what is in it; requests are odd
		for i := range rapid.IntRange(0, 400).Draw(t, "steps") {
			switch rapid.IntRange(0, 4).Draw(t, "do") {
			case 0, 1:
				if i%2 == 1 {
					box.put(&message{event: Event{Content: i}, request: func() {}})
				} else {
					box.put(i)
				}
				model = append(model, i)
			case 2, 3:
				want := -1
				if at := slices.IndexFunc(model, func(n int) bool { return !box.suspended || n%2 == 1 }); at >= 0 {
					want = model[at]
					model = slices.Delete(model, at, at+1)
				}
				got := -1
				switch m, _ := box.take(); m := m.(type) {
				case int:
					got = m
				case *message:
					got = m.event.Content.(int)
				}
				if got != want {
					t.Fatalf("take() = %d; want %d", got, want)
				}
			case 4:
				box.suspended = !box.suspended
			}
			outside := len(slices.DeleteFunc(slices.Clone(model), func(n int) bool { return n%2 == 1 }))
			if box.external != outside {
				t.Fatalf("outside = %d; want %d", box.external, outside)
			}
		}
	})
}

func TestMailbox_NeverEmptyDoesNotGrow(t *testing.T) {
	var box mailbox
	for range 8 {
		box.put(nil)
	}
	for range 10_000 {
		box.put(nil)
		if _, ok := box.take(); !ok {
			t.Fatal("take() found nothing")
		}
	}
	if cap(box.queue) > maxPooledQueue {
		t.Errorf("capacity after 10000 messages, 9 at a time = %d; want at most %d", cap(box.queue), maxPooledQueue)
	}
}
