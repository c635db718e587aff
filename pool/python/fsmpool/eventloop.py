"""The event loop of a worker, on a thread of its own, and how other threads wait for what runs on it."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from typing import Any, Awaitable, Callable, Optional, Set

from .errors import Fatal
from .failure import place_in
from .job import Job, current

_STALL = 1.0  # seconds for which a healthy loop may run one callback
_END = 1.0  # seconds for tasks that were cancelled to end

Ended = Callable[[BaseException], None]
"""Called by the thread of the loop, once, when the loop has ended without close, with the reason."""


class EventLoop:
    """EventLoop is an asyncio event loop that ends with the process, and not before."""

    def __init__(self, ended: Ended) -> None:
        self.loop = asyncio.new_event_loop()
        self._on_end = ended
        self._closing = False
        self._error: Optional[BaseException] = None  # why the loop has ended
        self._waiting: Set[Awaited] = set()
        self._lock = threading.Lock()  # for the two above
        self._asked: Optional[float] = None  # when a callback was scheduled that has not run
        self._thread = threading.Thread(target=self._run, name="fsmpool-loop", daemon=True)
        self._thread.start()

    def start(self, awaitable: Awaitable[Any], job: Optional[Job] = None) -> "Awaited":
        """Makes an awaitable a task, from any other thread."""
        awaited = Awaited(self, awaitable, job)
        with self._lock:
            error = self._error
            if error is None:
                self._waiting.add(awaited)
        if error is not None:
            awaited.fail(error)
        else:
            self.loop.call_soon_threadsafe(awaited.begin)
        return awaited

    def call(self, awaitable: Awaitable[Any]) -> Any:
        """Runs an awaitable to its end and returns its result, on any other thread."""
        return self.start(awaitable).result()

    def forget(self, awaited: "Awaited") -> None:
        """Notes that a task has ended."""
        with self._lock:
            self._waiting.discard(awaited)

    def stalled(self) -> str:
        """Schedules a callback. Returns for how long an earlier one has not run if that is too long; or nothing."""
        if self._closing or self._error is not None:
            return ""
        asked, now = self._asked, time.monotonic()
        if asked is not None:
            if now - asked < _STALL:
                return ""
            stack = sys._current_frames().get(self._thread.ident or 0)
            return f"the event loop has not run for {now - asked:.0f} s{place_in(stack)}"
        self._asked = now
        self.loop.call_soon_threadsafe(self._ran)
        return ""

    def close(self, grace: float) -> None:
        """Ends the loop: tasks of the author have so many seconds to end, and are cancelled then."""
        self.call(_end_tasks(grace))
        self.call(self.loop.shutdown_asyncgens())
        self._closing = True
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()

    # On the thread of the loop

    def _ran(self) -> None:
        """Notes that the callback of stalled has run."""
        self._asked = None

    def _run(self) -> None:
        """Runs the loop, and fails all that waits for it when it ends."""
        error: BaseException = Fatal("the event loop was stopped: it belongs to the worker, and ends with it")
        try:
            self.loop.run_forever()
        except BaseException as raised:  # SystemExit or KeyboardInterrupt of a task or a callback
            error = raised
        if self._closing:
            return
        with self._lock:
            self._error = error
            waiting, self._waiting = self._waiting, set()
        for awaited in waiting:
            awaited.fail(error)
        self._on_end(error)


async def _end_tasks(grace: float) -> None:
    """Waits for all other tasks, and cancels those that have not ended in time."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    if not tasks:
        return
    _, late = await asyncio.wait(tasks, timeout=grace)
    for task in late:
        task.cancel()
    if late:
        await asyncio.wait(late, timeout=_END)


class Awaited:
    """Awaited is an awaitable that runs on the loop while one thread waits for its outcome."""

    def __init__(self, events: EventLoop, awaitable: Awaitable[Any], job: Optional[Job]) -> None:
        self.error: Optional[BaseException] = None
        """What it raised, once it has ended."""
        self.value: Any = None
        """What it returned."""
        self._events = events
        self._awaitable = awaitable
        self._job = job
        self._task: "Optional[asyncio.Task[None]]" = None
        self._cancelled = False
        self._ended = False
        self._running = threading.Lock()  # held until it has ended; a signal gets through where a thread waits for it
        self._running.acquire()

    @property
    def was_cancelled(self) -> bool:
        """Whether it ended because it was cancelled."""
        return isinstance(self.error, asyncio.CancelledError)

    def wait(self) -> None:
        """Waits for the end. It may be interrupted, and called again."""
        if not self._ended:
            self._running.acquire()

    def result(self) -> Any:
        """Waits for the end, and returns or raises what came of it."""
        self.wait()
        if self.error is not None:
            raise self.error
        return self.value

    def cancel(self) -> None:
        """Cancels the task, from any thread."""
        self._cancelled = True
        self._events.loop.call_soon_threadsafe(self._cancel)

    def fail(self, error: BaseException) -> None:
        """Ends the waiting for a task that will not end."""
        if not self._ended:
            self.error = error
            self._end()

    # On the thread of the loop

    def begin(self) -> None:
        """Starts the task."""
        self._task = self._events.loop.create_task(self._run())
        self._task.add_done_callback(self._done)
        self._cancel()

    def _cancel(self) -> None:
        """Cancels the task if that was asked for and the task is there."""
        if self._cancelled and self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        """Runs the awaitable as a task of its job."""
        if self._job is not None:
            current.concurrent.set(self._job)
        try:
            self.value = await self._awaitable
        except BaseException as error:  # SystemExit too, which would end the loop: the thread that waits gets it
            self.error = error

    def _done(self, task: "asyncio.Task[None]") -> None:
        """Ends the waiting for a task that has ended."""
        if task.cancelled():  # before its first step
            self.error = asyncio.CancelledError()
            if asyncio.iscoroutine(self._awaitable):
                self._awaitable.close()  # which else warns that it was never awaited
        self._events.forget(self)
        self._end()

    def _end(self) -> None:
        """Lets the thread that waits go on."""
        self._ended = True
        self._running.release()
