"""The life of a worker process, from HELLO to BYE."""

from __future__ import annotations

import os
import sys
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any, Dict, List, NoReturn, Optional, Union

from . import descriptors, version
from .answer import Answers
from .channel import Channel
from .command import Hook
from .control import Control
from .failure import described, raised, told, traceback_of
from .frame import FIXED, Frame, head
from .job import Intake
from .patched import patched
from .payload import body, json_bytes, label
from .protocol import (
    CONTROL_LIMIT, DATA_LIMIT, ERROR, HELLO, READY, VERSION, WELCOME, WINDOW, ProtocolError, unexpected,
)  # fmt: skip
from .runner import Desk, is_awaitable
from .serial import Serial
from .session import SessionCodec, Sessions
from .shared import Memory
from .signals import Signals

if TYPE_CHECKING:
    from .parallel import Parallel
    from .workers import Worker

_CAPABILITIES: List[str] = ["cancel", "stream", "log", "session", "shared", "drop"]
_PATIENCE = 0.5  # seconds for tasks of the author at the end, where the pool has not said how long it waits


def preload(worker: Worker, slots: int) -> None:
    """Imports what else a worker will need, so that those that are forked from this process need not."""
    asynchronous = worker._asynchronous()
    if slots > 1 or asynchronous:
        import_module(f"{__package__}.parallel")
    if asynchronous:
        import_module(f"{__package__}.loop")
    if "logging" in sys.modules:
        import_module(f"{__package__}.log")


