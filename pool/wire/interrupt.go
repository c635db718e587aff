package wire

import (
	"context"
	"errors"
	"os"
	"time"
)

// longAgo is a deadline that ends a read or write at once.
var longAgo = time.Unix(1, 0)

// interruptOn ends the blocked calls of s once ctx is done, without a goroutine while
// it is not. The caller has to call release when its own calls have returned.
func interruptOn(ctx context.Context, s Stream) (release func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	struck := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(struck)
		_ = s.SetDeadline(longAgo) // fails on a closed stream only, where nothing blocks
	})
	return func() {
		if !stop() {
			<-struck
			_ = s.SetDeadline(time.Time{})
		}
	}
}

// because replaces the deadline that interruptOn set by the reason why it did.
func because(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		return context.Cause(ctx)
	}
	return err
}
