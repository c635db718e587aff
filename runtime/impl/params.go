package impl

import (
	"errors"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// ParamErrors collects the errors of the parameters of one machine.
type ParamErrors []error

// Check adds a [fsm.ParamError] unless ok.
func (l *ParamErrors) Check(machine, param string, value any, ok bool, bound string) {
	if !ok {
		*l = append(*l, &fsm.ParamError{Machine: machine, Param: param, Value: value, Bound: bound})
	}
}

// Err joins the errors; it returns nil if there are none.
func (l ParamErrors) Err() error { return errors.Join(l...) }
