"""Threads that run plain handlers."""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import Callable, Optional

from .errors import Cancelled
from .frame import Frame
from .gate import ThreadGate
from .job import Job, current
from .protocol import REQUEST
from .runner import Runner, Services
from .stream import Parts

Begin = Callable[[Job], bool]
"""Called before a job runs. False: it must not run any more."""
Finish = Callable[[Job, Parts], None]
"""Called with the answer to a job."""
Ended = Callable[[Optional[Job], BaseException], None]
"""Called when a thread has ended that must not, with the job that it had and the reason."""


class Threads:
    """Threads runs jobs on as many threads as there are slots."""

    def __init__(self, services: Services, slots: int, begin: Begin, finish: Finish, ended: Ended) -> None:
        self._services = services
        self._slots = slots
        self._begin = begin
        self._finish = finish
        self._ended = ended
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
        """Runs jobs, on one of the threads, until the process ends."""
        gate = ThreadGate()
        runner = Runner(self._services, gate, _receive)
        job: Optional[Job] = None
        try:
            while True:
                job = None
                job = self._jobs.get()
                job.gate = gate
                if self._begin(job):
                    self._finish(job, self._answer(job, runner, gate))
        except BaseException as error:
            self._ended(job, error)

    def _answer(self, job: Job, runner: Runner, gate: ThreadGate) -> Parts:
        """Runs one job, and returns its answer."""
        if job.frame.type != REQUEST:
            return self._services.answers.session_request(job, gate.call)
        current.concurrent.set(job)
        answer = runner.run(job)
        current.concurrent.set(None)
        return answer


def _receive(job: Job) -> Frame:
    """Waits for the next CHUNK or CREDIT of a job. A cancellation ends the waiting."""
    frame: Optional[Frame] = job.inbox.get()
    if frame is None:
        raise Cancelled
    return frame
