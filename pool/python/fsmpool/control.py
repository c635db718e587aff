"""The control connection: a thread that is always awake."""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import Any, Callable, Dict, List, NoReturn, Optional, Tuple

from .channel import Channel
from .command import Hook
from .failure import described, one_line, traceback_of, typed
from .frame import Frame, head
from .payload import body, from_json, json_bytes
from .protocol import BYE, CANCEL, DROP, PING, PONG, SHUTDOWN, ProtocolError, unexpected

Abort = Callable[[Optional[Exception]], NoReturn]
"""Ends the process: the pool has gone, or has sent what it must not."""

_REASON = 1000  # bytes of a reason that are sent


class Control:
    """Answers probes, passes on cancellations and the order to stop, and sees the pool vanish."""

    def __init__(self, channel: Channel, health: Optional[Hook], abort: Abort) -> None:
        self.channel = channel
        self.on_cancel: Callable[[int], None] = lambda _job_id: None
        self.on_drop: Callable[[str, int], None] = lambda _session, _generation: None
        self.on_shutdown: Callable[[], None] = lambda: None
        self.in_flight: Callable[[], int] = lambda: 0
        self.begun: Callable[[], List[int]] = list
        """Returns the ids of the requests whose handlers have begun and that have not been answered."""
        self.stalled: Callable[[], str] = str
        """Returns why the event loop does not run, or nothing."""
        self.ready = False
        """Whether the health hook and the event loop may be asked."""
        self.ending: Callable[[], str] = str
        """Returns why the process is about to end without having been told to, or nothing."""
        self.shutdown_id = 0
        """Id of the SHUTDOWN that has come; 0 if none has."""
        self.shutdown_at = 0.0
        """When it came, in seconds of time.monotonic."""
        self.deadline: Optional[float] = None
        """Until when the pool waits for the end of this process, if it has said so, in seconds of time.monotonic."""
        self._health = health
        self._abort = abort
        self._said_bye = False

    def start(self) -> None:
        """Begins to listen."""
        threading.Thread(target=self._listen, name="fsmpool-control", daemon=True).start()

    def say_bye(self) -> None:
        """Answers the SHUTDOWN. After that the pool may vanish."""
        self._said_bye = True
        self.channel.send(head(BYE, self.shutdown_id, 0))

    def _listen(self) -> None:
        try:
            while True:
                frame = self.channel.receive()
                if frame is None:
                    break
                self._obey(frame)
        except (ProtocolError, OSError) as error:
            self._vanish(error)
        except BaseException as error:  # without this thread no probe is answered and no request is cancelled
            said = f"fsmpool: the control thread has ended: {described(error)}"
            print(traceback_of(error), said, sep="", file=sys.stderr)
        self._vanish(None)

    def _vanish(self, error: Optional[Exception]) -> None:
        if not self._said_bye:
            self._abort(error)

    def _obey(self, frame: Frame) -> None:
        if frame.type == CANCEL:
            self.on_cancel(frame.id)
        elif frame.type == PING:
            payload = json_bytes(self._report())
            self.channel.send(head(PONG, frame.id, len(payload)), payload)
        elif frame.type == DROP and not frame.id:
            for session, generation in dropped(frame):
                self.on_drop(session, generation)
        elif frame.type == SHUTDOWN:
            self._shut_down(frame)
        else:
            raise unexpected(frame.type, frame.id, "PING, CANCEL, DROP, SHUTDOWN")

    def _shut_down(self, frame: Frame) -> None:
        self.shutdown_at = time.monotonic()
        left = body("SHUTDOWN payload", frame.payload).get("deadline_ms") if frame.payload else None
        if isinstance(left, (int, float)):
            self.deadline = self.shutdown_at + left / 1000
        self.shutdown_id = frame.id
        self.on_shutdown()

    def _report(self) -> Dict[str, Any]:
        reason = (self.ending() or self.stalled() or self._unhealthy()) if self.ready else ""
        return {
            "ok": not reason,
            "reason": reason,
            "rss": _resident_bytes(),
            "in_flight": self.in_flight(),
            "begun": self.begun(),
        }

    def _unhealthy(self) -> str:
        """Returns why the worker is not healthy, or nothing."""
        if self._health is None:
            return ""
        try:
            said = self._health.function()
            if hasattr(type(said), "__await__"):
                raise TypeError("it returned an awaitable: a health hook is a plain function")
            return "" if said is None or said else one_line(f"the health hook returned {said!r}", _REASON)
        except BaseException as error:
            return one_line(typed(error), _REASON)


def dropped(frame: Frame) -> List[Tuple[str, int]]:
    """Returns the sessions that a DROP names, each with its generation."""
    try:
        named = from_json(frame.payload)
        pairs = [(session, generation) for session, generation in named]
        if type(named) is list and all(type(one) is str and type(other) is int for one, other in pairs):
            return pairs
        seen = "other types"
    except (TypeError, ValueError, RecursionError) as error:
        seen = str(error)
    raise ProtocolError("DROP payload", seen, "a JSON array of [session, generation]", frame.payload)


def _resident_bytes() -> int:
    try:
        with open("/proc/self/statm", "rb") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
