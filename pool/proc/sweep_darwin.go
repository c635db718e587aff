package proc

import "errors"

// sweep cannot see the environment of other processes here.
func sweep(func(mark) bool) ([]Stray, error) { return nil, errors.ErrUnsupported }
