"""How handlers run that are no coroutines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, AsyncIterator, Awaitable, Callable, List, Optional

from .answer import Answers
from .chunks import Chunks
from .context import Context
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
    """Whether a handler returned what has to be awaited."""
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
    raise StopIteration


def exit_for(error: BaseException) -> BaseException:
    """Returns what ends the process because of an error, which standard error has been told."""
    return error if isinstance(error, (SystemExit, KeyboardInterrupt)) else SystemExit(1)


class Desk:
    """What serving a request takes, whatever its handler is."""

    def __init__(self, answers: Answers, sessions: Sessions, send: Callable[..., None]) -> None:
        self.answers = answers
        self.sessions = sessions
        self.send = send
        self.worker_id = ""
        self.window = 0
        self.loop: Optional[EventLoop] = None
        """Where coroutines of the author run; None until there is one."""
        self.ended: Callable[[str, BaseException], None] = lambda _what, _error: None
        """Told what of this package has ended that must not, and by what: the process follows."""

    def event_loop(self) -> "EventLoop":
        """Returns the event loop, which starts with the first use of it. One thread may ask at a time."""
        if self.loop is None:
            from .eventloop import EventLoop  # asyncio takes longer to import than all the rest

            self.loop = EventLoop(lambda error: self.ended("the event loop", error))
        return self.loop

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
            if type(result) not in _VALUES:
                return self._settled(job, result)
            return self._answers.result(job, result)
        except Cancelled as error:
            return self._answers.cancelled(job) if job.cancelled else self._answers.failed(job, error)
        except BaseException as error:
            job.left = error if isinstance(error, (SystemExit, KeyboardInterrupt)) else None
            return self._answers.failed(job, error)

    def _context(self, job: Job) -> Context:
        chunks = self._no_chunks
        if job.meta.get("chunks"):
            chunks = Chunks(lambda: self._gate.shielded(job, self._take, job))
        return self._desk.context(job, chunks)

    def _settled(self, job: Job, result: Any) -> Parts:
        """Answers with what a handler returned that is no plain value: it is awaited, streamed or sent as it is."""
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
        """Sends items as they come, or together if no stream was asked for. step returns _END behind the last."""
        try:
            if job.meta.get("stream"):
                return self._stream(job, step)
            items = []
            while True:
                item = step()
                if item is _END:
                    return self._answers.result(job, collected(items))
                items.append(item)
        finally:
            close()  # lets a generator clean up that was stopped between two items

    def _stream(self, job: Job, step: Callable[[], Any]) -> Parts:
        flow = job.flow
        assert flow is not None
        while True:
            item = step()
            if item is _END:
                return self._answers.end_of_stream(job)
            while not flow.may_send:
                flow.accept(self._receive(job))
            self._desk.send(*flow.chunk(item))

    def _await(self, job: Job, awaitable: Awaitable[Any]) -> Any:
        """Has the event loop run an awaitable, and waits for it. A cancellation of the job is one of the task."""
        awaited = self._desk.event_loop().start(awaitable, job)
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
        """Closes an async generator where it has run."""
        if hasattr(items, "aclose"):
            self._desk.event_loop().start(items.aclose(), job).wait()

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


def _iterator(items: Any) -> Any:
    """Returns what __anext__ is called on."""
    return type(items).__aiter__(items) if hasattr(type(items), "__aiter__") else items


async def _all(items: Any) -> List[Any]:
    return [item async for item in _iterator(items)]


async def _step(items: AsyncIterator[Any]) -> Any:
    try:
        return await items.__anext__()
    except StopAsyncIteration:
        return _END


def _nothing() -> None:
    pass
