"""Log records of the author's code, sent to the pool."""

from __future__ import annotations

import logging
import math
import sys
import time
from typing import Any, Dict, Iterator, Optional

from .channel import outlet
from .frame import head
from .job import Job, current
from .payload import json_bytes
from .protocol import LOG

_LIMIT = 32 << 10  # bytes of a record that are sent
_SHORT = 800  # characters of each text in a shortened record: at most 12 bytes each, so that three fit
_BITS = 1024  # bits of an int that are sent: Python refuses to write down much longer ones
_NAME = 200  # characters of the name of a logger
_ORDINARY = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_LEVELS = ((8, "ERROR"), (4, "WARN"), (0, "INFO"), (-4, "DEBUG"))


class LogHandler(logging.Handler):
    """LogHandler sends log records to the pool, with the values of extra= and the id and traceparent of their request.

    A worker has one at the root logger, unless its author has added one to any logger. It never waits: a record
    that cannot be sent at once goes to standard error.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Sends a record."""
        try:
            job = current.get()
            payload = self._payload(record, job)
            frame = head(LOG, job.id if job is not None else 0, len(payload)) + payload
            if not self._send(frame, job):
                sys.stderr.write(self.format(record) + "\n")
        except Exception:
            self.handleError(record)

    def _send(self, frame: bytes, job: Optional[Job]) -> bool:
        """Sends a frame, whole also if its job is cancelled meanwhile. False: it was not sent."""
        if job is None or job.gate is None:
            return outlet.offer(frame)
        return job.gate.shielded(job, outlet.offer, frame)

    def _payload(self, record: logging.LogRecord, job: Optional[Job]) -> bytes:
        """Returns the payload of a LOG, shortened if it would be too long."""
        body: Dict[str, Any] = {
            "time": _rfc3339(record.created),
            "level": slog_level(record.levelno),
            "logger": str(record.name)[:_NAME],
            "message": record.getMessage(),
        }
        attrs = self._attrs(record)
        traceparent = job.meta.get("traceparent") if job is not None else None
        origin = {"traceparent": traceparent} if traceparent else {}
        if attrs or origin:
            body["attrs"] = {**attrs, **origin}
        payload = json_bytes(body)
        if len(payload) > _LIMIT:
            body["message"] = body["message"][:_SHORT]
            ends = {key: attrs[key][-_SHORT:] for key in ("exception", "stack") if key in attrs}
            body["attrs"] = {"shortened": True, **ends, **origin}
            payload = json_bytes(body)
        return payload

    def _attrs(self, record: logging.LogRecord) -> Dict[str, Any]:
        """Returns the values of extra=, the exception and the stack of a record."""
        attrs = {str(key): _plain(value) for key, value in vars(record).items() if key not in _ORDINARY}
        if record.exc_info:
            attrs["exception"] = (self.formatter or logging.Formatter()).formatException(record.exc_info)
        if record.stack_info:
            attrs["stack"] = str(record.stack_info)
        return attrs


def send_root() -> None:
    """Sends all records to the pool.

    Handlers of the author stay, and so does the level if there are any; without one the level is lowered from WARNING,
    which is Python's, to INFO.
    """
    root = logging.root
    if any(isinstance(handler, LogHandler) for handler in _all_handlers()):
        return
    if not root.handlers and root.level == logging.WARNING:
        root.setLevel(logging.INFO)
    root.addHandler(LogHandler())


def _all_handlers() -> Iterator[logging.Handler]:
    """Yields the handlers of all loggers."""
    yield from logging.root.handlers
    for logger in list(logging.root.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger):  # others are placeholders
            yield from logger.handlers


def slog_level(level: int) -> str:
    """Returns a level as the pool writes it: one of four names, and the distance to it, as in INFO+2."""
    value = (level - logging.INFO) * 4 // 10
    base, name = next((pair for pair in _LEVELS if pair[0] <= value), _LEVELS[-1])
    return name if value == base else f"{name}{value - base:+d}"


def _rfc3339(seconds: float) -> str:
    """Returns a time, given in seconds since 1970, as text."""
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds % 1 * 1e9):09d}Z"


def _plain(value: Any) -> Any:
    """Returns what JSON can hold of a value."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and value.bit_length() > _BITS:
        return f"an int of {value.bit_length()} bits"
    return value if isinstance(value, (str, int, float, type(None))) else str(value)
