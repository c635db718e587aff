"""Several requests at a time: the main thread reads, threads and an event loop work."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Deque, Dict, List, Optional, Set, Union

from .answer import session_name
from .channel import Channel
from .frame import Frame
from .job import ERRAND, Intake, Job, Refusal
from .protocol import CHUNK, CREDIT, EXPORT, IMPORT, REQUEST, unexpected
from .runner import Desk, exit_for
from .stream import Parts
from .threads import Threads

if TYPE_CHECKING:
    from .loop import Loop

class Parallel:
    """Serves handlers of all kinds. What belongs to one session runs in the order in which it came."""

    def __init__(self, channel: Channel, intake: Intake, desk: Desk, slots: int, asynchronous: bool) -> None:
        self.left: Optional[BaseException] = None
        """What a handler raised to end the process."""
        self._channel = channel
        self._intake = intake
        self._desk = desk
        self._threads = Threads(desk, slots, self._begin, self._finish, self._thread_died)
        self._loop: Optional[Loop] = self._new_loop() if asynchronous else None
        self._lock = threading.Lock()  # for all that follows
        self._newest = 0  # id of the last request that was read
        self._jobs: Dict[int, Job] = {}  # what has not been answered
        self._lines: Dict[str, Deque[Job]] = {}  # by session: what runs, and what waits for it to end
        self._early: Set[int] = set()  # requests that were cancelled before they were read
        self._stopping = False
        channel.over = self._over

    def _new_loop(self) -> "Loop":
        from .loop import Loop  # asyncio takes longer to import than all the rest

        return Loop(self._desk, self._desk.event_loop(), self._begin, self._finish)

    @property
    def in_flight(self) -> int:
        """How many requests have been read and not been answered."""
        return len(self._jobs)

    def begun(self) -> List[int]:
        """Returns the ids of unanswered requests that have begun, or wait for one of their session that has."""
        with self._lock:
            return [job.id for job in self._jobs.values() if job.frame.type == REQUEST and self._first(job).begun]

    def _first(self, job: Job) -> Job:
        """Returns the job that has to end before the one given, and before all others that wait with it."""
        line = self._lines.get(job.line)
        return line[0] if line else job

    def serve(self) -> None:
        """Serves until the pool has said stop, and all has been answered."""
        while self.left is None:
            frame = self._channel.receive()
            if frame is None:
                return
            if frame.type == REQUEST and frame.id:
                self._request(frame)
            elif frame.type in (EXPORT, IMPORT) and frame.id:
                self._enter(Job(frame, ERRAND, None), session_name(frame))
            else:
                self._stream(frame)

    def cancel(self, job_id: int) -> None:
        """Cancels a request, also one that has not been read yet."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None:
                if job_id > self._newest:
                    self._early.add(job_id)
                return
            job.cancelled = True
            begun = job.begun
        if begun:
            self._executor(job).cancel(job)
        else:
            self._finish(job, self._desk.answers.cancelled(job))

    def stop(self) -> None:
        """Ends serve when all that has arrived is answered."""
        self._stopping = True
        self._wake()

    def fail(self, error: BaseException) -> None:
        """Answers what the event loop has not, and ends serve, from any thread: the process is to end, and why."""
        self.left = exit_for(error)
        with self._lock:
            jobs = [job for job in self._jobs.values() if self._executor(job) is self._loop]
        for job in jobs:
            self._finish(job, self._desk.answers.failed(job, error))
        self._wake()

    def _thread_died(self, job: Optional[Job], error: BaseException) -> None:
        self._desk.ended("a thread that runs handlers", error)
        if job is not None:
            self._finish(job, self._desk.answers.failed(job, error))

    def _wake(self) -> None:
        if self._over():
            self._channel.wake()

    def _over(self) -> bool:
        return self.left is not None or (self._stopping and not self._jobs)

    # What the main thread reads

    def _request(self, frame: Frame) -> None:
        try:
            job = self._intake.job(frame)
        except Refusal as refusal:
            with self._lock:
                self._newest = frame.id
                self._early.discard(frame.id)
            self._channel.send(*self._desk.answers.refused(frame.id, refusal))
        else:
            self._enter(job, frame.session)

    def _enter(self, job: Job, session: Optional[str]) -> None:
        """Starts a job, or lets it wait for the others of its session."""
        job.line = session or ""
        if job.streams:
            self._executor(job).admit(job)
        with self._lock:
            self._newest = job.id
            job.cancelled = job.id in self._early
            self._early.discard(job.id)
            self._jobs[job.id] = job
            line = self._lines.setdefault(job.line, deque()) if job.line else deque()
            line.append(job)
            first = len(line) == 1
        if job.cancelled:
            self._finish(job, self._desk.answers.cancelled(job))
        elif first:
            self._executor(job).run(job)

    def _stream(self, frame: Frame) -> None:
        if frame.type not in (CHUNK, CREDIT) or frame.id > self._newest:
            raise unexpected(frame.type, frame.id, "REQUEST, CHUNK, CREDIT, EXPORT, IMPORT")
        job = self._jobs.get(frame.id)
        if job is not None:
            self._executor(job).post(job, frame)

    def _executor(self, job: Job) -> "Union[Threads, Loop]":
        if job.command.asynchronous and self._loop is not None:
            return self._loop
        return self._threads

    # What the executors say

    def _begin(self, job: Job) -> bool:
        """Says whether a job is still to be run: it may have been cancelled while it waited."""
        with self._lock:
            job.begun = not job.cancelled
            return job.begun

    def _finish(self, job: Job, answer: Parts) -> None:
        """Answers a job, and starts the next one of its session."""
        with self._lock:
            if job.answered:
                return
            job.answered = True
        self._channel.send(*answer)
        with self._lock:
            del self._jobs[job.id]
            following = self._leave_line(job)
        if following is not None:
            self._executor(following).run(following)
        if job.left is not None:
            self.left = job.left
        self._wake()

    def _leave_line(self, job: Job) -> Optional[Job]:
        """Takes a job out of its line, and returns the one that is to run now."""
        line = self._lines.get(job.line)
        if line is None:
            return None
        first = line[0] is job
        line.remove(job)
        if not line:
            del self._lines[job.line]
            return None
        return line[0] if first else None
