"""The numbers and names of the protocol fsm1, and the error about a frame that it does not allow."""

from __future__ import annotations

from typing import Callable, Dict, NoReturn, Optional, Union

VERSION = 1

HELLO, WELCOME, READY, REQUEST, RESPONSE, ERROR = 1, 2, 3, 4, 5, 6
CHUNK, CREDIT, CANCEL, CANCELLED = 7, 8, 9, 10
PING, PONG, LOG = 11, 12, 13
EXPORT, IMPORT, IMPORTED, SNAPSHOT = 14, 15, 16, 17
SHUTDOWN, BYE = 18, 19
DROP = 20

NAMES: Dict[int, str] = {
    HELLO: "HELLO", WELCOME: "WELCOME", READY: "READY", REQUEST: "REQUEST", RESPONSE: "RESPONSE", ERROR: "ERROR",
    CHUNK: "CHUNK", CREDIT: "CREDIT", CANCEL: "CANCEL", CANCELLED: "CANCELLED", PING: "PING", PONG: "PONG", LOG: "LOG",
    EXPORT: "EXPORT", IMPORT: "IMPORT", IMPORTED: "IMPORTED", SNAPSHOT: "SNAPSHOT", SHUTDOWN: "SHUTDOWN", BYE: "BYE",
    DROP: "DROP",
}  # fmt: skip

LAST, METADATA, SHARED = 1, 2, 4  # flags
FLAGS: Dict[int, int] = {CHUNK: LAST | METADATA, REQUEST: METADATA | SHARED, RESPONSE: METADATA | SHARED}
OTHER_FLAGS = METADATA  # of every type that FLAGS does not name

DATA_LIMIT = 64 << 20  # of a frame, until WELCOME names another one
CONTROL_LIMIT = 64 << 10
WINDOW = 256 << 10  # of a stream, unless WELCOME names another one
CHUNK_COST = 16  # credit that a chunk costs besides its payload

JSON = "application/json"
BYTES = "application/octet-stream"

Buffer = Union[bytes, bytearray, memoryview]

Abort = Callable[[Optional[Exception]], NoReturn]
"""Ends the process at once, from any thread: the pool has gone, or has sent what is not allowed."""


class ProtocolError(Exception):
    """ProtocolError says that the pool sent what the protocol does not allow."""

    def __init__(self, field: str, seen: str, allowed: str, frame: Buffer = b"") -> None:
        start = bytes(frame[:32])
        shown = f": frame starts {start.hex()} {start!r}" if start else ""
        super().__init__(f"{field}: {seen}: allowed is {allowed}{shown}")
        self.field = field


def unexpected(frame_type: int, frame_id: int, allowed: str) -> ProtocolError:
    """Returns the error about a frame that is well formed and not allowed at this moment."""
    name = NAMES.get(frame_type, f"type {frame_type}")
    return ProtocolError("frame", f"{name} with id {frame_id}", allowed)
