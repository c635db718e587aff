"""Frames and their bytes. This module does no input or output."""

from __future__ import annotations

import struct
from typing import Dict, NamedTuple, Tuple, Union

from .protocol import (
    CREDIT, FLAGS, METADATA, NAMES, OTHER_FLAGS, REQUEST, SHARED, Buffer, ProtocolError,
)  # fmt: skip

LENGTH = struct.Struct(">I")
HEAD = struct.Struct(">IHHQ")  # length, type and flags, reserved, id
SHORT = struct.Struct(">H")
LONG = struct.Struct(">Q")
REGION = struct.Struct(">IQ")  # slot and length: where in shared memory a payload is
Raw = Union[bytes, bytearray]

_LARGE = 8 << 10  # from here on a view of a frame costs less than a copy of its payload
_COMMANDS = 1000  # that are remembered
FIXED = HEAD.size - LENGTH.size  # the least that a length says

_LEGAL = frozenset(
    kind << 8 | flags for kind in NAMES for flags in range(8) if not flags & ~FLAGS.get(kind, OTHER_FLAGS)
)


class Frame(NamedTuple):
    """Frame is one message. command, session and generation exist in a REQUEST only; flags are LAST and SHARED."""

    type: int
    id: int
    command: str = ""
    session: str = ""
    generation: int = 0
    meta: bytes = b""
    payload: Buffer = b""
    flags: int = 0


def head(frame_type: int, frame_id: int, size: int, meta: bytes = b"", flags: int = 0) -> bytes:
    """Returns what comes before a payload of that many bytes, in a frame of any type but REQUEST."""
    if not meta:
        return HEAD.pack(FIXED + size, frame_type << 8 | flags, 0, frame_id)
    size += FIXED + SHORT.size + len(meta)
    return HEAD.pack(size, frame_type << 8 | flags | METADATA, 0, frame_id) + SHORT.pack(len(meta)) + meta


def encode(frame: Frame) -> bytes:
    """Returns the bytes of a frame."""
    if frame.type != REQUEST:
        return head(frame.type, frame.id, len(frame.payload), frame.meta, frame.flags) + frame.payload
    body = _prefixed(frame.command.encode()) + _prefixed(frame.session.encode()) + LONG.pack(frame.generation)
    if frame.meta:
        body += _prefixed(frame.meta)
    flags = frame.flags | (METADATA if frame.meta else 0)
    size = FIXED + len(body) + len(frame.payload)
    return HEAD.pack(size, frame.type << 8 | flags, 0, frame.id) + body + frame.payload


def _prefixed(text: bytes) -> bytes:
    """Returns a field with its length before it."""
    return SHORT.pack(len(text)) + text


def check_fixed(frame: Buffer, begin: int = 0) -> Tuple[int, int, int]:
    """Checks the head of a frame. Returns its length, its type and flags, its id."""
    length, kind, reserved, frame_id = HEAD.unpack_from(frame, begin)
    if kind not in _LEGAL or reserved or length < FIXED:
        raise _illegal(bytes(frame[begin : begin + 32]))
    return length, kind, frame_id


def check_start(frame: Buffer) -> None:
    """Checks as much of a head as has arrived: text that was printed to the connection may be shorter than a head."""
    padded = bytes(frame[: HEAD.size])
    if len(padded) >= LENGTH.size:
        check_fixed(padded + HEAD.pack(FIXED, REQUEST << 8, 0, 0)[len(padded) :])


def _illegal(frame: bytes) -> ProtocolError:
    """Returns what is wrong with the head of a frame."""
    length, kind, reserved, _ = HEAD.unpack_from(frame)
    kind, flags = divmod(kind, 256)
    if length < FIXED:
        return ProtocolError("length", str(length), f"{FIXED} or more", frame)
    if kind not in NAMES:
        return ProtocolError("type", str(kind), ", ".join(f"{name} {number}" for number, name in NAMES.items()), frame)
    allowed = FLAGS.get(kind, OTHER_FLAGS)
    if flags & ~allowed:
        return ProtocolError("flags", f"0x{flags:02x} on {NAMES[kind]}", f"a part of 0x{allowed:02x}", frame)
    return ProtocolError("reserved", f"{reserved:04x}", "0000", frame)


