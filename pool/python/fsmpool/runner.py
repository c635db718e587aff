"""Plain handlers: how they run, and what serving a request needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, AsyncIterator, Awaitable, Callable, List, Optional

from .answer import Answers
from .context import Chunks, Context
from .errors import Cancelled
from .frame import Frame
from .gate import Gate
from .job import Job
from .session import Sessions
from .stream import Flow, Parts, collected

if TYPE_CHECKING:
    from .eventloop import EventLoop

_END = object()
_VALUES = frozenset((dict, list, str, int, float, bool, type(None), bytes, tuple))  # that are answers as they are
_ITERABLE_COROUTINE = 0x100  # flag of a generator that types.coroutine has made a coroutine


def is_awaitable(result: Any) -> bool:
    """Whether a handler returned something that has to be awaited."""
    if type(result) in _VALUES:
        return False
    code = getattr(result, "gi_code", None)
    return hasattr(type(result), "__await__") or bool(getattr(code, "co_flags", 0) & _ITERABLE_COROUTINE)


def is_stream(result: Any) -> bool:
    """Whether a handler returned a generator or another iterator."""
    return type(result) not in _VALUES and hasattr(type(result), "__next__")


def is_async_stream(result: Any) -> bool:
    """Whether a handler returned an async generator or another async iterator."""
    return type(result) not in _VALUES and hasattr(type(result), "__anext__")


def _no_chunks() -> Any:
    """Ends the stream of a request that came without one."""
    raise StopIteration


def exit_for(error: BaseException) -> BaseException:
    """Returns the exception that ends the process after an error, which is on standard error already."""
    return error if isinstance(error, (SystemExit, KeyboardInterrupt)) else SystemExit(1)


class Services:
    """Services is what serving a request needs, whatever its handler is.

    send sends frames; window is the credit that a stream begins with, in bytes. thread_ended is called, from any
    thread, when a thread of this package has ended that must not, with its name and the reason: the process ends then.
    """

    def __init__(
        self,
        worker_id: str,
        window: int,
        answers: Answers,
        sessions: Sessions,
        send: Callable[..., None],
        thread_ended: Callable[[str, BaseException], None],
    ) -> None:
        self.answers = answers
        self.send = send
        self.thread_ended = thread_ended
        self.loop: Optional[EventLoop] = None
        """Where coroutines of the author run; None until there is one."""
        self._worker_id = worker_id
        self._window = window
        self._sessions = sessions

    def event_loop(self) -> "EventLoop":
        """Returns the event loop, which starts with the first call. One thread may call at a time."""
        if self.loop is None:
            from .eventloop import EventLoop  # asyncio takes longer to import than all the rest

            self.loop = EventLoop(lambda error: self.thread_ended("the event loop", error))
        return self.loop

    def flow(self, job: Job) -> Flow:
        """Returns the state of the streams of a request, which have just begun."""
        return Flow(job.id, self._window, bool(job.meta.get("chunks")), self.answers.payload_limit)

    def context(self, job: Job, chunks: Chunks) -> Context:
        """Returns the context of a request."""
        return Context(job, self._sessions, self._worker_id, chunks)


class Runner:
    """Runner runs plain handlers and generators on the thread of a gate."""

    def __init__(self, services: Services, gate: Gate, receive: Callable[[Job], Frame]) -> None:
        self._services = services
        self._answers = services.answers
        self._gate = gate
        self._call = gate.call
        self._receive = receive
        """Waits for the next CHUNK or CREDIT of a job. May raise Cancelled."""
        self._no_chunks = Chunks(_no_chunks)

    def run(self, job: Job) -> Parts:
        """Runs the handler of a request, and returns the answer."""
        try:
            if job.streams:
                job.flow = self._services.flow(job)
            command = job.command
            if command.wants_context:
                result = self._call(job, command.function, job.args, self._context(job))
            else:
                result = self._call(job, command.function, job.args)
            if type(result) not in _VALUES:
                return self._settled(job, result)
            return self._answers.result(job, result)
        except Cancelled as error:
            return self._answers.cancelled(job) if job.cancelled else self._answers.failed(job, error)
        except BaseException as error:
            job.exit_error = error if isinstance(error, (SystemExit, KeyboardInterrupt)) else None
            return self._answers.failed(job, error)

    def _context(self, job: Job) -> Context:
        """Returns the context, whose chunks a plain handler reads."""
        chunks = self._no_chunks
        if job.meta.get("chunks"):
            chunks = Chunks(lambda: self._gate.shielded(job, self._take, job))
        return self._services.context(job, chunks)

    def _settled(self, job: Job, result: Any) -> Parts:
        """Returns the answer with a result that is no plain value: it is awaited, streamed or sent as it is."""
        while is_awaitable(result):
            result = self._await(job, result)
        if is_async_stream(result) and not job.meta.get("stream"):
            return self._answers.result(job, collected(self._await(job, _all(result))))
        if is_async_stream(result):
            items = _iterator(result)
            return self._answer_items(job, lambda: self._await(job, _step(items)), lambda: self._close(job, items))
        if is_stream(result):
            close = getattr(result, "close", _nothing)
            return self._answer_items(job, lambda: self._call(job, next, result, _END), close)
        return self._answers.result(job, result)

    def _answer_items(self, job: Job, step: Callable[[], Any], close: Callable[[], Any]) -> Parts:
        """Sends items one by one, or together if no stream was asked for. step returns the next one, or _END."""
        try:
            if job.meta.get("stream"):
                return self._stream(job, step)
            items: List[Any] = []
            while True:
                item = step()
                if item is _END:
                    return self._answers.result(job, collected(items))
                items.append(item)
        finally:
            close()  # lets a generator clean up that was stopped between two items

    def _stream(self, job: Job, step: Callable[[], Any]) -> Parts:
        """Sends each item as a chunk, when there is credit for it, and returns the end of the stream."""
        flow = job.flow
        assert flow is not None
        while True:
            item = step()
            if item is _END:
                return self._answers.end_of_stream(job)
            while not flow.may_send:
                flow.accept(self._receive(job))
            self._services.send(*flow.chunk(item))

    def _await(self, job: Job, awaitable: Awaitable[Any]) -> Any:
        """Runs an awaitable on the event loop, and waits for it. A cancellation of the job cancels the task."""
        awaited = self._services.event_loop().start(awaitable, job)
        job.awaited = awaited
        try:
            if job.cancelled:
                awaited.cancel()
            return self._call(job, awaited.result)
        except BaseException as error:
            if not isinstance(error, Cancelled) and not (job.cancelled and awaited.was_cancelled):
                raise
            awaited.cancel()
            awaited.wait()
            if awaited.error is None:
                return awaited.value  # it caught its cancellation, and has answered
            if awaited.was_cancelled:
                raise Cancelled from None
            raise awaited.error from None
        finally:
            job.awaited = None

    def _close(self, job: Job, items: Any) -> None:
        """Closes an async generator on the event loop, where it has run."""
        if hasattr(items, "aclose"):
            self._services.event_loop().start(items.aclose(), job).wait()

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
            self._services.send(*refund)
        return item


def _iterator(items: Any) -> Any:
    """Returns the async iterator of async items."""
    return type(items).__aiter__(items) if hasattr(type(items), "__aiter__") else items


async def _all(items: Any) -> List[Any]:
    """Returns all items."""
    return [item async for item in _iterator(items)]


async def _step(items: AsyncIterator[Any]) -> Any:
    """Returns the next item, _END after the last."""
    try:
        return await items.__anext__()
    except StopAsyncIteration:
        return _END


def _nothing() -> None:
    """Closes an iterator that needs no closing."""
