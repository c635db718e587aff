"""The control connection: a thread that is always awake."""

from __future__ import annotations

import os
import threading
from typing import Any, Callable, Dict, NoReturn, Optional

from .channel import Channel
from .command import Hook
from .failure import words
from .frame import Frame, head
from .payload import json_bytes
from .protocol import BYE, CANCEL, PING, PONG, SHUTDOWN, ProtocolError, unexpected

Abort = Callable[[Optional[Exception]], NoReturn]
"""Ends the process: the pool has gone, or has sent what it must not."""

_REASON = 1000  # characters of a reason that are sent


class Control:
    """Answers probes, passes on cancellations and the order to stop, and sees the pool vanish."""

    def __init__(self, channel: Channel, health: Optional[Hook], abort: Abort) -> None:
        self.channel = channel
        self.on_cancel: Callable[[int], None] = lambda _job_id: None
        self.on_shutdown: Callable[[], None] = lambda: None
        self.in_flight: Callable[[], int] = lambda: 0
        self.ready = False
        """Whether the health hook may be asked."""
        self.shutdown_id = 0
        """Id of the SHUTDOWN that has come; 0 if none has."""
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
        elif frame.type == SHUTDOWN:
            self.shutdown_id = frame.id
            self.on_shutdown()
        else:
            raise unexpected(frame.type, frame.id, "PING, CANCEL, SHUTDOWN")

    def _report(self) -> Dict[str, Any]:
        reason = self._unhealthy() if self.ready else ""
        return {"ok": not reason, "reason": reason, "rss": _resident_bytes(), "in_flight": self.in_flight()}

    def _unhealthy(self) -> str:
        """Returns why the worker is not healthy, or nothing."""
        if self._health is None:
            return ""
        try:
            said = self._health.function()
        except BaseException as error:
            return f"{type(error).__name__}: {words(error)}"[:_REASON]
        return "" if said is None or said else f"the health hook returned {said!r}"[:_REASON]


def _resident_bytes() -> int:
    try:
        with open("/proc/self/statm", "rb") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
