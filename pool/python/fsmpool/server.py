"""The life of a worker under a pool, from HELLO to BYE."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any, Dict, NoReturn, Optional, Union

from .answer import Answers
from .channel import Channel, outlet
from .control import Control
from .failure import error_payload, exception_payload, summary, traceback_of
from .frame import head
from .handshake import Welcome, handshake
from .job import RequestDecoder
from .payload import json_bytes
from .process import Signals, patched, show_crashes
from .protocol import CONTROL_LIMIT, DATA_LIMIT, ERROR, READY, ProtocolError
from .registry import Registry
from .runner import Services, is_awaitable
from .serial import Serial
from .session import SessionCodec, Sessions
from .shared import Memory

if TYPE_CHECKING:
    from .parallel import Parallel

_TASK_GRACE = 0.5  # seconds for tasks of the author at the end, where the pool has not told for how long it waits


def serve(registry: Registry, slots: int, data: int, control: int, signals: bool = True) -> int:
    """Serves the pool on two connected sockets until it sends the stop. Returns the exit status.

    signals is false for a worker that serves standard input, which SIGINT and SIGTERM end as they end any program.
    """
    data_channel = Channel(data, DATA_LIMIT)
    control_channel = Channel(control, CONTROL_LIMIT)
    handlers = Signals()
    if signals:
        handlers.install()
    show_crashes()
    ending = Ending(data_channel)
    try:
        welcome = handshake(data_channel, slots)
        registry.introduce(welcome.worker_id, welcome.config, welcome.version)
        server = Server(registry, slots, welcome, data_channel, control_channel, ending)
        handlers.end_when(server.may_end)
        return server.run()
    except ConnectionError:
        ending.abort(None)
    except ProtocolError as error:
        return ending.report(error)


class Ending:
    """Ending ends a process whose pool has gone, or has sent what is not allowed."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def abort(self, error: Optional[Exception]) -> NoReturn:
        """Ends the process at once, from any thread."""
        os._exit(self.report(error) if isinstance(error, ProtocolError) else 1)

    def report(self, error: ProtocolError) -> int:
        """Tells standard error and the pool what the pool has sent. Returns the exit status."""
        print(f"fsmpool: {error}", file=sys.stderr, flush=True)
        payload = error_payload("protocol_error", str(error), fatal=True)
        try:
            self._channel.send(head(ERROR, 0, len(payload)), payload)
        except OSError:
            pass  # the pool has closed the connection; it has standard error
        return 3


class Server:
    """Server serves one pool after the handshake. run is called once, on the main thread."""

    def __init__(
        self, registry: Registry, slots: int, welcome: Welcome, data: Channel, control: Channel, ending: Ending
    ) -> None:
        self._registry = registry
        self._slots = slots
        self._data = data
        self._control_channel = control
        self._ending = ending
        limits = welcome.limits
        self._memory = Memory(welcome.memory, welcome.regions, welcome.slots)
        sessions = Sessions(limits.sessions)
        codec = SessionCodec(registry.hooks)
        answers = Answers(sessions, codec, self._memory, limits.frame, limits.payload)
        self._services = Services(welcome.worker_id, limits.window, answers, sessions, data.send, self._thread_ended)
        self._requests = self._choose()
        health = registry.hooks.get("health")
        self._control = Control(control, self._requests, sessions, health, self._unfit, ending.abort)

    def _choose(self) -> "Union[Serial, Parallel]":
        """Returns the simplest way to serve that the slots and the handlers allow."""
        decoder = RequestDecoder(self._registry.commands, self._memory)
        asynchronous = self._registry.asynchronous
        if self._slots == 1 and not asynchronous:
            return Serial(self._data, decoder, self._services, self._ending.abort)
        from .parallel import Parallel  # most workers do not need it

        return Parallel(self._data, decoder, self._services, self._slots, asynchronous)

    def run(self) -> int:
        """Starts the worker, serves until the pool sends the stop, and says goodbye. Returns the exit status."""
        self._control.start()
        outlet.open(self._control_channel.offer)
        self._send_log()
        try:
            self._call("start")
            if patched():
                raise RuntimeError(patched())
        except BaseException as error:
            print(traceback_of(error), end="", file=sys.stderr, flush=True)
            payload = exception_payload("start_failed", error)
            self._data.send(head(ERROR, 0, len(payload)), payload)
            return 1
        self._send_log()  # the start hook may have been the first to import logging
        self._send_ready({"commands": sorted(self._registry.commands), "shared": self._memory.mapped})
        self._control.ready()
        self._requests.serve()
        return self._finish()

    def may_end(self) -> bool:
        """Whether a SIGTERM may end the process."""
        return self._control.idle_after_shutdown()

    def _send_log(self) -> None:
        """Sends the author's log to the pool, besides the places that the author has chosen."""
        if "logging" in sys.modules:
            from .log import send_root  # a worker that does not log does not need it

            send_root()

    def _send_ready(self, words: Dict[str, Any]) -> None:
        """Sends READY."""
        payload = json_bytes(words)
        self._data.send(head(READY, 0, len(payload)), payload)

    def _call(self, name: str) -> None:
        """Runs a hook, if there is one; an async hook on the event loop."""
        hook = self._registry.hooks.get(name)
        if hook is None:
            return
        result = hook.function()
        if is_awaitable(result):
            self._services.event_loop().call(result)

    # The end

    def _finish(self) -> int:
        """Ends the worker in order. Returns the exit status."""
        if self._requests.exit_error is not None:
            raise self._requests.exit_error
        if not self._control.shutdown_id:
            self._ending.abort(None)
        status = self._run_shutdown_hook()
        self._control.send_bye()
        return status

    def _run_shutdown_hook(self) -> int:
        """Runs the shutdown hook, and ends the event loop. Returns the exit status."""
        try:
            self._call("shutdown")
            if self._services.loop is not None:
                self._services.loop.close(self._task_grace())
        except Exception as error:
            print(traceback_of(error), end="", file=sys.stderr)
            return 1
        return 0

    def _task_grace(self) -> float:
        """Returns how many seconds tasks of the author have to end by themselves: half of what is left."""
        deadline = self._control.deadline
        return _TASK_GRACE if deadline is None else max(0.0, deadline - time.monotonic()) / 2

    def _thread_ended(self, name: str, error: BaseException) -> None:
        """Ends the process, from any thread, because a thread of this package has ended."""
        if isinstance(error, ConnectionError):
            self._ending.abort(None)
        print(f"fsmpool: {name} has ended: {summary(error)}", file=sys.stderr, flush=True)
        self._requests.fail(error)

    def _unfit(self) -> str:
        """Returns why the worker cannot serve any more, or nothing.

        It may be ending, which takes long if threads of the author are no daemons; or the event loop does not run.
        """
        error = self._requests.exit_error
        if error is not None:
            return f"the worker ends: {summary(error)}"
        return self._services.loop.stalled() if self._services.loop is not None else ""
