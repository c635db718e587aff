"""The handshake: HELLO to the pool, WELCOME from it."""

from __future__ import annotations

import os
import sys
from typing import Any, Dict, List, NamedTuple, Optional

from . import version
from .channel import Channel
from .frame import FIXED, Frame, head
from .payload import body, json_bytes, label
from .protocol import ERROR, HELLO, VERSION, WELCOME, WINDOW, ProtocolError, unexpected

_CAPABILITIES: List[str] = ["cancel", "stream", "log", "session", "shared", "drop"]


class PoolGone(ConnectionError):
    """PoolGone says that the connection ended before the WELCOME."""


class Limits(NamedTuple):
    """Limits are the sizes that the pool allows."""

    frame: int
    """Bytes of a frame."""
    payload: int
    """Bytes of a payload."""
    sessions: int
    """Sessions that the worker keeps."""
    window: int
    """Bytes of credit that a stream begins with."""


class Welcome(NamedTuple):
    """Welcome is what the pool tells a new worker."""

    worker_id: str
    config: Any
    version: Optional[str]
    """The label of the version of the author's code; None if it has none."""
    limits: Limits
    slots: int
    """How many requests have regions in shared memory."""
    regions: Any
    """The sizes of these regions; None if there are none."""
    memory: Optional[int]
    """The descriptor of the shared memory, if there is some."""


def handshake(channel: Channel, slots: int) -> Welcome:
    """Introduces the worker to the pool, and returns what the pool answers. The channel has its final limit then."""
    hello = {
        "versions": [VERSION],
        "sdk": f"fsmpool-python {version.__version__}",
        "runtime": f"{sys.implementation.name} {sys.version.split()[0]}",
        "pid": os.getpid(),
        "capabilities": _CAPABILITIES,
        "slots": slots,
    }
    payload = json_bytes(hello)
    channel.send(head(HELLO, 0, len(payload)), payload)
    frame, memory = channel.receive_with_memory()
    if frame is None:
        raise PoolGone
    if frame.type == ERROR:
        message = str(body("ERROR payload", frame.payload).get("message", ""))
        raise ProtocolError("handshake", message, "WELCOME")
    if frame.type != WELCOME:
        raise unexpected(frame.type, frame.id, "WELCOME")
    welcome = _welcome(frame, memory)
    channel.set_limit(welcome.limits.frame)
    return welcome


def _welcome(frame: Frame, memory: Optional[int]) -> Welcome:
    """Returns what a WELCOME says."""
    words = body("WELCOME payload", frame.payload)
    try:
        if words["version"] != VERSION:
            raise ProtocolError("version", str(words["version"]), str(VERSION))
        limits: Dict[str, Any] = words["limits"]
        return Welcome(
            words["worker"],
            words["config"],
            label(words),
            _limits(limits),
            int(limits.get("slots", 1)),
            limits.get("shared"),
            memory,
        )
    except (KeyError, TypeError) as error:
        allowed = "version, worker, limits, config"
        raise ProtocolError("WELCOME payload", repr(error), allowed, frame.payload) from None


def _limits(limits: Dict[str, Any]) -> Limits:
    """Returns the limits that a WELCOME names, and those that follow from them."""
    frame = limits["frame"]
    return Limits(frame, limits.get("payload", frame - FIXED), limits["sessions"], limits.get("window", WINDOW))