class Server:
    """One worker under one pool."""

    def __init__(self, worker: Worker, slots: int, data: int, control: int) -> None:
        self._worker = worker
        self._slots = slots
        self._data = Channel(data, DATA_LIMIT)
        self._control = Control(Channel(control, CONTROL_LIMIT), worker._hooks.get("health"), self._abort)
        self._sessions = Sessions()
        self._memory = Memory()
        self._answers = Answers(self._sessions, SessionCodec(worker._hooks), self._memory)
        self._desk = Desk(self._answers, self._sessions, self._data.send)
        self._desk.ended = self._ended
        self._serving = self._mode()
        self._control.on_cancel = self._serving.cancel
        self._control.on_shutdown = self._serving.stop
        self._control.on_drop = self._sessions.forget
        self._control.in_flight = lambda: self._serving.in_flight
        self._control.begun = self._serving.begun
        self._control.ending = self._ending
        self._control.stalled = lambda: self._desk.loop.stalled() if self._desk.loop is not None else ""

    def _mode(self) -> "Union[Serial, Parallel]":
        intake = Intake(self._worker._commands, self._memory)
        asynchronous = self._worker._asynchronous()
        if self._slots == 1 and not asynchronous:
            return Serial(self._data, intake, self._desk, self._abort)
        from .parallel import Parallel  # most workers do without

        return Parallel(self._data, intake, self._desk, self._slots, asynchronous)

    def run(self) -> int:
        """Returns the exit status."""
        if descriptors.by_hand is None:
            Signals(self._control, lambda: self._serving.in_flight).install()
        _show_crashes()
        try:
            return self._live()
        except ConnectionError:
            self._abort(None)
        except ProtocolError as error:
            return self._give_up(error)

    def _live(self) -> int:
        self._greet()
        self._control.start()
        self._log()
        try:
            self._call("start")
            if patched():
                raise RuntimeError(patched())
        except BaseException as error:
            print(traceback_of(error), end="", file=sys.stderr, flush=True)
            payload = raised("start_failed", error)
            self._data.send(head(ERROR, 0, len(payload)), payload)
            return 1
        self._log()  # the start hook may have been the first to import logging
        self._say(READY, {"commands": sorted(self._worker._commands), "shared": self._memory.mapped})
        self._control.ready = True
        self._serving.serve()
        return self._part()

    # The handshake

    def _greet(self) -> None:
        hello = {
            "versions": [VERSION],
            "sdk": f"fsmpool-python {version.__version__}",
            "runtime": f"{sys.implementation.name} {sys.version.split()[0]}",
            "pid": os.getpid(),
            "capabilities": _CAPABILITIES,
            "slots": self._slots,
        }
        self._say(HELLO, hello)
        welcome, memory = self._data.receive_with_memory()
        if welcome is None:
            self._abort(None)
        if welcome.type == ERROR:
            message = str(body("ERROR payload", welcome.payload).get("message", ""))
            raise ProtocolError("handshake", message, "WELCOME")
        if welcome.type != WELCOME:
            raise unexpected(welcome.type, welcome.id, "WELCOME")
        self._settle(welcome, memory)

    def _settle(self, frame: Frame, memory: Optional[int]) -> None:
        welcome = body("WELCOME payload", frame.payload)
        try:
            if welcome["version"] != VERSION:
                raise ProtocolError("version", str(welcome["version"]), str(VERSION))
            self._worker.id, self._worker.config = welcome["worker"], welcome["config"]
            self._worker.version = label(welcome)
            if self._worker.config is None:
                self._worker.config = {}
            self._bound(welcome["limits"])
            self._memory.attach(memory, welcome["limits"], int(welcome["limits"].get("slots", 1)))
        except (KeyError, TypeError) as error:
            allowed = "version, worker, limits, config"
            raise ProtocolError("WELCOME payload", repr(error), allowed, frame.payload) from None

    def _bound(self, limits: Dict[str, Any]) -> None:
        self._data.limit = self._answers.frame_limit = limits["frame"]
        self._answers.payload_limit = limits.get("payload", limits["frame"] - FIXED)
        self._sessions.limit = limits["sessions"]
        self._desk.window = limits.get("window", WINDOW)
        self._desk.worker_id = self._worker.id

    def _log(self) -> None:
        """Sends the author's log to the pool, in addition to wherever the author has it written."""
        self._worker._outlet = self._control.channel.offer
        if "logging" in sys.modules:
            from .log import send_root

            send_root(self._worker)

    def _say(self, frame_type: int, words: Dict[str, Any]) -> None:
        payload = json_bytes(words)
        self._data.send(head(frame_type, 0, len(payload)), payload)

    # The end

    def _part(self) -> int:
        if self._serving.left is not None:
            raise self._serving.left
        if not self._control.shutdown_id:
            self._abort(None)
        status = self._run_shutdown_hook()
        self._control.say_bye()
        return status

    def _run_shutdown_hook(self) -> int:
        try:
            self._call("shutdown")
            if self._desk.loop is not None:
                self._desk.loop.close(self._patience())
        except Exception as error:
            print(traceback_of(error), end="", file=sys.stderr)
            return 1
        return 0

    def _call(self, name: str) -> None:
        """Runs a hook, if there is one, where it has to run."""
        hook: Optional[Hook] = self._worker._hooks.get(name)
        if hook is None:
            return
        result = hook.function()
        if is_awaitable(result):
            self._desk.event_loop().call(result)

    def _patience(self) -> float:
        """Returns how many seconds tasks of the author have to end by themselves: half of what is left."""
        deadline = self._control.deadline
        return _PATIENCE if deadline is None else max(0.0, deadline - time.monotonic()) / 2

    def _ended(self, what: str, error: BaseException) -> None:
        """Has the process end, from any thread, because a thread of this package has ended."""
        if isinstance(error, ConnectionError):
            self._abort(None)
        print(f"fsmpool: {what} has ended: {described(error)}", file=sys.stderr, flush=True)
        self._serving.fail(error)

    def _ending(self) -> str:
        """Returns why the process ends: threads of the author that are no daemons can keep it for long."""
        left = self._serving.left
        return "" if left is None else f"the worker ends: {described(left)}"

    def _abort(self, error: Optional[Exception]) -> NoReturn:
        """Ends the process at once, from any thread: the pool has gone, or has sent what is not allowed."""
        os._exit(self._give_up(error) if isinstance(error, ProtocolError) else 1)

    def _give_up(self, error: ProtocolError) -> int:
        print(f"fsmpool: {error}", file=sys.stderr, flush=True)
        payload = told("protocol_error", str(error), fatal=True)
        try:
            self._data.send(head(ERROR, 0, len(payload)), payload)
        except OSError:
            pass  # the pool hung up first; it has standard error
        return 3


def _show_crashes() -> None:
    """Has a crash by a signal leave a stack on standard error, unless the author has arranged for more."""
    import faulthandler

    try:
        if not faulthandler.is_enabled():
            faulthandler.enable(all_threads=False)
    except (AttributeError, OSError, RuntimeError, ValueError):
        pass  # standard error is closed, or is no file
