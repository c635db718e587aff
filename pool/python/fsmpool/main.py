"""The entry of a worker process: which of the three ways to serve it takes."""

from __future__ import annotations

import sys
from typing import NoReturn

from .descriptors import ClaimError, Descriptors, given
from .process import patched
from .registry import Registry


def run(registry: Registry, slots: int) -> None:
    """Serves standard input, forks workers, or serves the pool, as the process was started; then exits the process.

    It returns at once in a process that multiprocessing has started by importing the program again. In a forked worker
    it goes on where the fork server stops.
    """
    if not isinstance(slots, int) or slots < 1:
        raise ValueError(f"fsmpool: slots={slots!r}: allowed is 1 or more")
    if _imported_again():
        return
    complaint = patched() or registry.unpaired()
    if complaint:
        _refuse(complaint)
    # These are imported here because a process that multiprocessing has started needs none of them.
    if given.stdio is not None:
        from . import stdio

        sys.exit(stdio.serve(registry, slots, given.stdio))
    from . import server

    try:
        connections = _connections(registry, slots)
    except ClaimError as error:
        _refuse(str(error))
    sys.exit(server.serve(registry, slots, connections.data, connections.control))


def _connections(registry: Registry, slots: int) -> Descriptors:
    """Returns the descriptors of the worker. In a fork server it returns in each forked worker only."""
    if given.fork_server is not None:
        from . import forkserver

        _preload(registry, slots)
        return forkserver.run(given.fork_server)
    if given.worker is None:
        raise ClaimError(given.missing)
    return given.worker


def _preload(registry: Registry, slots: int) -> None:
    """Imports the other modules that a worker will need, so that forked workers share them."""
    if slots > 1 or registry.asynchronous:
        from . import parallel  # noqa: F401
    if registry.asynchronous:
        from . import loop  # noqa: F401
    if "logging" in sys.modules:
        from . import log  # noqa: F401


def _imported_again() -> bool:
    """Whether multiprocessing imports the program, for a child process that it has started and not forked.

    The attribute is what multiprocessing itself looks at to refuse to start children meanwhile.
    """
    processes = sys.modules.get("multiprocessing.process")
    return processes is not None and getattr(processes.current_process(), "_inheriting", False)


def _refuse(complaint: str) -> NoReturn:
    """Exits because the program cannot be run as it is."""
    print(f"fsmpool: {complaint}", file=sys.stderr)
    sys.exit(2)
