// Package python carries the SDK for workers written in Python: one file,
// fsmpool.py, that needs CPython 3.9 or newer on a unix and nothing else.
//
// The file is part of the program that embeds it, so that a worker always meets
// the version of the protocol that its pool speaks. [Install] puts it where
// PYTHONPATH can point to.
package python
