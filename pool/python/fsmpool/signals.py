"""Signals that the pool answers for while it lives, and what they are in child processes."""

from __future__ import annotations

import os
import signal
import threading
import time
from types import FrameType
from typing import Any, Dict, Optional

from .control import Control

_SETTLED = 0.5  # seconds after SHUTDOWN: a SIGTERM before that went to the pool and all its workers alike


class Signals:
    """Leaves SIGINT and SIGTERM to the pool.

    A terminal sends SIGINT, and a service manager SIGTERM, to the pool and to its workers at the same moment. The pool
    lets requests end and then says SHUTDOWN; a worker that ended by itself would take its request with it. A pool that
    has gone is seen on the connections, and one that loses its patience has SIGKILL.

    The handlers are functions that do nothing, because an ignored signal would stay ignored in the programs that the
    author starts. A child that is only forked gets back what was there before.
    """

    def __init__(self, control: Optional[Control], in_flight: Any) -> None:
        self._control = control
        self._in_flight = in_flight
        self._before: Dict[int, Any] = {}
        self._mask = threading.local()

    def install(self) -> None:
        """Sets the handlers, on the main thread. An author who has one for SIGTERM keeps it."""
        self._set(signal.SIGINT, self._nothing)
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            self._set(signal.SIGTERM, self._terminate)
        os.register_at_fork(before=self._hold, after_in_parent=self._release, after_in_child=self._in_child)

    def restore(self) -> None:
        """Takes the handlers back, on the main thread of this process."""
        for number, before in self._before.items():
            signal.signal(number, signal.SIG_DFL if before is None else before)
        self._before = {}

    # Python forgets in a forked child which signals have come and not been handled, so that a child that is told to end
    # at once would live on. The kernel therefore holds them back until the child has its own handlers.

    def _hold(self) -> None:
        self._mask.before = signal.pthread_sigmask(signal.SIG_BLOCK, self._before)

    def _release(self) -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, self._mask.before)

    def _in_child(self) -> None:
        self.restore()
        self._release()

    def _set(self, number: int, handler: Any) -> None:
        self._before[number] = signal.signal(number, handler)

    def _nothing(self, _number: int, _stack: Optional[FrameType]) -> None:
        pass

    def _terminate(self, number: int, _stack: Optional[FrameType]) -> None:
        """Ends a worker that was told to stop, has answered everything, and takes its time."""
        control = self._control
        if control is None or not control.shutdown_id or self._in_flight():
            return
        if time.monotonic() - control.shutdown_at >= _SETTLED:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
