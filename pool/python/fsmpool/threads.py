"""Plain handlers on threads."""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import Callable, Optional

from .errors import Cancelled
from .frame import Frame
from .gate import ThreadGate
from .job import Job, current
from .protocol import REQUEST
from .runner import Desk, Runner
from .stream import Parts

Begin = Callable[[Job], bool]
Finish = Callable[[Job, Parts], None]
Died = Callable[[Optional[Job], BaseException], None]
"""Told that a thread has ended which must not, by what, and the job that it had."""


class Threads:
    """Runs jobs on as many threads as there are slots."""

    def __init__(self, desk: Desk, slots: int, begin: Begin, finish: Finish, died: Died) -> None:
        self._desk = desk
        self._slots = slots
        self._begin = begin
        self._finish = finish
        self._died = died
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._started = False

    def admit(self, job: Job) -> None:
        """Makes a job that streams ready for post."""
        job.inbox = SimpleQueue()

    def run(self, job: Job) -> None:
        """Hands a job to a thread."""
        if not self._started:
            self._started = True
            for number in range(self._slots + 1):  # one for exports and imports, which take no slot
                threading.Thread(target=self._work, name=f"fsmpool-{number}", daemon=True).start()
        self._jobs.put(job)

    def post(self, job: Job, frame: Frame) -> None:
        """Hands a CHUNK or a CREDIT to a job."""
        job.inbox.put(frame)

    def cancel(self, job: Job) -> None:
        """Stops a job that has begun, as far as that can be done."""
        if job.inbox is not None:
            job.inbox.put(None)  # ends waiting for chunks and credit
        if job.gate is not None:
            job.gate.cancel(job.id)
        awaited = job.awaited
        if awaited is not None:
            awaited.cancel()  # the thread waits for the event loop: nothing else ends that

    def _work(self) -> None:
        gate = ThreadGate()
        runner = Runner(self._desk, gate, _receive)
        job: Optional[Job] = None
        try:
            while True:
                job = None
                job = self._jobs.get()
                job.gate = gate
                if self._begin(job):
                    self._finish(job, self._answer(job, runner, gate))
        except BaseException as error:
            self._died(job, error)

    def _answer(self, job: Job, runner: Runner, gate: ThreadGate) -> Parts:
        if job.frame.type != REQUEST:
            return self._desk.answers.errand(job, gate.call)
        current.concurrent.set(job)
        answer = runner.run(job)
        current.concurrent.set(None)
        return answer


def _receive(job: Job) -> Frame:
    frame: Optional[Frame] = job.inbox.get()
    if frame is None:
        raise Cancelled
    return frame
