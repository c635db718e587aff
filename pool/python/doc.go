// Package python carries the SDK for workers written in Python: the package fsmpool, that needs CPython 3.9 or newer
// on a unix and nothing else.
//
// It is part of the program that embeds it, so that a worker always meets the version of the protocol that its pool
// speaks. [Install] puts it where PYTHONPATH can point to. For editors, type checkers and tests of workers it can be
// installed from the repository, too: pip install ./pool/python.
//
// The modules of fsmpool import each other in one direction, which tests/test_structure.py holds:
//
//	workers        what the author of a worker uses; registry holds what the author has registered
//	main           chooses how the process serves
//	stdio          standard input in place of a pool; forkserver: forks workers
//	server         the life of a worker; handshake, control and log are its connections to the pool
//	serial         one request at a time; parallel: several, on threads and on an event loop (loop)
//	runner         runs a handler, and answer makes the frames of its result
//	job, gate      a request while it is served, and its cancellation
//	session        states of sessions and their snapshots; stream: chunks and credit; shared: memory
//	frame, payload bytes of the protocol; channel: a socket that carries them
package python
