package proc

import "errors"

// sweep cannot see the environment of other processes here.
func sweep(func(owner, mark) bool) ([]Stray, error) { return nil, errors.ErrUnsupported }