def decode(kind: int, frame_id: int, frame: Raw) -> Frame:
    """Returns the frame of the given bytes, its length included. check_fixed has returned the other two.

    The payload of a large frame is a view of the bytes, which stay in memory as long as the payload does.
    """
    flags = kind & 0xFF
    kind >>= 8
    at = HEAD.size
    command, session, generation, meta = "", "", 0, b""
    if kind == REQUEST:
        command, session, generation, at = _names(frame, at)
    if flags:
        if flags & METADATA:
            meta, at = _metadata(frame, at)
        if flags & SHARED and len(frame) - at != REGION.size:
            raise ProtocolError("shared", f"{len(frame) - at} bytes", str(REGION.size), frame)
        flags &= ~METADATA
    if kind == CREDIT and len(frame) - at != LENGTH.size:
        raise ProtocolError("credit", f"{len(frame) - at} bytes", str(LENGTH.size), frame)
    payload = frame[at:] if len(frame) < _LARGE else memoryview(frame)[at:]
    return _new(Frame, (kind, frame_id, command, session, generation, meta, payload, flags))


_new = tuple.__new__  # does what Frame() does, in half the time


# Commands by the bytes of the names in a REQUEST that belongs to no session: there are few of them.
_plain: Dict[Raw, str] = {}


def _names(frame: Raw, at: int) -> Tuple[str, str, int, int]:
    """Returns command, session and generation of a REQUEST, and where they end."""
    try:
        middle = at + SHORT.size + SHORT.unpack_from(frame, at)[0]
        last = middle + SHORT.size + LONG.size
        plain = bytes(frame[at:last])
        command = _plain.get(plain)
        if command is not None:
            return command, "", 0, last
        command = frame[at + SHORT.size : middle].decode()
        last = middle + SHORT.size + SHORT.unpack_from(frame, middle)[0]
        session = frame[middle + SHORT.size : last].decode()
        generation = LONG.unpack_from(frame, last)[0]
    except (struct.error, UnicodeDecodeError):
        raise _misnamed(frame, at) from None
    if not session and not generation and len(_plain) < _COMMANDS:
        _plain[plain] = command
    return command, session, generation, last + LONG.size


def _misnamed(frame: Raw, at: int) -> ProtocolError:
    """Returns what is wrong with the names of a REQUEST."""
    for field in "command", "session":
        try:
            text, at = _field(frame, at, field)
        except ProtocolError as error:
            return error
        try:
            text.decode()
        except UnicodeDecodeError:
            return ProtocolError(field, repr(bytes(text)), "valid UTF-8", frame)
    return _overrun(frame, at, LONG.size, "generation")


def _metadata(frame: Raw, at: int) -> Tuple[bytes, int]:
    """Returns the metadata, and where it ends."""
    text, at = _field(frame, at, "metadata")
    if not text:
        raise ProtocolError("metadata", "0 bytes", "1 or more when the flag is set", frame)
    return bytes(text), at


def _field(frame: Raw, at: int, field: str) -> Tuple[Raw, int]:
    """Returns the bytes that stand behind their length, and where they end."""
    begin = at + SHORT.size
    if begin > len(frame):
        raise _overrun(frame, at, SHORT.size, field)
    size = SHORT.unpack_from(frame, at)[0]
    if begin + size > len(frame):
        raise _overrun(frame, begin, size, field)
    return frame[begin : begin + size], begin + size


def _overrun(frame: Raw, at: int, size: int, field: str) -> ProtocolError:
    """Returns the error about a field that is longer than its frame."""
    left = len(frame) - at
    return ProtocolError(field, f"{size} bytes where {left} are left", "what the length holds", frame)
