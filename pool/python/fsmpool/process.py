"""The process of a worker: its signals, its crashes, and the standard library that it runs on."""

from __future__ import annotations

import _thread
import os
import select
import signal
import socket
import threading
import time
from types import FrameType
from typing import Any, Callable, Dict, List, Optional


def never() -> bool:
    """Returns False: the process does not end on SIGTERM."""
    return False


class Signals:
    """Signals leaves SIGINT, SIGTERM and SIGHUP to the pool.

    A terminal sends SIGINT, and a service manager SIGTERM, to the pool and to its workers at the same moment. The pool
    lets requests end and then sends SHUTDOWN; a worker that ended by itself would lose its request. A worker sees on
    its connections that the pool has gone, and the pool sends SIGKILL to a worker that takes too long.

    The handlers are functions that do nothing, because an ignored signal would stay ignored in the programs that the
    author's code starts. A child that is only forked gets the handlers that were there before.
    """

    def __init__(self) -> None:
        self._may_end: Callable[[], bool] = never
        self._before: Dict[int, Any] = {}  # handlers by number of the signal
        self._masks: Dict[int, Any] = {}  # by thread that forks: the signals that were blocked before

    def install(self) -> None:
        """Sets the handlers, on the main thread. A handler that the author has set for SIGTERM or SIGHUP stays."""
        self._set(signal.SIGINT, self._nothing)
        if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
            self._set(signal.SIGHUP, self._nothing)
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            self._set(signal.SIGTERM, self._terminate)
        os.register_at_fork(before=self._hold, after_in_parent=self._release, after_in_child=self._in_child)

    def end_when(self, may_end: Callable[[], bool]) -> None:
        """Lets a SIGTERM end the process from now on if may_end, which is called on the main thread, returns true."""
        self._may_end = may_end

    def restore(self) -> None:
        """Sets the handlers that were there before, on the main thread of this process."""
        for number, before in self._before.items():
            signal.signal(number, signal.SIG_DFL if before is None else before)
        self._before = {}

    # A forked child forgets the signals that have come and that Python has not handled, so that a child that is told to
    # end at once would live on. The kernel therefore holds them back until the child has its own handlers.

    def _hold(self) -> None:
        """Blocks the signals before a fork."""
        self._masks[threading.get_ident()] = signal.pthread_sigmask(signal.SIG_BLOCK, self._before)

    def _release(self) -> None:
        """Unblocks the signals after a fork."""
        signal.pthread_sigmask(signal.SIG_SETMASK, self._masks.pop(threading.get_ident()))

    def _in_child(self) -> None:
        """Sets the old handlers in a forked child, and then unblocks the signals."""
        self.restore()
        self._release()

    def _set(self, number: int, handler: Any) -> None:
        """Sets one handler, and keeps the one before."""
        self._before[number] = signal.signal(number, handler)

    def _nothing(self, _number: int, _stack: Optional[FrameType]) -> None:
        """Handles a signal by doing nothing."""

    def _terminate(self, number: int, _stack: Optional[FrameType]) -> None:
        """Handles SIGTERM: the process ends by it if it may."""
        if self._may_end():
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)


def show_crashes() -> None:
    """Makes a crash by a signal print a stack to standard error, unless the author has arranged for more."""
    import faulthandler

    try:
        if not faulthandler.is_enabled():
            faulthandler.enable(all_threads=False)
    except (AttributeError, OSError, RuntimeError, ValueError):
        pass  # standard error is closed, or is no file


def patched() -> str:
    """Returns which library has replaced functions of the standard library that this package uses; empty if none has.

    Threads that are greenlets, and sockets that switch between them, let no probe and no cancellation through.
    """
    primitives: List[Any] = [_thread.start_new_thread, socket.socket, select.select, time.sleep, os.fork, signal.signal]
    for primitive in primitives:
        library = str(getattr(primitive, "__module__", "")).partition(".")[0]
        if library in ("gevent", "eventlet"):
            name = f"{primitive.__module__}.{primitive.__name__}"
            needs = "a worker needs the threads and sockets of Python"
            allowed = f"allowed is {library} without monkey patching"
            return f"{library} has patched the standard library ({name}): {needs}: {allowed}"
    return ""
