"""How handlers run that are no coroutines."""

from __future__ import annotations

from typing import Any, Callable

from .answer import Answers
from .chunks import Chunks
from .context import Context
from .errors import Cancelled
from .frame import Frame
from .gate import Gate
from .job import Job
from .session import Sessions
from .stream import Flow, Parts, collected

_END = object()


def _no_chunks() -> Any:
    raise StopIteration


class Desk:
    """What serving a request takes, whatever its handler is."""

    def __init__(self, answers: Answers, sessions: Sessions, send: Callable[..., None]) -> None:
        self.answers = answers
        self.sessions = sessions
        self.send = send
        self.worker_id = ""
        self.window = 0

    def flow(self, job: Job) -> Flow:
        """Returns where the streams of a request are."""
        return Flow(job.id, self.window, bool(job.meta.get("chunks")), self.answers.payload_limit)

    def context(self, job: Job, chunks: Chunks) -> Context:
        """Returns what the handler can know."""
        return Context(job, self.sessions, self.worker_id, chunks)


class Runner:
    """Runs plain handlers and generators on the thread of a gate."""

    def __init__(self, desk: Desk, gate: Gate, receive: Callable[[Job], Frame]) -> None:
        self._desk = desk
        self._answers = desk.answers
        self._gate = gate
        self._call = gate.call
        self._receive = receive
        """Waits for the next CHUNK or CREDIT of a job. May raise Cancelled."""
        self._no_chunks = Chunks(_no_chunks)

    def run(self, job: Job) -> Parts:
        """Returns what ends the request."""
        try:
            if job.streams:
                job.flow = self._desk.flow(job)
            command = job.command
            if command.wants_context:
                result = self._call(job, command.function, job.args, self._context(job))
            else:
                result = self._call(job, command.function, job.args)
            if not command.generates:
                return self._answers.result(job, result)
            if job.meta.get("stream"):
                return self._stream(job, result)
            return self._answers.result(job, collected(self._call(job, list, result)))
        except Cancelled as error:
            return self._answers.cancelled(job.id) if job.cancelled else self._answers.failed(job, error)
        except BaseException as error:
            job.left = error if isinstance(error, (SystemExit, KeyboardInterrupt)) else None
            return self._answers.failed(job, error)

    def _context(self, job: Job) -> Context:
        chunks = self._no_chunks
        if job.meta.get("chunks"):
            chunks = Chunks(lambda: self._gate.shielded(job, self._take, job))
        return self._desk.context(job, chunks)

    def _stream(self, job: Job, items: Any) -> Parts:
        flow = job.flow
        assert flow is not None
        try:
            while True:
                item = self._call(job, next, items, _END)
                if item is _END:
                    return self._answers.end_of_stream(job)
                while not flow.may_send:
                    flow.accept(self._receive(job))
                self._desk.send(*flow.chunk(item))
        finally:
            items.close()  # lets a generator clean up that was stopped between two items

    def _take(self, job: Job) -> Any:
        """Returns the next item of the stream that came with a request."""
        flow = job.flow
        assert flow is not None
        while not flow.has_next:
            if flow.finished:
                raise StopIteration
            flow.accept(self._receive(job))
        item = flow.take()
        refund = flow.refund()
        if refund:
            self._desk.send(*refund)
        return item
