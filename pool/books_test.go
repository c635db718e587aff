package pool

import "fmt"

// books are what a client knows of a session that counts its requests.
type books struct {
	session string
	known   int // how far it has counted
}

// enter notes the answer to a request. The error says that state was lost without a word, or that there is too much of it.
func (b *books) enter(count int, rebound bool) error {
	want := b.known + 1
	if rebound {
		want = 1
	}
	if count != want {
		return fmt.Errorf("%s counts %d after %d, re-bound %v", b.session, count, b.known, rebound)
	}
	b.known = count
	return nil
}

// excuse returns the error of a request unless it is one that a client must expect when workers are killed and clients give
// up.
func excuse(err error) error {
	switch {
	case is[*WaitError](err), is[*LostError](err), is[*AbandonedError](err), is[*leaseError](err):
		return nil
	default:
		return fmt.Errorf("unexpected: %T %w", err, err)
	}
}
