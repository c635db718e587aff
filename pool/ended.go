package pool

import (
	"context"
	"errors"
	"reflect"
)

// endedError is the end of a context that was given a cause. It matches both: the caller may look for
// context.Canceled and context.DeadlineExceeded, which callers that set no cause get, or for the cause.
type endedError struct {
	end   error // of the context: context.Canceled or context.DeadlineExceeded
	cause error
}

func (e *endedError) Error() string { return e.end.Error() + ": " + text(e.cause) }

// Unwrap returns the end and its cause.
func (e *endedError) Unwrap() []error { return []error{e.end, e.cause} }

// endOf returns why ctx, which has ended, has ended.
func endOf(ctx context.Context) error { return withEnd(ctx, ctx.Err()) }

// withEnd returns err. Where that is the end of ctx, or the cause of it, which is all that links know of, it returns an
// error that matches both.
func withEnd(ctx context.Context, err error) error {
	end, cause := ctx.Err(), context.Cause(ctx)
	switch {
	case end == nil, cause == end:
		return err
	case err == end:
		return &endedError{end, cause}
	case !isCause(err, cause):
		return err
	}
	if _, ok := err.(*endedError); ok {
		return err
	}
	return &endedError{end, err}
}

// isCause reports whether err has the cause of a context in its chain. Causes are the caller's: they may be of types that
// cannot be compared, such as slices of errors, which errors.Is never finds.
func isCause(err, cause error) bool {
	return errors.Is(err, cause) || (!reflect.TypeOf(cause).Comparable() && reflect.DeepEqual(err, cause))
}

// isCancel reports whether err is the end of a context that was cancelled. A cause says nothing of that: a deadline may
// have context.Canceled as its cause.
func isCancel(err error) bool {
	if e, ok := errors.AsType[*endedError](err); ok {
		return errors.Is(e.end, context.Canceled)
	}
	return errors.Is(err, context.Canceled)
}
