"""What the process was given: claimed when this package is imported, before the code of the author starts anything."""

from __future__ import annotations

import io
import os
import sys
from typing import Optional, Tuple, Union

from .protocol import VERSION

BY_HAND = "--fsm-stdio"

Claim = Union[Tuple[int, int, int], str]


def claim() -> Claim:
    """Takes the worker's descriptors out of the environment and out of what child processes inherit.

    Returns data, control and lifeline, or why there are none.
    """
    listed = os.environ.pop("FSMPOOL_FDS", "")
    spoken = os.environ.pop("FSMPOOL_PROTOCOL", "")
    if not listed:
        how = f'a pool starts it, for example with pool.Python("worker.py"); {BY_HAND} runs it by hand'
        return f"this program is a worker: {how}"
    if spoken != str(VERSION):
        return f"the pool speaks protocol {spoken or 'unknown'}: this fsmpool speaks {VERSION}"
    try:
        data, control, lifeline = map(int, listed.split(","))
        for descriptor in (data, control, lifeline):
            os.set_inheritable(descriptor, False)
    except (ValueError, OSError) as error:
        return f"FSMPOOL_FDS={listed}: {error}: allowed are three open descriptors: data,control,lifeline"
    show_lines()
    return data, control, lifeline


def show_lines() -> None:
    """Lets what the author prints be seen at the end of each line, whatever is in it."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")


def _claim_fork_server() -> Optional[int]:
    """Takes the socket of a process that is to fork workers, if this is one."""
    listed = os.environ.pop("FSMPOOL_FORKSERVER", "")
    if not listed:
        return None
    descriptor = int(listed)
    os.set_inheritable(descriptor, False)
    return descriptor


def _claim_stdout() -> Optional[int]:
    """Moves standard output away for the answers of a worker that is run by hand: prints go to standard error."""
    if BY_HAND not in sys.argv[1:]:
        return None
    answers = os.dup(1)
    os.dup2(2, 1)
    show_lines()
    return answers


by_hand: Optional[int] = _claim_stdout()
"""Where answers go in a worker that is run by hand."""

fork_server: Optional[int] = _claim_fork_server()
"""The socket to the pool in a process that forks workers."""

claimed: Claim = claim()
"""Data, control and lifeline, or why there are none."""
