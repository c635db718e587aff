"""Exceptions as the ERROR frames that tell of them."""

from __future__ import annotations

import os
from typing import Any, Dict

from .errors import Fatal, Retryable
from .payload import json_bytes

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_MESSAGE = 4000  # characters of a message that are sent
_TRACEBACK = 16000


def told(kind: str, message: str, **more: Any) -> bytes:
    """Returns the payload of an ERROR."""
    return json_bytes({"kind": kind, "message": message[:_MESSAGE], **more})


def raised(kind: str, error: BaseException) -> bytes:
    """Returns the payload of the ERROR about an exception of the author's code."""
    started = kind != "start_failed"
    return told(
        kind,
        words(error) if started else f"the start hook raised: {words(error)}",
        type=type(error).__name__,
        retryable=isinstance(error, Retryable),
        fatal=not started or isinstance(error, (Fatal, SystemExit, KeyboardInterrupt)),
        traceback=traceback_of(error),
    )


def shortened(payload: bytes) -> bytes:
    """Returns an ERROR's payload with as little as is worth sending."""
    import json

    body: Dict[str, Any] = json.loads(payload)
    body.update(message=body["message"][:100], traceback="")
    return json_bytes(body)


def words(error: BaseException) -> str:
    """Returns what an exception says."""
    try:
        return str(error)
    except Exception:  # the __str__ of an author
        return "(no text)"


def traceback_of(error: BaseException) -> str:
    """Returns the author's part of the traceback, its end if it is long."""
    import traceback  # takes longer to import than the rest of this package, and may never be needed

    where = error.__traceback__
    while where is not None and where.tb_frame.f_code.co_filename.startswith(_HERE):
        where = where.tb_next
    return "".join(traceback.format_exception(type(error), error, where))[-_TRACEBACK:]
