"""Log records of the author, sent to the pool."""

from __future__ import annotations

import logging
import math
import sys
import time
from typing import TYPE_CHECKING, Any, Dict, Iterator, Optional

import fsmpool

from .frame import head
from .job import Job, current
from .payload import json_bytes
from .protocol import LOG

if TYPE_CHECKING:
    from .workers import Worker

_LIMIT = 32 << 10  # bytes of a record that are sent
_SHORT = 800  # characters of each text in a shortened record: at most 12 bytes each, so that three fit
_BITS = 1024  # bits of an int that are sent: Python refuses to write down much longer ones
_NAME = 200  # characters of the name of a logger
_ORDINARY = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_LEVELS = ((8, "ERROR"), (4, "WARN"), (0, "INFO"), (-4, "DEBUG"))


class LogHandler(logging.Handler):
    """Sends log records to the pool, with what extra= holds, the request they belong to and its traceparent.

    A worker has one at the root, unless its author has put one anywhere. It never waits: a record that cannot be sent
    at once goes to standard error.
    """

    def __init__(self, worker: Optional[Worker] = None, level: int = logging.NOTSET) -> None:
        super().__init__(level)
        self._worker = worker

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
        outlet = (self._worker or fsmpool.worker)._outlet
        if outlet is None:
            return False
        if job is None or job.gate is None:
            return outlet(frame)
        return job.gate.shielded(job, outlet, frame)

    def _payload(self, record: logging.LogRecord, job: Optional[Job]) -> bytes:
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
        attrs = {str(key): _plain(value) for key, value in vars(record).items() if key not in _ORDINARY}
        if record.exc_info:
            attrs["exception"] = (self.formatter or logging.Formatter()).formatException(record.exc_info)
        if record.stack_info:
            attrs["stack"] = str(record.stack_info)
        return attrs


def send_root(worker: "Worker") -> None:
    """Has all records go to the pool.

    Handlers of the author stay, and so does the level if there are any; without one the level is lowered from WARNING,
    which is Python's, to INFO.
    """
    root = logging.root
    if any(isinstance(handler, LogHandler) for handler in _all_handlers()):
        return
    if not root.handlers and root.level == logging.WARNING:
        root.setLevel(logging.INFO)
    root.addHandler(LogHandler(worker))


def _all_handlers() -> Iterator[logging.Handler]:
    yield from logging.root.handlers
    for logger in list(logging.root.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger):  # and no place holder
            yield from logger.handlers


def slog_level(level: int) -> str:
    """Returns a level in the words of the pool: names at the same places, and the distance to the name below."""
    value = (level - logging.INFO) * 4 // 10
    base, name = next((pair for pair in _LEVELS if pair[0] <= value), _LEVELS[-1])
    return name if value == base else f"{name}{value - base:+d}"


def _rfc3339(seconds: float) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds % 1 * 1e9):09d}Z"


def _plain(value: Any) -> Any:
    """Returns what JSON can hold of a value."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and value.bit_length() > _BITS:
        return f"an int of {value.bit_length()} bits"
    return value if isinstance(value, (str, int, float, type(None))) else str(value)
