"""Several requests at a time: the main thread reads them, threads and an event loop run them."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Deque, Dict, List, Optional, Set, Union

from .answer import session_name
from .channel import Channel
from .frame import Frame
from .job import SESSION_REQUEST, Job, Refusal, RequestDecoder
from .protocol import CHUNK, CREDIT, EXPORT, IMPORT, REQUEST, unexpected
from .runner import Services, exit_for
from .stream import Parts
from .threads import Threads

if TYPE_CHECKING:
    from .loop import Loop


class Parallel:
    """Parallel serves handlers of all kinds. The requests of one session run in the order in which they came."""

    def __init__(
        self, channel: Channel, decoder: RequestDecoder, services: Services, slots: int, asynchronous: bool
    ) -> None:
        self.exit_error: Optional[BaseException] = None
        """Raised by a handler to end the process."""
        self._channel = channel
        self._decoder = decoder
        self._services = services
        self._threads = Threads(services, slots, self._begin, self._finish, self._thread_ended)
        self._loop: Optional[Loop] = self._new_loop() if asynchronous else None
        self._lock = threading.Lock()  # for all that follows
        self._newest = 0  # id of the last request that was read
        self._jobs: Dict[int, Job] = {}  # by id, those that have not been answered
        self._queues: Dict[str, Deque[Job]] = {}  # by session: the job that runs, and those that wait for it
        self._early: Set[int] = set()  # requests that were cancelled before they were read
        self._stopping = False
        channel.end_when(self._over)

    def _new_loop(self) -> "Loop":
        """Starts the event loop."""
        from .loop import Loop  # asyncio takes longer to import than all the rest

        return Loop(self._services, self._services.event_loop(), self._begin, self._finish)

    @property
    def in_flight(self) -> int:
        """How many requests have been read and not been answered."""
        return len(self._jobs)

    def begun(self) -> List[int]:
        """Returns the ids of unanswered requests that have begun, or wait for one of their session that has."""
        with self._lock:
            return [job.id for job in self._jobs.values() if job.frame.type == REQUEST and self._first(job).begun]

    def _first(self, job: Job) -> Job:
        """Returns the job at the head of the queue of a job; the job itself if it has no session."""
        queue = self._queues.get(job.queue)
        return queue[0] if queue else job

    def serve(self) -> None:
        """Serves until the pool has sent the stop, and all has been answered."""
        while self.exit_error is None:
            frame = self._channel.receive()
            if frame is None:
                return
            if frame.type == REQUEST and frame.id:
                self._request(frame)
            elif frame.type in (EXPORT, IMPORT) and frame.id:
                self._enqueue(Job(frame, SESSION_REQUEST, None), session_name(frame))
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
            self._finish(job, self._services.answers.cancelled(job))

    def stop(self) -> None:
        """Ends serve when all that has arrived is answered."""
        self._stopping = True
        self._wake()

    def fail(self, error: BaseException) -> None:
        """Answers the jobs of the event loop, and ends serve, from any thread: an error is to end the process."""
        self.exit_error = exit_for(error)
        with self._lock:
            jobs = [job for job in self._jobs.values() if self._executor(job) is self._loop]
        for job in jobs:
            self._finish(job, self._services.answers.failed(job, error))
        self._wake()

    def _thread_ended(self, job: Optional[Job], error: BaseException) -> None:
        """Answers the job of a thread that has ended, and ends the process."""
        self._services.thread_ended("a thread that runs handlers", error)
        if job is not None:
            self._finish(job, self._services.answers.failed(job, error))

    def _wake(self) -> None:
        """Ends the waiting of the main thread if it is over."""
        if self._over():
            self._channel.wake()

    def _over(self) -> bool:
        """Whether the main thread has nothing more to wait for."""
        return self.exit_error is not None or (self._stopping and not self._jobs)

    # What the main thread reads

    def _request(self, frame: Frame) -> None:
        """Takes a REQUEST."""
        try:
            job = self._decoder.decode(frame)
        except Refusal as refusal:
            with self._lock:
                self._newest = frame.id
                self._early.discard(frame.id)
            self._channel.send(*self._services.answers.refused(frame.id, refusal))
        else:
            self._enqueue(job, frame.session)

    def _enqueue(self, job: Job, session: Optional[str]) -> None:
        """Starts a job, or queues it behind the others of its session."""
        job.queue = session or ""
        if job.streams:
            self._executor(job).admit(job)
        with self._lock:
            self._newest = job.id
            job.cancelled = job.id in self._early
            self._early.discard(job.id)
            self._jobs[job.id] = job
            queue = self._queues.setdefault(job.queue, deque()) if job.queue else deque()
            queue.append(job)
            first = len(queue) == 1
        if job.cancelled:
            self._finish(job, self._services.answers.cancelled(job))
        elif first:
            self._executor(job).run(job)

    def _stream(self, frame: Frame) -> None:
        """Takes a CHUNK or a CREDIT."""
        if frame.type not in (CHUNK, CREDIT) or frame.id > self._newest:
            raise unexpected(frame.type, frame.id, "REQUEST, CHUNK, CREDIT, EXPORT, IMPORT")
        job = self._jobs.get(frame.id)
        if job is not None:
            self._executor(job).post(job, frame)

    def _executor(self, job: Job) -> "Union[Threads, Loop]":
        """Returns what runs a job."""
        if job.command.asynchronous and self._loop is not None:
            return self._loop
        return self._threads

    # What the executors call

    def _begin(self, job: Job) -> bool:
        """Whether a job is still to be run: it may have been cancelled while it waited."""
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
            following = self._dequeue(job)
        if following is not None:
            self._executor(following).run(following)
        if job.exit_error is not None:
            self.exit_error = job.exit_error
        self._wake()

    def _dequeue(self, job: Job) -> Optional[Job]:
        """Takes a job out of its queue, and returns the one that is to run now."""
        queue = self._queues.get(job.queue)
        if queue is None:
            return None
        first = queue[0] is job
        queue.remove(job)
        if not queue:
            del self._queues[job.queue]
            return None
        return queue[0] if first else None
