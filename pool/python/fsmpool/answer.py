"""What ends a request, ready to be sent."""

from __future__ import annotations

from typing import Any, Callable, Optional

from .errors import Cancelled
from .failure import one_line, raised, shortened, told
from .frame import FIXED, Frame, head
from .job import Job, Refusal, session_of
from .payload import body, encode_payload, explicit, json_bytes, label
from .protocol import CANCELLED, ERROR, EXPORT, IMPORTED, JSON, RESPONSE, SHARED, SNAPSHOT, Buffer
from .session import NotExportable, NotImportable, SessionCodec, Session, Sessions, digest
from .shared import Memory
from .stream import Parts, last_chunk

_NAME = 200  # bytes of a name in a message
_NOT_BEGUN = json_bytes({"begun": False})


class Answers:
    """Makes the frames that end requests. Any thread may ask."""

    def __init__(self, sessions: Sessions, codec: SessionCodec, memory: Memory) -> None:
        self.frame_limit = 0
        """The largest frame."""
        self.payload_limit = 0
        """The largest payload."""
        self._sessions = sessions
        self._codec = codec
        self._memory = memory

    def result(self, job: Job, value: Any) -> Parts:
        """Returns what a handler returned. TypeError says that it cannot be sent."""
        meta, payload = encode_payload("the result", value)
        size = len(payload)
        if size > self.payload_limit:
            return self.told(job.id, "too_large", f"the answer has {size} bytes: the limit is {self.payload_limit}")
        if job.meta.get("checkpoint"):
            return self._checkpointed(job, self._response(job, meta, payload))
        return self._response(job, meta, payload)

    def _response(self, job: Job, meta: bytes, payload: Buffer) -> Parts:
        if self._memory.mapped:
            region = self._memory.answer(job.meta.get("slot"), payload)
            if region is not None:
                return head(RESPONSE, job.id, len(region), meta, SHARED), region
        return head(RESPONSE, job.id, len(payload), meta), payload

    def end_of_stream(self, job: Job) -> Parts:
        """Returns the last chunk of a stream."""
        return self._checkpointed(job, last_chunk(job.id))

    def failed(self, job: Job, error: BaseException) -> Parts:
        """Returns what a handler raised."""
        answer = self._error(job.id, raised("handler_error", error))
        try:
            return (*self._checkpoint(job), *answer)
        except Exception:  # the handler's error says more than that of the snapshot
            return answer

    def cancelled(self, job: Job) -> Parts:
        """Returns that the handler was stopped, or was never called."""
        return (head(CANCELLED, job.id, 0, b"" if job.begun else _NOT_BEGUN),)

    def refused(self, job_id: int, refusal: Refusal) -> Parts:
        """Returns why no handler has run."""
        return self.told(job_id, refusal.kind, str(refusal))

    def told(self, job_id: int, kind: str, message: str) -> Parts:
        """Returns an ERROR in words of this package."""
        return self._error(job_id, told(kind, message))

    def _error(self, job_id: int, payload: bytes) -> Parts:
        if FIXED + len(payload) > self.frame_limit:
            payload = shortened(payload)
        return head(ERROR, job_id, len(payload)), payload

    # Sessions

    def _checkpointed(self, job: Job, answer: Parts) -> Parts:
        """Puts the snapshot of a session before the answer, or the reason in place of both if there is none."""
        try:
            return (*self._checkpoint(job), *answer)
        except NotExportable as error:
            return self.told(job.id, "not_exportable", str(error))

    def _checkpoint(self, job: Job) -> Parts:
        """Returns the snapshot that a request asks for, unless the pool has it."""
        if not job.meta.get("checkpoint") or not job.frame.session:
            return ()
        session = session_of(job, self._sessions)
        known = session.current
        snapshot = self._snapshot(job.id, session, *self._codec.pack(session.state))
        return () if session.current == known else snapshot

    def _snapshot(self, frame_id: int, session: Session, meta: bytes, payload: Buffer) -> Parts:
        if len(payload) > self.payload_limit:
            raise NotExportable(f"the session has {len(payload)} bytes: the limit is {self.payload_limit}")
        session.current = digest(payload)
        return head(SNAPSHOT, frame_id, len(payload), explicit(meta)), payload

    def errand(self, job: Job, call: Callable[..., Any]) -> Parts:
        """Returns what an EXPORT or an IMPORT comes to.

        call is that of a Gate: what the author's hook does can be cancelled, and then nothing has changed here.
        """
        frame = job.frame
        meta = body("metadata", frame.meta) if frame.meta else {}
        name, generation = str(meta.get("session", "")), int(meta.get("generation", 0))
        try:
            if frame.type == EXPORT:
                return self._exported(job, call, name, generation, bool(meta.get("drop")))
            writer = one_line(str(meta.get("exported_by") or ""), _NAME)
            state = call(job, self._codec.unpack, meta.get("content_type", JSON), frame.payload, label(meta), writer)
            return self._imported(frame, name, Session(generation, state))
        except NotExportable as error:
            return self.told(frame.id, "not_exportable", str(error))
        except NotImportable as error:
            return self.told(frame.id, "not_importable", str(error))
        except BaseException as error:
            if isinstance(error, Cancelled) and job.cancelled:
                return self.cancelled(job)
            return self._error(frame.id, raised("handler_error", error))

    def _exported(self, job: Job, call: Callable[..., Any], name: str, generation: int, drop: bool) -> Parts:
        session = self._sessions.find(name, generation)
        if session is None:
            shown = one_line(repr(name), _NAME)
            return self.told(job.id, "no_session", f"no session {shown} of generation {generation} is here")
        snapshot = self._snapshot(job.id, session, *call(job, self._codec.pack, session.state))
        if drop:
            self._sessions.drop(name)
        return snapshot

    def _imported(self, frame: Frame, name: str, session: Session) -> Parts:
        session.current = digest(frame.payload)
        self._sessions.put(name, session)
        return (head(IMPORTED, frame.id, 0),)


def session_name(frame: Frame) -> Optional[str]:
    """Returns the session that an EXPORT or an IMPORT is about."""
    meta = body("metadata", frame.meta) if frame.meta else {}
    return meta.get("session")
