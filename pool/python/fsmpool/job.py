"""Jobs: one request each, from its frame to its answer."""

from __future__ import annotations

import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Callable, Dict, Optional, Protocol, TypeVar

from .command import Command
from .failure import one_line
from .frame import Frame
from .payload import body, decode_payload, from_json
from .protocol import JSON, SHARED, Buffer
from .session import Session, Sessions
from .shared import Memory
from .stream import Flow

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")

_NAME = 200  # bytes of a name in a message
_KNOWN = 2000  # bytes of all names in a message
_NOTHING: Dict[str, Any] = {}

SESSION_REQUEST = Command(lambda _args: None)
"""The command of an EXPORT or an IMPORT, which have no handler."""


class Refusal(Exception):
    """Refusal says why a request reaches no handler."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Cancellation(Protocol):
    """Cancellation is the part of a gate that other threads, and code that a handler calls, may use. See gate.Gate."""

    def cancel(self, job_id: int) -> None:
        """Cancels the job with that id, from another thread."""

    def shielded(self, job: "Job", function: Callable[..., T], *args: Any) -> T:
        """Calls function, in which no Cancelled is raised."""
        raise NotImplementedError


class Cancellable(Protocol):
    """Cancellable is what a thread waits for that another thread may cancel."""

    def cancel(self) -> None:
        """Cancels it, from any thread."""


class Job:
    """Job is one request while it is served.

    What most requests never need is on the class, which makes a job cheap.
    """

    deadline: Optional[float] = None  # until when the caller waits, in seconds of time.monotonic
    streams = False  # whether there are chunks in any direction
    session: Optional[Session] = None  # set once the handler or a checkpoint has asked for it
    flow: Optional[Flow] = None  # of a request that streams
    inbox: Any = None  # queue of CHUNK and CREDIT from the reading thread, unless that one runs the job
    gate: Optional[Cancellation] = None  # of the thread that runs the job
    task: "Optional[asyncio.Task[None]]" = None  # runs the job on the event loop
    awaited: Optional[Cancellable] = None  # runs on the event loop while the thread of the job waits for it
    queue = ""  # name of the session, whose jobs run one after the other
    begun = False  # whether the handler may have been called
    answered = False  # whether the answer has been sent, or is about to be
    cancelled = False  # whether the caller has gone
    exit_error: Optional[BaseException] = None  # raised by the handler to end the process

    def __init__(self, frame: Frame, command: Command, args: Any) -> None:
        self.id = frame.id
        self.frame = frame
        self.command = command
        self.args = args
        self.meta = _NOTHING


class Current:
    """Current tells which job the running code belongs to."""

    def __init__(self) -> None:
        self.concurrent: ContextVar[Optional[Job]] = ContextVar("fsmpool", default=None)
        """The job of a thread, or of a task. A copy of the context of a handler holds the job, too."""

    def get(self) -> Optional[Job]:
        """Returns the job, if there is one."""
        return self.concurrent.get()


current = Current()


class RequestDecoder:
    """RequestDecoder makes jobs of REQUEST frames."""

    def __init__(self, commands: Dict[str, Command], memory: Memory) -> None:
        self._commands = commands
        self._memory = memory

    def decode(self, frame: Frame) -> Job:
        """Returns the job, or raises a Refusal."""
        command = self._commands.get(frame.command)
        if command is None:
            known = one_line(", ".join(sorted(self._commands)) or "none", _KNOWN)
            raise Refusal("unknown_command", f"no command {one_line(repr(frame.command), _NAME)}: known are {known}")
        payload = self._memory.request(frame.payload) if frame.flags & SHARED else frame.payload
        try:
            if frame.meta:
                return self._with_metadata(frame, command, payload)
            return Job(frame, command, from_json(payload) if payload else None)
        except (ValueError, RecursionError) as error:
            raise Refusal("bad_request", f"payload is not JSON: {error}") from None

    def _with_metadata(self, frame: Frame, command: Command, payload: Buffer) -> Job:
        """Returns the job of a frame that has metadata."""
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
