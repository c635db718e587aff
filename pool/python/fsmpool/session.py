"""Sessions: state that is kept from request to request, and its snapshots, which move it to other workers."""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from typing import Any, Callable, Dict, Optional

from .command import Hook, ImportHook
from .failure import one_line
from .payload import decode_payload, encode_payload, marked
from .protocol import BYTES, JSON, Buffer
from .roundtrip import difference, renamed_key

_NAME = 200  # bytes of the name of a hook
_HINT = ": @worker.export_session says what to make of it"
_HOOK_HINT = ": an export_session hook returns bytes or JSON, with keys that are strings"


class NotExportable(Exception):
    """NotExportable says why the state of a session cannot be made a snapshot."""


class NotImportable(Exception):
    """A snapshot has a form that this worker does not know, and why."""


class Session:
    """Session is the state of one session, which belongs to one generation of it."""

    __slots__ = ("generation", "state", "current")

    def __init__(self, generation: int, state: Any) -> None:
        self.generation = generation
        self.state = state
        self.current = b""
        """Digest of the last snapshot that the pool has, empty if it has none."""


class Sessions:
    """Sessions keeps up to limit sessions, and forgets the one that was used least recently. Any thread may use it."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, name: str, generation: int) -> Session:
        """Returns the session: with an empty dict if it is new or bound anew."""
        with self._lock:
            session = self._sessions.get(name)
            if session is None or session.generation != generation:
                session = Session(generation, {})
                self._keep(name, session)
            self._sessions.move_to_end(name)
            return session

    def find(self, name: str, generation: int) -> Optional[Session]:
        """Returns the session if it is here and of that generation."""
        with self._lock:
            session = self._sessions.get(name)
            return session if session is not None and session.generation == generation else None

    def put(self, name: str, session: Session) -> None:
        """Keeps a session that came from elsewhere, in place of what there was."""
        with self._lock:
            self._keep(name, session)

    def drop(self, name: str) -> None:
        """Forgets a session that lives on elsewhere."""
        with self._lock:
            self._sessions.pop(name, None)

    def forget(self, name: str, generation: int) -> None:
        """Forgets a session of that generation or an older one: a request that has the state keeps it to its end."""
        with self._lock:
            session = self._sessions.get(name)
            if session is not None and session.generation <= generation:
                del self._sessions[name]

    def _keep(self, name: str, session: Session) -> None:
        """Keeps a session, and forgets another one if there are too many. The caller holds the lock."""
        self._sessions[name] = session
        if len(self._sessions) > self._limit:
            forgotten, _ = self._sessions.popitem(last=False)
            name = one_line(repr(forgotten), 200)
            print(f"fsmpool: session {name} forgotten: the limit is {self._limit} sessions", file=sys.stderr)


class SessionCodec:
    """SessionCodec makes snapshots of states, and states of snapshots, by the hooks of the author if there are any."""

    def __init__(self, hooks: Dict[str, Hook]) -> None:
        self._export = hooks.get("export_session")
        hook = hooks.get("import_session")
        assert hook is None or isinstance(hook, ImportHook)
        self._import = hook
        self._name = one_line(self._export.name, _NAME) if self._export is not None else ""
        self._metas: Dict[bytes, bytes] = {}

    def pack(self, state: Any) -> "tuple[bytes, Buffer]":
        """Returns the metadata and the payload of a snapshot, which unpack makes the same value of.

        Raises NotExportable with the first difference if it would not be the same, or what the hook raises.
        """
        if self._export is None:
            return _packed("state", state, _HINT, difference)
        snapshot = self._export.function(state)
        if isinstance(snapshot, (bytearray, memoryview)):
            snapshot = bytes(snapshot)
        meta, payload = _packed("what export_session returned", snapshot, _HOOK_HINT, renamed_key)
        if meta not in self._metas:
            self._metas[meta] = marked(meta, exported_by=self._name)
        return self._metas[meta], payload

    def unpack(self, content_type: str, payload: Buffer, version: Optional[str] = None, exported_by: str = "") -> Any:
        """Returns the state of a snapshot. What the hook raises, ValueError or NotImportable.

        version is the label of the version of the worker's code that wrote it; None if that is not known. exported_by is the
        export hook that wrote it, empty for the state as it is: only an import hook can know the form that a hook chose.
        """
        snapshot = decode_payload(content_type, payload)
        if self._import is not None:
            return self._import.restore(snapshot, version)
        if exported_by:
            raise NotImportable(f"the export hook {exported_by} wrote it: needs an @worker.import_session that reads its form")
        if content_type not in (JSON, BYTES):
            needs = "needs an @worker.import_session: allowed without is JSON or bytes"
            raise ValueError(f"a snapshot of {content_type} {needs}")
        return snapshot


def _packed(name: str, value: Any, hint: str, compare: Callable[[Any, Any, str], str]) -> "tuple[bytes, Buffer]":
    """Returns the metadata and the payload of a value; NotExportable if compare finds a difference."""
    try:
        meta, payload = encode_payload(name, value)
        lost = compare(value, decode_payload(BYTES if meta else JSON, payload), name)
    except (TypeError, ValueError) as error:
        raise NotExportable(f"{error}{hint}") from error
    except RuntimeError as error:  # of an iteration, or RecursionError: JSON that can be written, and not be read
        raise NotExportable(f"{name} is nested too deeply, or changes while it is exported: {error}{hint}") from error
    if lost:
        raise NotExportable(f"{lost}{hint}")
    return meta, payload


def digest(payload: Buffer) -> bytes:
    """Returns a hash that differs between two snapshots that differ."""
    import hashlib  # takes longer to import than the rest of this module, and is only needed for checkpoints

    return hashlib.blake2b(payload, digest_size=16).digest()
