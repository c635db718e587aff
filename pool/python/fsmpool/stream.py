"""Streams of a request: chunks and credit in both directions. This module does no input or output."""

from __future__ import annotations

from collections import deque
from typing import Any, Deque, List, Optional, Tuple

from .frame import LENGTH, Frame, head
from .payload import body, decode_payload, encode_payload
from .protocol import CHUNK, CHUNK_COST, CREDIT, JSON, LAST, Buffer

Parts = Tuple[Buffer, ...]
"""The bytes of one or more frames, to be sent together."""


class Flow:
    """Flow is the state of the two streams of one request. A sender may send while its credit is positive."""

    def __init__(self, job_id: int, window: int, incoming: bool, limit: int) -> None:
        self._id = job_id
        self._window = window
        self._limit = limit
        self._credit = window  # for what is sent
        self._kind: Optional[bytes] = None  # metadata of the first chunk that was sent
        self._arrived: Deque[Frame] = deque()
        self._content_type = ""  # of what arrives, once something has
        self._open = incoming
        self._consumed = 0  # what has not been given back as credit

    def accept(self, frame: Frame) -> None:
        """Takes in a CHUNK or a CREDIT."""
        if frame.type == CREDIT:
            self._credit += LENGTH.unpack(frame.payload)[0]
            return
        if not self._content_type:
            self._content_type = body("metadata", frame.meta).get("content_type", JSON) if frame.meta else JSON
        last = bool(frame.flags & LAST)
        self._open = self._open and not last
        if len(frame.payload) or not last:  # the last one may just say that there is no more
            self._arrived.append(frame)

    # What is sent

    @property
    def may_send(self) -> bool:
        """Whether there is credit for a chunk."""
        return self._credit > 0

    def chunk(self, item: Any) -> Parts:
        """Returns the chunk that an item becomes, and takes its cost.

        TypeError and ValueError say why it cannot be sent.
        """
        kind, payload = encode_payload("a chunk", item)
        if self._kind is None:
            meta = self._kind = kind
        elif kind == self._kind:
            meta = b""
        else:
            began, goes_on = _called(self._kind), _called(kind)
            raise TypeError(f"a stream that began with {began} goes on with {goes_on}: allowed is one of both")
        if len(payload) > self._limit:
            raise ValueError(f"a chunk has {len(payload)} bytes: the limit is {self._limit}")
        self._credit -= len(payload) + CHUNK_COST
        return head(CHUNK, self._id, len(payload), meta), payload

    # What arrives

    @property
    def has_next(self) -> bool:
        """Whether take returns something."""
        return bool(self._arrived)

    @property
    def finished(self) -> bool:
        """Whether nothing more arrives."""
        return not self._open

    def take(self) -> Any:
        """Returns the next item. ValueError says that it is not what its content type says."""
        payload = self._arrived.popleft().payload
        self._consumed += len(payload) + CHUNK_COST
        try:
            return decode_payload(self._content_type, payload)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"a chunk is not JSON: {error}") from None

    def refund(self) -> Parts:
        """Returns the CREDIT that is due, which is nothing unless it is a quarter of the window."""
        if not self._open or self._consumed < self._window // 4:
            return ()
        consumed, self._consumed = self._consumed, 0
        return (head(CREDIT, self._id, LENGTH.size), LENGTH.pack(consumed))


def last_chunk(job_id: int) -> Parts:
    """Returns the end of a stream."""
    return (head(CHUNK, job_id, 0, flags=LAST),)


def collected(items: List[Any]) -> Any:
    """Returns the items of a stream for a caller who wants none: bytes joined, everything else in a list."""
    if items and all(isinstance(item, (bytes, bytearray, memoryview)) for item in items):
        return b"".join(items)
    return items


def _called(kind: bytes) -> str:
    """Returns what chunks with this metadata hold."""
    return "bytes" if kind else "JSON"


