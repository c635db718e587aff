// Package python carries the SDK for workers written in Python: the package fsmpool, that needs CPython 3.9 or newer
// on a unix and nothing else.
//
// It is part of the program that embeds it, so that a worker always meets the version of the protocol that its pool
// speaks. [Install] puts it where PYTHONPATH can point to. For editors, type checkers and tests of workers it can be
// installed from the repository, too: pip install ./pool/python.
package python
