"""Gates: how a cancellation gets into the code of the author, and nowhere else."""

from __future__ import annotations

import signal
import threading
import time
from typing import Any, Callable, Optional, TypeVar

from .errors import Cancelled
from .job import Job

T = TypeVar("T")


class Gate:
    """Runs code that may be cancelled. One per thread."""

    def call(self, job: Job, function: Callable[..., T], *args: Any) -> T:
        """Calls function, in which Cancelled is raised when the job is cancelled.

        After it has returned, or raised, nothing is raised any more. A job that is cancelled
        already does not get that far.
        """
        raise NotImplementedError

    def cancel(self, job_id: int) -> None:
        """Cancels the job with that id, from another thread. One that has not begun is cancelled when it does."""
        raise NotImplementedError

    def shielded(self, job: Job, function: Callable[..., T], *args: Any) -> T:
        """Calls function, a part of this package that the author's code has called, so that it is not torn apart."""
        raise NotImplementedError


class SignalGate(Gate):
    """The gate of the main thread: a signal ends time.sleep and other waiting, too.

    Python runs the handler of a signal on the main thread, between two steps of Python code or in a system call that
    was interrupted. The handler raises only if the job that was cancelled is the one that is open at that moment; a
    signal that comes late, when the job is over or the next one has begun, does nothing.
    """

    # Ignored by default, used by hardly anything, and not minded if one comes for no reason.
    SIGNAL = signal.SIGURG

    def __init__(self) -> None:
        self._open: Optional[Job] = None  # the job whose code runs now
        self._asked = 0  # id of the job that was cancelled last
        self._raised: Optional[Job] = None  # the job that has been told so
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
        """Repeats the signal until it is heard: one that comes right before a system call does not end that."""
        pause = 0.002
        while self._open is job:
            time.sleep(pause)
            if self._open is job:
                signal.pthread_kill(self._main, self.SIGNAL)
            pause = min(2 * pause, 0.02)

    def _interrupt(self, _number: int, _stack: Any) -> None:
        if self._open is not None and self._open.id == self._asked:
            self._tell(self._open)

    def _tell(self, job: Job) -> None:
        self._open = None
        self._raised = job
        job.cancelled = True
        raise Cancelled

    def call(self, job: Job, function: Callable[..., T], *args: Any) -> T:
        """See Gate."""
        try:
            self._open = job
            if self._asked == job.id:  # in this order, as cancel has the other one
                self._tell(job)
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
                    self._tell(job)


class ThreadGate(Gate):
    """The gate of any other thread: the interpreter raises between two steps of Python code, and ends no waiting."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self._throw = _thrower()
        self._lock = threading.Lock()
        self._open: Optional[Job] = None  # the job whose code runs now
        self._raised: Optional[Job] = None  # the job that has been told, or is about to be

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
        """Closes the gate, and waits for what is on its way through. Returns whether there was something."""
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
    """Returns what raises Cancelled in a thread: nothing does where the interpreter cannot."""
    try:
        from ctypes import c_ulong, py_object, pythonapi

        throw = pythonapi.PyThreadState_SetAsyncExc
    except (ImportError, AttributeError):
        return lambda _thread: None
    return lambda thread: throw(c_ulong(thread), py_object(Cancelled))
