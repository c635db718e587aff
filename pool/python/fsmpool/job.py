"""Jobs: one request each, from its frame to its answer."""

from __future__ import annotations

import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Dict, Optional

from .command import Command
from .failure import one_line
from .frame import Frame
from .payload import body, decode_payload, from_json
from .protocol import JSON, SHARED, Buffer
from .session import Session, Sessions

if TYPE_CHECKING:
    import asyncio

    from .eventloop import Awaited
    from .gate import Gate
    from .shared import Memory
    from .stream import Flow

_NAME = 200  # bytes of a name in a message
_KNOWN = 2000  # bytes of all names in a message
_NOTHING: Dict[str, Any] = {}

ERRAND = Command(lambda _args: None)
"""In place of a handler, of an EXPORT or an IMPORT."""


class Refusal(Exception):
    """A request that no handler will see."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Job:
    """One request while it is served."""

    # What most requests never need is on the class.
    deadline: Optional[float] = None
    streams = False
    """Whether there are chunks in any direction."""
    session: Optional[Session] = None
    """Set once the handler or a checkpoint has asked for it."""
    flow: Optional[Flow] = None
    """Of a request that streams."""
    inbox: Any = None
    """What the reading thread has for such a request, unless that is the one that runs it."""
    gate: Optional[Gate] = None
    """Of the thread that runs it."""
    task: "Optional[asyncio.Task[None]]" = None
    """That runs it."""
    awaited: Optional[Awaited] = None
    """What its thread waits for: it runs on the event loop."""
    line = ""
    """Of the session, in which it waits for its turn."""
    begun = False
    """Whether its handler may have been called."""
    answered = False
    cancelled = False
    left: Optional[BaseException] = None
    """What the handler raised to end the process."""

    def __init__(self, frame: Frame, command: Command, args: Any) -> None:
        self.id = frame.id
        self.frame = frame
        self.command = command
        self.args = args
        self.meta = _NOTHING


class Current:
    """Which job the running code belongs to."""

    def __init__(self) -> None:
        self.concurrent: ContextVar[Optional[Job]] = ContextVar("fsmpool", default=None)
        """The job of a thread, or of a task. What copies the context of a handler copies the job with it."""

    def get(self) -> Optional[Job]:
        """Returns the job, if there is one."""
        return self.concurrent.get()


current = Current()


class Intake:
    """Makes jobs of REQUEST frames."""

    def __init__(self, commands: Dict[str, Command], memory: "Memory") -> None:
        self._commands = commands
        self._memory = memory

    def job(self, frame: Frame) -> Job:
        """Returns the job, or raises a Refusal."""
        command = self._commands.get(frame.command)
        if command is None:
            known = one_line(", ".join(sorted(self._commands)) or "none", _KNOWN)
            raise Refusal("unknown_command", f"no command {one_line(repr(frame.command), _NAME)}: known are {known}")
        payload = self._memory.request(frame.payload) if frame.flags & SHARED else frame.payload
        try:
            if frame.meta:
                return self._described(frame, command, payload)
            return Job(frame, command, from_json(payload) if payload else None)
        except (ValueError, RecursionError) as error:
            raise Refusal("bad_request", f"payload is not JSON: {error}") from None

    def _described(self, frame: Frame, command: Command, payload: Buffer) -> Job:
        """Returns a job that has metadata."""
        meta = body("metadata", frame.meta)
        job = Job(frame, command, decode_payload(meta.get("content_type", JSON), payload))
        job.meta = meta
        job.streams = bool(meta.get("stream") or meta.get("chunks"))
        left = meta.get("deadline_ms")
        if left:
            job.deadline = time.monotonic() + left / 1000
        return job


def session_of(job: Job, sessions: Sessions) -> Session:
    """Returns the session of a job, the same one until the job ends."""
    if job.session is None:
        if job.frame.session:
            job.session = sessions.get(job.frame.session, job.frame.generation)
        else:
            job.session = Session(0, {})
    return job.session
