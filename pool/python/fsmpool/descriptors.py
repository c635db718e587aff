"""The file descriptors that the process was started with.

They are claimed when this package is imported, before code of the author can start a child process that would inherit
them.
"""

from __future__ import annotations

import io
import os
import sys
from typing import NamedTuple, Optional

from .protocol import VERSION

STDIO = "--fsm-stdio"
"""The argument that makes a worker serve standard input."""


class ClaimError(Exception):
    """ClaimError says why the process has no connection to a pool."""


class Descriptors(NamedTuple):
    """Descriptors connect one worker with its pool."""

    data: int
    control: int
    lifeline: int


class Given(NamedTuple):
    """Given is what the process was started as: the first field that is not None says it."""

    stdio: Optional[int]
    """The file for the answers of a worker that serves standard input."""
    fork_server: Optional[int]
    """The socket to the pool of a process that forks workers."""
    worker: Optional[Descriptors]
    """The connections of a worker that the pool has started."""
    missing: str
    """Why there is no worker."""


def claim() -> Descriptors:
    """Takes the worker's descriptors out of the environment and out of what child processes inherit.

    ClaimError says why there are none.
    """
    listed = os.environ.pop("FSMPOOL_FDS", "")
    version = os.environ.pop("FSMPOOL_PROTOCOL", "")
    if not listed:
        how = f'a pool starts it, for example with pool.Python("worker.py"); {STDIO} runs it by hand'
        raise ClaimError(f"this program is a worker: {how}")
    if version != str(VERSION):
        raise ClaimError(f"the pool speaks protocol {version or 'unknown'}: this fsmpool speaks {VERSION}")
    try:
        data, control, lifeline = map(int, listed.split(","))
        for descriptor in (data, control, lifeline):
            os.set_inheritable(descriptor, False)
    except (ValueError, OSError) as error:
        allowed = "allowed are three open descriptors: data,control,lifeline"
        raise ClaimError(f"FSMPOOL_FDS={listed}: {error}: {allowed}") from None
    return Descriptors(data, control, lifeline)


def _flush_lines() -> None:
    """Makes standard output write each line when it is complete, whatever characters it holds."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")


def _claim_fork_server() -> Optional[int]:
    """Takes the socket of a process that forks workers, if this process is one."""
    listed = os.environ.pop("FSMPOOL_FORKSERVER", "")
    if not listed:
        return None
    descriptor = int(listed)
    os.set_inheritable(descriptor, False)
    return descriptor


def _claim_stdout() -> Optional[int]:
    """Moves standard output away for the answers of a worker that serves standard input: prints go to stderr."""
    if STDIO not in sys.argv[1:]:
        return None
    answers = os.dup(1)
    os.dup2(2, 1)
    return answers


def _take() -> Given:
    """Claims everything that the process was given, once."""
    stdio, fork_server = _claim_stdout(), _claim_fork_server()
    worker: Optional[Descriptors] = None
    missing = ""
    try:
        worker = claim()
    except ClaimError as error:
        missing = str(error)
    # In a fork server once for all of its children: there, standard output is another file than Python takes it for.
    if stdio is not None or fork_server is not None or worker is not None:
        _flush_lines()
    return Given(stdio, fork_server, worker, missing)


given: Given = _take()
