"""The control connection, and the thread that reads it."""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import Any, Callable, Dict, List, Optional, Protocol, Tuple

from .channel import Channel
from .command import Hook
from .failure import one_line, summary, traceback_of, type_and_text
from .frame import Frame, head
from .payload import body, from_json, json_bytes
from .protocol import BYE, CANCEL, DROP, PING, PONG, SHUTDOWN, Abort, ProtocolError, unexpected
from .session import Sessions

_REASON = 1000  # bytes of a reason that are sent
_SETTLED = 0.5  # seconds after SHUTDOWN: a SIGTERM before that went to the pool and all its workers alike


class Requests(Protocol):
    """Requests is the part of Serial and of Parallel that the control thread calls."""

    @property
    def in_flight(self) -> int:
        """How many requests have been read and not been answered."""
        ...

    def begun(self) -> List[int]:
        """Returns the ids of the requests whose handlers have begun and that have not been answered."""
        ...

    def cancel(self, job_id: int) -> None:
        """Cancels a request, also one that has not been read yet."""

    def stop(self) -> None:
        """Ends serving when all that has arrived is answered."""


class Control:
    """Control answers probes, passes on CANCEL, DROP and SHUTDOWN, and ends the process when the pool has gone.

    unfit returns why this package cannot serve any more, or nothing; it is called after ready, as the health hook is.
    """

    def __init__(
        self,
        channel: Channel,
        requests: Requests,
        sessions: Sessions,
        health: Optional[Hook],
        unfit: Callable[[], str],
        abort: Abort,
    ) -> None:
        self.shutdown_id = 0
        """Id of the SHUTDOWN that has come; 0 if none has."""
        self.deadline: Optional[float] = None
        """Until when the pool waits for the end of this process, in seconds of time.monotonic; None if not known."""
        self._channel = channel
        self._requests = requests
        self._sessions = sessions
        self._health = health
        self._unfit = unfit
        self._abort = abort
        self._ready = False  # whether the health hook and unfit may be called
        self._shutdown_at = 0.0  # when the SHUTDOWN came, in seconds of time.monotonic
        self._sent_bye = False

    def start(self) -> None:
        """Starts the thread."""
        threading.Thread(target=self._listen, name="fsmpool-control", daemon=True).start()

    def ready(self) -> None:
        """Lets probes ask for the health of the worker from now on."""
        self._ready = True

    def idle_after_shutdown(self) -> bool:
        """Whether the worker was told to stop, has answered everything, and has had the time to end by itself."""
        if not self.shutdown_id or self._requests.in_flight:
            return False
        return time.monotonic() - self._shutdown_at >= _SETTLED

    def send_bye(self) -> None:
        """Answers the SHUTDOWN. After that the connection may end."""
        self._sent_bye = True
        self._channel.send(head(BYE, self.shutdown_id, 0))

    def _listen(self) -> None:
        """Reads frames, on the thread, until the connection ends."""
        try:
            while True:
                frame = self._channel.receive()
                if frame is None:
                    break
                self._take(frame)
        except (ProtocolError, OSError) as error:
            self._pool_gone(error)
        except BaseException as error:  # without this thread no probe is answered and no request is cancelled
            message = f"fsmpool: the control thread has ended: {summary(error)}"
            print(traceback_of(error), message, sep="", file=sys.stderr)
        self._pool_gone(None)

    def _pool_gone(self, error: Optional[Exception]) -> None:
        """Ends the process because of the end of the connection, unless the BYE was sent."""
        if not self._sent_bye:
            self._abort(error)

    def _take(self, frame: Frame) -> None:
        """Does what a frame asks for."""
        if frame.type == CANCEL:
            self._requests.cancel(frame.id)
        elif frame.type == PING:
            payload = json_bytes(self._report())
            self._channel.send(head(PONG, frame.id, len(payload)), payload)
        elif frame.type == DROP and not frame.id:
            for session, generation in dropped(frame):
                self._sessions.forget(session, generation)
        elif frame.type == SHUTDOWN:
            self._shut_down(frame)
        else:
            raise unexpected(frame.type, frame.id, "PING, CANCEL, DROP, SHUTDOWN")

    def _shut_down(self, frame: Frame) -> None:
        """Takes a SHUTDOWN, which may say for how long the pool waits."""
        self._shutdown_at = time.monotonic()
        left = body("SHUTDOWN payload", frame.payload).get("deadline_ms") if frame.payload else None
        if isinstance(left, (int, float)):
            self.deadline = self._shutdown_at + left / 1000
        self.shutdown_id = frame.id
        self._requests.stop()

    def _report(self) -> Dict[str, Any]:
        """Returns the payload of a PONG."""
        reason = (self._unfit() or self._unhealthy()) if self._ready else ""
        return {
            "ok": not reason,
            "reason": reason,
            "rss": _resident_bytes(),
            "in_flight": self._requests.in_flight,
            "begun": self._requests.begun(),
        }

    def _unhealthy(self) -> str:
        """Returns why the worker is not healthy, or nothing."""
        if self._health is None:
            return ""
        try:
            result = self._health.function()
            if hasattr(type(result), "__await__"):
                raise TypeError("it returned an awaitable: a health hook is a plain function")
            return "" if result is None or result else one_line(f"the health hook returned {result!r}", _REASON)
        except BaseException as error:
            return one_line(type_and_text(error), _REASON)


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
    """Returns how much memory the process has, 0 where that is not known."""
    try:
        with open("/proc/self/statm", "rb") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
