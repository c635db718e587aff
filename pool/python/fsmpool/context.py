"""The second argument of a handler: the context of its request, and the stream that comes with it."""

from __future__ import annotations

import time
from typing import Any, AsyncIterator, Awaitable, Callable, Iterator, Optional

from .job import Job, session_of
from .protocol import JSON
from .session import Sessions


class Chunks:
    """The stream that came with a request: an iterator of values, or of bytes, for plain and for async handlers."""

    def __init__(self, take: Callable[[], Any]) -> None:
        self._take = take

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return self._take()  # raises StopIteration at the end

    def __aiter__(self) -> AsyncIterator[Any]:
        raise TypeError("fsmpool: a plain handler reads ctx.chunks with for")


class AsyncChunks(Chunks):
    """The stream that came with a request, for an async handler."""

    def __init__(self, take: Callable[[], Awaitable[Any]]) -> None:
        self._take = take

    def __iter__(self) -> Iterator[Any]:
        raise TypeError("fsmpool: an async handler reads ctx.chunks with async for")

    def __next__(self) -> Any:
        raise TypeError("fsmpool: an async handler reads ctx.chunks with async for")

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        return await self._take()  # raises StopAsyncIteration at the end


class Context:
    """What a handler can know about the request it serves."""

    __slots__ = {
        "id": "Number of the request, unique in the life of the worker.",
        "command": "Name under which the handler was called.",
        "session_id": "Name of the session; empty for a request that belongs to none.",
        "worker_id": "Name of the worker, unique over the life of the pool.",
        "content_type": "Of the request. Anything but application/json arrives as bytes.",
        "traceparent": "W3C trace context of the caller, or empty.",
        "chunks": "The stream that came with the request: for chunk in ctx.chunks, or async for. Empty if none came.",
        "_job": None,
        "_sessions": None,
    }

    id: int
    command: str
    session_id: str
    worker_id: str
    content_type: str
    traceparent: str
    chunks: Chunks

    def __init__(self, job: Job, sessions: Sessions, worker_id: str, chunks: Chunks) -> None:
        self.id = job.id
        self.command = job.frame.command
        self.session_id = job.frame.session
        self.worker_id = worker_id
        self.content_type = job.meta.get("content_type", JSON)
        self.traceparent = job.meta.get("traceparent", "")
        self.chunks = chunks
        self._job = job
        self._sessions = sessions

    @property
    def session(self) -> Any:
        """State of the session, kept from request to request in this process.

        It is a dict, unless something else was put in its place, here or by @worker.import_session.
        Requests of one session run one after the other. Without a session it is empty, and thrown away.
        """
        return session_of(self._job, self._sessions).state

    @session.setter
    def session(self, state: Any) -> None:
        """Puts another state in place of the one of the session."""
        session_of(self._job, self._sessions).state = state

    @property
    def cancelled(self) -> bool:
        """Whether the caller has gone: the answer will be dropped."""
        return self._job.cancelled

    def remaining(self) -> Optional[float]:
        """Seconds until the caller stops waiting for the answer; None without a deadline."""
        deadline = self._job.deadline
        return None if deadline is None else deadline - time.monotonic()
