"""Gates: how a cancellation gets into the code of the author, and into no other code.

An example, with one slot. The main thread runs job 7, the control thread reads a CANCEL:

    main thread                                 control thread
    gate.call(job 7, handler, args)
      _open = job 7
      handler(args)
        time.sleep(60)                          gate.cancel(7)
                                                  _asked = 7
                                                  _open is job 7: job.cancelled = True, sends SIGURG
        the signal interrupts the sleep
        _interrupt: _open is the job that
        was asked for: _open = None,
        raises Cancelled in the handler
        the handler's finally clauses run
      Cancelled leaves the handler
    the runner answers CANCELLED

The gate is open while _open is a job, which is while code of the author runs. The same CANCEL does something else when
it comes at another moment:

    before the call      _asked is 7 when call begins: call raises Cancelled, and the handler is never called.
    after the return     _open is None: no signal is sent, or the one that was sent does nothing. The handler's value
                         is the answer. A job 8 that is open by then is left alone, because _asked is not 8.
    while code of this   ctx.chunks and log records run by shielded: _open is None meanwhile, so that every frame is
    package runs         sent whole. shielded looks at _asked when it opens the gate again, and raises Cancelled there.
    a second time        _raised is job 7: a handler that has caught Cancelled may clean up, and is not interrupted.

The last gap is between the end of the handler and `_open = None` in call: a signal there raises Cancelled after the
return. call lets it pass, so that the answer is CANCELLED, which is true: the caller has gone.

With more slots a handler runs on a thread that no signal reaches. ThreadGate has the interpreter raise Cancelled there
between two steps of Python code. What was thrown cannot be taken back; so closing the gate takes the lock that cancel
holds while it throws, and then runs a few steps, in which a Cancelled that is on its way is raised and caught.
"""

from __future__ import annotations

import signal
import threading
import time
from typing import Any, Callable, Optional, TypeVar

from .errors import Cancelled
from .job import Job

T = TypeVar("T")


class Gate:
    """Gate runs code that may be cancelled. There is one for each thread that runs handlers."""

    def call(self, job: Job, function: Callable[..., T], *args: Any) -> T:
        """Calls function, in which Cancelled is raised when the job is cancelled.

        After it has returned, or raised, nothing is raised any more. A job that is cancelled already raises Cancelled
        without the call.
        """
        raise NotImplementedError

    def cancel(self, job_id: int) -> None:
        """Cancels the job with that id, from another thread. One that has not begun is cancelled when it does."""
        raise NotImplementedError

    def shielded(self, job: Job, function: Callable[..., T], *args: Any) -> T:
        """Calls function, a part of this package that the author's code has called, in which no Cancelled is raised."""
        raise NotImplementedError


class SignalGate(Gate):
    """SignalGate is the gate of the main thread: a signal also ends time.sleep and other waiting.

    Python runs the handler of a signal on the main thread, between two steps of Python code or in a system call that
    was interrupted. The handler raises only if the job that was cancelled is the one that is open at that moment; a
    signal that comes late, when the job is over or the next one has begun, does nothing.
    """

    # Ignored by default, rarely used, and harmless to a program that receives one without a reason.
    SIGNAL = signal.SIGURG

    def __init__(self) -> None:
        self._open: Optional[Job] = None  # the job whose code runs now
        self._asked = 0  # id of the job that was cancelled last
        self._raised: Optional[Job] = None  # the job in which Cancelled has been raised
        self._main = threading.get_ident()
        signal.signal(self.SIGNAL, self._interrupt)

    def cancel(self, job_id: int) -> None:
        """See Gate."""
        self._asked = job_id
        job = self._open
        if job is not None and job.id == job_id:
            job.cancelled = True
            signal.pthread_kill(self._main, self.SIGNAL)
            threading.Thread(target=self._insist, args=(job,), daemon=True).start()

    def _insist(self, job: Job) -> None:
        """Repeats the signal until the gate is closed: one that comes right before a system call does not end that."""
        pause = 0.002
        while self._open is job:
            time.sleep(pause)
            if self._open is job:
                signal.pthread_kill(self._main, self.SIGNAL)
            pause = min(2 * pause, 0.02)

    def _interrupt(self, _number: int, _stack: Any) -> None:
        """Handles the signal, on the main thread."""
        if self._open is not None and self._open.id == self._asked:
            self._raise(self._open)

    def _raise(self, job: Job) -> None:
        """Closes the gate, and raises Cancelled."""
        self._open = None
        self._raised = job
        job.cancelled = True
        raise Cancelled

    def call(self, job: Job, function: Callable[..., T], *args: Any) -> T:
        """See Gate."""
        try:
            self._open = job
            if self._asked == job.id:  # _open is set first: cancel sets _asked and then reads _open
                self._raise(job)
            job.begun = True
            result = function(*args)
            self._open = None
            return result
        except BaseException:  # perhaps Cancelled, raised after function has returned
            self._open = None
            raise

    def shielded(self, job: Job, function: Callable[..., T], *args: Any) -> T:
        """See Gate."""
        if self._open is not job or threading.get_ident() != self._main:
            return function(*args)
        self._open = None
        try:
            return function(*args)
        finally:
            if self._raised is not job:
                self._open = job
                if self._asked == job.id:
                    self._raise(job)


class ThreadGate(Gate):
    """ThreadGate is the gate of any other thread: Cancelled is raised between two steps of Python code."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self._throw = _thrower()
        self._lock = threading.Lock()
        self._open: Optional[Job] = None  # the job whose code runs now
        self._raised: Optional[Job] = None  # the job in which Cancelled has been raised, or is about to be

    def cancel(self, job_id: int) -> None:
        """See Gate. job.cancelled is set before."""
        with self._lock:
            job = self._open
            if job is not None and job.id == job_id and self._raised is not job:
                self._raised = job
                self._throw(self._thread)

    def call(self, job: Job, function: Callable[..., T], *args: Any) -> T:
        """See Gate."""
        try:
            with self._lock:
                if job.cancelled:
                    raise Cancelled
                self._open = job
            result = function(*args)
            self._close()
            return result
        except BaseException:
            self._close()
            raise

    def shielded(self, job: Job, function: Callable[..., T], *args: Any) -> T:
        """See Gate."""
        if self._open is not job or threading.get_ident() != self._thread:
            return function(*args)
        interrupted = self._close()
        try:
            return function(*args)
        finally:
            with self._lock:
                if interrupted or (job.cancelled and self._raised is not job):
                    self._raised = job
                    raise Cancelled
                self._open = job

    def _close(self) -> bool:
        """Closes the gate, and waits until a Cancelled that was thrown is raised. Returns whether there was one."""
        interrupted = False
        while True:
            try:
                with self._lock:
                    self._open = None
                for _ in range(3):  # what was thrown is raised at the end of a round
                    pass
                return interrupted
            except Cancelled:
                interrupted = True


def _thrower() -> Callable[[int], Any]:
    """Returns what raises Cancelled in a thread; it does nothing where the interpreter cannot."""
    try:
        from ctypes import c_ulong, py_object, pythonapi

        throw = pythonapi.PyThreadState_SetAsyncExc
    except (ImportError, AttributeError):
        return lambda _thread: None
    return lambda thread: throw(c_ulong(thread), py_object(Cancelled))
