"""Coroutines and async generators, on an event loop that has a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, Callable, Coroutine, Tuple, TypeVar

from .chunks import AsyncChunks
from .frame import Frame
from .job import Job, current
from .runner import Desk
from .stream import Parts, collected
from .threads import Begin, Finish

T = TypeVar("T")


async def _no_chunks() -> Any:
    raise StopAsyncIteration


class Loop:
    """Runs jobs as tasks."""

    def __init__(self, desk: Desk, begin: Begin, finish: Finish) -> None:
        self._desk = desk
        self._begin = begin
        self._finish = finish
        self._no_chunks = AsyncChunks(_no_chunks)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fsmpool-loop", daemon=True)
        self._thread.start()

    def call(self, function: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Runs a hook on the loop and waits for it, on any other thread."""
        return asyncio.run_coroutine_threadsafe(function(), self._loop).result()

    def close(self) -> None:
        """Ends the loop, after it has ended its async generators."""
        self.call(self._loop.shutdown_asyncgens)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def admit(self, job: Job) -> None:
        """Makes a job that streams ready for post."""
        self._loop.call_soon_threadsafe(self._admit, job)

    def run(self, job: Job) -> None:
        """Makes a job a task."""
        self._loop.call_soon_threadsafe(self._start, job)

    def post(self, job: Job, frame: Frame) -> None:
        """Hands a CHUNK or a CREDIT to a job."""
        self._loop.call_soon_threadsafe(self._deliver, job, frame)

    def cancel(self, job: Job) -> None:
        """Cancels the task of a job."""
        self._loop.call_soon_threadsafe(self._cancel, job)

    # On the loop

    def _admit(self, job: Job) -> None:
        job.inbox = asyncio.Queue()

    def _start(self, job: Job) -> None:
        if self._begin(job):
            job.task = self._loop.create_task(self._serve(job))

    def _deliver(self, job: Job, frame: Frame) -> None:
        job.inbox.put_nowait(frame)

    def _cancel(self, job: Job) -> None:
        if job.task is not None:
            job.task.cancel()

    async def _serve(self, job: Job) -> None:
        current.concurrent.set(job)
        try:
            answer = await self._answer(job)
        except asyncio.CancelledError as error:
            answers = self._desk.answers
            answer = answers.cancelled(job.id) if job.cancelled else answers.failed(job, error)
        except BaseException as error:
            job.left = error if isinstance(error, (SystemExit, KeyboardInterrupt)) else None
            answer = self._desk.answers.failed(job, error)
        self._finish(job, answer)

    async def _answer(self, job: Job) -> Parts:
        if job.streams:
            job.flow = self._desk.flow(job)
        result = job.command.function(*self._arguments(job))
        if not job.command.generates:
            return self._desk.answers.result(job, await result)
        if job.meta.get("stream"):
            return await self._stream(job, result)
        return self._desk.answers.result(job, collected([item async for item in result]))

    def _arguments(self, job: Job) -> Tuple[Any, ...]:
        if not job.command.wants_context:
            return (job.args,)
        chunks = self._no_chunks
        if job.meta.get("chunks"):
            chunks = AsyncChunks(lambda: self._take(job))
        return job.args, self._desk.context(job, chunks)

    async def _stream(self, job: Job, items: Any) -> Parts:
        flow = job.flow
        assert flow is not None
        try:
            async for item in items:
                while not flow.may_send:
                    flow.accept(await job.inbox.get())
                self._desk.send(*flow.chunk(item))
        finally:
            await items.aclose()
        return self._desk.answers.end_of_stream(job)

    async def _take(self, job: Job) -> Any:
        flow = job.flow
        assert flow is not None
        while not flow.has_next:
            if flow.finished:
                raise StopAsyncIteration
            flow.accept(await job.inbox.get())
        item = flow.take()
        refund = flow.refund()
        if refund:
            self._desk.send(*refund)
        return item
