//go:build !linux

package echo

import "errors"

// bareMemory is not possible: memory without a name that processes share is Linux's.
func (p *Python) bareMemory() (*service, error) { return nil, errors.ErrUnsupported }
