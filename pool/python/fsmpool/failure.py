"""Exceptions as text: the payloads of ERROR frames, messages on standard error."""

from __future__ import annotations

import os
from types import FrameType
from typing import Any, Dict, NoReturn, Optional

from .errors import Fatal, Retryable
from .payload import json_bytes

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_LIBRARY = os.path.dirname(os.path.abspath(os.__file__)) + os.sep  # site-packages is below it
_MESSAGE = 8 << 10  # bytes of a message that are sent
_NAME = 200  # bytes of the name of a type
_TRACEBACK = 32 << 10  # bytes of a traceback
_PART = 2 << 10  # characters of one entry of a traceback: of the message at its end, above all
_CUT = " ..."


def error_payload(kind: str, message: str, **more: Any) -> bytes:
    """Returns the payload of an ERROR."""
    return json_bytes({"kind": kind, "message": one_line(message), **more})


def exception_payload(kind: str, error: BaseException) -> bytes:
    """Returns the payload of the ERROR about an exception of the author's code."""
    started = kind != "start_failed"
    return error_payload(
        kind,
        text_of(error) if started else f"the start hook raised: {one_line(text_of(error))}{place_of(error)}",
        type=one_line(type(error).__name__, _NAME),
        retryable=isinstance(error, Retryable),
        fatal=not started or isinstance(error, (Fatal, SystemExit, KeyboardInterrupt)),
        traceback=traceback_of(error),
    )


def shortened(payload: bytes) -> bytes:
    """Returns the payload of an ERROR with a short message and without a traceback."""
    import json

    body: Dict[str, Any] = json.loads(payload)
    body.update(message=body["message"][:100], traceback="")
    return json_bytes(body)


def text_of(error: BaseException) -> str:
    """Returns the text of an exception."""
    try:
        return str(error)
    except Exception:  # the __str__ of an author
        return "(no text)"


def summary(error: BaseException) -> str:
    """Returns an exception in one line: its type, its text, and where the author's code raised it."""
    return type_and_text(error) + place_of(error)


def type_and_text(error: BaseException) -> str:
    """Returns an exception in one line: its type, and its text."""
    text = one_line(text_of(error))
    return one_line(type(error).__name__, _NAME) + (f": {text}" if text else "")


def one_line(text: str, limit: int = _MESSAGE) -> str:
    """Returns a text on one line and in at most limit bytes of UTF-8, what controls a terminal written as escapes."""
    cut = len(text) > limit
    text = "".join(map(_shown, text[:limit])) if not text.isprintable() else text[:limit]
    coded = text.encode("utf-8", "backslashreplace")
    if not cut and len(coded) <= limit:
        return text
    return coded[: limit - len(_CUT)].decode("utf-8", "ignore") + _CUT


def _shown(char: str) -> str:
    """Returns a character as it may be printed to a terminal."""
    if char.isprintable():
        return char
    if char.isspace():
        return char if char == "\xa0" else " "
    return char.encode("unicode_escape").decode()


# Tracebacks and places


def traceback_of(error: BaseException) -> str:
    """Returns the author's part of the traceback, its end if it is long."""
    import traceback  # takes longer to import than the rest of this package, and may never be needed

    where = error.__traceback__
    while where is not None and where.tb_frame.f_code.co_filename.startswith(_HERE):
        where = where.tb_next
    try:
        entries = traceback.format_exception(type(error), error, where)
    except Exception:  # an author's __str__ or __repr__, of a cause or of a note
        entries = [*traceback.format_tb(where), f"{type(error).__name__}: (no text)\n"]
    text = "".join(entry if len(entry) <= _PART else entry[:_PART] + _CUT + "\n" for entry in entries)
    coded = text.encode("utf-8", "backslashreplace")
    return text if len(coded) <= _TRACEBACK else coded[-_TRACEBACK:].decode("utf-8", "ignore")


def place_of(error: BaseException) -> str:
    """Returns where the author's code was when it was raised, as " (worker.py:3)"; nothing if no code was."""
    where, place = error.__traceback__, ""
    while where is not None:
        name = where.tb_frame.f_code.co_filename
        if _authors(name):
            place = f" ({os.path.basename(name)}:{where.tb_lineno})"
        where = where.tb_next
    return place


def place_in(frame: Optional[FrameType]) -> str:
    """Returns where the author's code is in a stack, given by its innermost frame; nothing if none is there."""
    while frame is not None and not _authors(frame.f_code.co_filename):
        frame = frame.f_back
    return "" if frame is None else f" ({os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno})"


def _authors(filename: str) -> bool:
    """Whether a file is neither of this package nor of the standard library."""
    return not filename.startswith((_HERE, _LIBRARY, "<frozen "))


def raise_at(error: Exception, filename: str, line: int, name: str) -> NoReturn:
    """Raises an error whose traceback ends in the line of the author's code that is to blame, not in this package."""
    code = compile("\n" * (line - 1) + "raise error", filename, "exec").replace(co_name=name)
    exec(code, {"error": error})
    raise error  # not reached
