package runtime

import (
	"context"
	"io"
	"log/slog"
	"reflect"
)

// discard takes care of the result of an invocation that the machine drops, as [Discarder] says. The error is a [PanicError].
func (i *Invocation) discard() (err error) {
	if i.outcome.Err != nil || i.outcome.Value == nil {
		return nil
	}
	done := false
	defer func() {
		if !done {
			err = newPanicError(i.machine, recover())
		}
	}()
	if w, ok := i.work.(Discarder); ok {
		w.Discard(i.outcome.Value)
	} else {
		closeAll(i.outcome.Value)
	}
	done = true
	return nil
}

// closeAll closes a value, or the exported fields of a struct, that can be closed.
func closeAll(value any) {
	if c, ok := value.(io.Closer); ok {
		_ = c.Close() // whether closing succeeds matters only to the state that was left
		return
	}
	v := reflect.ValueOf(value)
	if v.Kind() != reflect.Struct {
		return
	}
	for n := range v.NumField() {
		if f := v.Field(n); f.CanInterface() && !f.IsZero() {
			if c, ok := f.Interface().(io.Closer); ok {
				_ = c.Close()
			}
		}
	}
}

// discardLater has a result discarded beside the machine. [Server.Done] waits for it. It is for the goroutine that runs the
// machine, which must not block.
func (s *Server) discardLater(i *Invocation) {
	i.owner.addRunning()
	go func() {
		defer func() {
			if i.owner.doneRunning() {
				s.closeDone()
			}
		}()
		i.discardLogged()
	}()
}

// discardLogged is discard for a goroutine beside the machine: a panic goes to the log of the machine.
func (i *Invocation) discardLogged() {
	if err := i.discard(); err != nil && i.logger != nil {
		i.logger.LogAttrs(context.Background(), slog.LevelError, "fsm: the result of an invoke was not discarded",
			slog.String("machine", i.machine), slog.Any("err", err))
	}
}
