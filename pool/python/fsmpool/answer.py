"""Answers: the frames that end requests, ready to be sent."""

from __future__ import annotations

from typing import Any, Callable, Optional

from .errors import Cancelled
from .failure import error_payload, exception_payload, one_line, shortened
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
    """Answers makes the frames that end requests. Any thread may call it.

    The limits are bytes of a frame and of a payload.
    """

    def __init__(
        self, sessions: Sessions, codec: SessionCodec, memory: Memory, frame_limit: int, payload_limit: int
    ) -> None:
        self.payload_limit = payload_limit
        self._frame_limit = frame_limit
        self._sessions = sessions
        self._codec = codec
        self._memory = memory

    def result(self, job: Job, value: Any) -> Parts:
        """Returns the answer with what a handler returned. TypeError says that it cannot be sent."""
        meta, payload = encode_payload("the result", value)
        size = len(payload)
        if size > self.payload_limit:
            return self.error(job.id, "too_large", f"the answer has {size} bytes: the limit is {self.payload_limit}")
        if job.meta.get("checkpoint"):
            return self._checkpointed(job, self._response(job, meta, payload))
        return self._response(job, meta, payload)

    def _response(self, job: Job, meta: bytes, payload: Buffer) -> Parts:
        """Returns a RESPONSE, whose payload is in shared memory if it is large enough."""
        if self._memory.mapped:
            region = self._memory.answer(job.meta.get("slot"), payload)
            if region is not None:
                return head(RESPONSE, job.id, len(region), meta, SHARED), region
        return head(RESPONSE, job.id, len(payload), meta), payload

    def end_of_stream(self, job: Job) -> Parts:
        """Returns the last chunk of a stream."""
        return self._checkpointed(job, last_chunk(job.id))

    def failed(self, job: Job, error: BaseException) -> Parts:
        """Returns the answer with what a handler raised."""
        answer = self._error(job.id, exception_payload("handler_error", error))
        try:
            return (*self._checkpoint(job), *answer)
        except Exception:  # the handler's error says more than that of the snapshot
            return answer

    def cancelled(self, job: Job) -> Parts:
        """Returns the answer that the handler was stopped, or was never called."""
        return (head(CANCELLED, job.id, 0, b"" if job.begun else _NOT_BEGUN),)

    def refused(self, job_id: int, refusal: Refusal) -> Parts:
        """Returns the answer that no handler has run, and why."""
        return self.error(job_id, refusal.kind, str(refusal))

    def error(self, job_id: int, kind: str, message: str) -> Parts:
        """Returns an ERROR with a message of this package."""
        return self._error(job_id, error_payload(kind, message))

    def _error(self, job_id: int, payload: bytes) -> Parts:
        """Returns an ERROR, with less in it if it would be larger than a frame may be."""
        if FIXED + len(payload) > self._frame_limit:
            payload = shortened(payload)
        return head(ERROR, job_id, len(payload)), payload

    # Sessions

    def _checkpointed(self, job: Job, answer: Parts) -> Parts:
        """Puts the snapshot of a session before the answer, or the reason in place of both if there is none."""
        try:
            return (*self._checkpoint(job), *answer)
        except NotExportable as error:
            return self.error(job.id, "not_exportable", str(error))

    def _checkpoint(self, job: Job) -> Parts:
        """Returns the snapshot that a request asks for, nothing if the pool has the same one."""
        if not job.meta.get("checkpoint") or not job.frame.session:
            return ()
        session = session_of(job, self._sessions)
        known = session.current
        snapshot = self._snapshot(job.id, session, *self._codec.pack(session.state))
        return () if session.current == known else snapshot

    def _snapshot(self, frame_id: int, session: Session, meta: bytes, payload: Buffer) -> Parts:
        """Returns a SNAPSHOT, and notes that the pool has it."""
        if len(payload) > self.payload_limit:
            raise NotExportable(f"the session has {len(payload)} bytes: the limit is {self.payload_limit}")
        session.current = digest(payload)
        return head(SNAPSHOT, frame_id, len(payload), explicit(meta)), payload

    def session_request(self, job: Job, call: Callable[..., Any]) -> Parts:
        """Returns the answer to an EXPORT or an IMPORT.

        call is that of a Gate: the author's hook can be cancelled, and then nothing has changed here.
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
            return self.error(frame.id, "not_exportable", str(error))
        except NotImportable as error:
            return self.error(frame.id, "not_importable", str(error))
        except BaseException as error:
            if isinstance(error, Cancelled) and job.cancelled:
                return self.cancelled(job)
            return self._error(frame.id, exception_payload("handler_error", error))

    def _exported(self, job: Job, call: Callable[..., Any], name: str, generation: int, drop: bool) -> Parts:
        """Returns the answer to an EXPORT."""
        session = self._sessions.find(name, generation)
        if session is None:
            shown = one_line(repr(name), _NAME)
            return self.error(job.id, "no_session", f"no session {shown} of generation {generation} is here")
        snapshot = self._snapshot(job.id, session, *call(job, self._codec.pack, session.state))
        if drop:
            self._sessions.drop(name)
        return snapshot

    def _imported(self, frame: Frame, name: str, session: Session) -> Parts:
        """Keeps the session of an IMPORT, and returns the answer."""
        session.current = digest(frame.payload)
        self._sessions.put(name, session)
        return (head(IMPORTED, frame.id, 0),)


def session_name(frame: Frame) -> Optional[str]:
    """Returns the session that an EXPORT or an IMPORT is about."""
    meta = body("metadata", frame.meta) if frame.meta else {}
    return meta.get("session")
