"""Tasks on the event loop that run async handlers."""

from __future__ import annotations

import asyncio
from typing import Any, AsyncIterator, Tuple

from .context import AsyncChunks
from .eventloop import EventLoop
from .frame import Frame
from .job import Job, current
from .runner import Services, is_async_stream, is_awaitable, is_stream
from .stream import Parts, collected
from .threads import Begin, Finish


async def _no_chunks() -> Any:
    """Ends the stream of a request that came without one."""
    raise StopAsyncIteration


class Loop:
    """Loop runs jobs as tasks."""

    def __init__(self, services: Services, events: EventLoop, begin: Begin, finish: Finish) -> None:
        self._services = services
        self._begin = begin
        self._finish = finish
        self._no_chunks = AsyncChunks(_no_chunks)
        self._loop = events.loop

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
        """Gives a job its inbox."""
        job.inbox = asyncio.Queue()

    def _start(self, job: Job) -> None:
        """Starts the task of a job."""
        job.task = self._loop.create_task(self._serve(job))
        job.task.add_done_callback(lambda task: self._ended(job, task))

    def _deliver(self, job: Job, frame: Frame) -> None:
        """Puts a frame into the inbox of a job."""
        job.inbox.put_nowait(frame)

    def _cancel(self, job: Job) -> None:
        """Cancels the task of a job if it has one."""
        if job.task is not None:
            job.task.cancel()

    def _ended(self, job: Job, task: "asyncio.Task[None]") -> None:
        """Answers a job whose task has ended before its first step."""
        if task.cancelled():  # by code of the author, before its first step, so that nothing of _serve has run
            self._finish(job, self._services.answers.failed(job, asyncio.CancelledError()))

    async def _serve(self, job: Job) -> None:
        """Runs a job and answers it, as a task."""
        if not self._begin(job):  # here, because a task waits for its first step while another one blocks the loop
            return
        current.concurrent.set(job)
        try:
            answer = await self._answer(job)
        except asyncio.CancelledError as error:
            answers = self._services.answers
            answer = answers.cancelled(job) if job.cancelled else answers.failed(job, error)
        except BaseException as error:
            job.exit_error = error if isinstance(error, (SystemExit, KeyboardInterrupt)) else None
            answer = self._services.answers.failed(job, error)
        self._finish(job, answer)

    async def _answer(self, job: Job) -> Parts:
        """Runs the handler, and returns the answer."""
        if job.streams:
            job.flow = self._services.flow(job)
        result = job.command.function(*self._arguments(job))
        while is_awaitable(result):
            result = await result
        if is_stream(result):
            result = _stepped(result)
        elif not is_async_stream(result):
            return self._services.answers.result(job, result)
        if job.meta.get("stream"):
            return await self._stream(job, result)
        return self._services.answers.result(job, collected([item async for item in result]))

    def _arguments(self, job: Job) -> Tuple[Any, ...]:
        """Returns the arguments of the handler."""
        if not job.command.wants_context:
            return (job.args,)
        chunks = self._no_chunks
        if job.meta.get("chunks"):
            chunks = AsyncChunks(lambda: self._take(job))
        return job.args, self._services.context(job, chunks)

    async def _stream(self, job: Job, items: Any) -> Parts:
        """Sends each item as a chunk, when there is credit for it, and returns the end of the stream."""
        flow = job.flow
        assert flow is not None
        try:
            async for item in items:
                while not flow.may_send:
                    flow.accept(await job.inbox.get())
                self._services.send(*flow.chunk(item))
        finally:
            if hasattr(items, "aclose"):
                await items.aclose()
        return self._services.answers.end_of_stream(job)

    async def _take(self, job: Job) -> Any:
        """Returns the next item of the stream that came with a request."""
        flow = job.flow
        assert flow is not None
        while not flow.has_next:
            if flow.finished:
                raise StopAsyncIteration
            flow.accept(await job.inbox.get())
        item = flow.take()
        refund = flow.refund()
        if refund:
            self._services.send(*refund)
        return item


async def _stepped(items: Any) -> AsyncIterator[Any]:
    """Yields the items of a plain generator that an async handler returned, and lets other tasks run in between."""
    try:
        for item in items:
            yield item
            await asyncio.sleep(0)
    finally:
        if hasattr(items, "close"):
            items.close()
