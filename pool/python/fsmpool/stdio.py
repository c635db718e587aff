"""A worker that serves standard input: JSON lines take the place of a pool, and the worker is the same."""

from __future__ import annotations

import base64
import json
import os
import socket
import sys
import threading
from typing import Any, Dict, Iterator, Optional, TextIO

from . import server
from .channel import Channel
from .frame import LENGTH, Frame, encode, head
from .payload import body, decode_payload, json_bytes
from .protocol import (
    BYE, CHUNK, CHUNK_COST, CONTROL_LIMIT, CREDIT, DATA_LIMIT, ERROR, JSON, LAST, LOG, REQUEST, SHUTDOWN, VERSION, WELCOME,
)  # fmt: skip
from .registry import Registry

_ALLOWED = '{"command": "...", "args": ..., "session": "...", "stream": true}, of which only command has to be there'


def serve(registry: Registry, slots: int, output: int) -> int:
    """Serves the requests on standard input until its end; answers go to the descriptor. Returns the exit status."""
    data, workers_data = socket.socketpair()
    control, workers_control = socket.socketpair()
    pool = StdioPool(data, control, sys.stdin, _writer(output))
    requests = threading.Thread(target=pool.serve_lines, name="fsmpool-stdio", daemon=True)
    logs = threading.Thread(target=pool.print_logs, name="fsmpool-log", daemon=True)
    logs.start()
    requests.start()
    try:
        return server.serve(registry, slots, workers_data.detach(), workers_control.detach(), signals=False)
    finally:
        requests.join(1)  # it may still write an error; it may also wait for a line, which is not waited for
        logs.join(1)  # it ends with the worker's BYE


class StdioPool:
    """StdioPool is a pool of one worker, which it sends one request after the other, and whose answers it prints."""

    def __init__(self, data: socket.socket, control: socket.socket, lines: TextIO, answers: TextIO) -> None:
        self._data = Channel(data.detach(), DATA_LIMIT)
        self._control = Channel(control.detach(), CONTROL_LIMIT)
        self._lines = lines
        self._answers = answers
        self._id = 0

    def serve_lines(self) -> None:
        """Takes the worker from its HELLO to the SHUTDOWN at the end of the lines."""
        self._data.receive()  # HELLO
        limits = {"frame": DATA_LIMIT, "sessions": 10_000}
        welcome = json_bytes({"version": VERSION, "worker": "by hand", "limits": limits, "config": None})
        self._data.send(head(WELCOME, 0, len(welcome)), welcome)
        ready = self._data.receive()
        if ready is None or ready.type == ERROR:
            self._write(error=body("ERROR payload", ready.payload) if ready else None)
            return  # the process ends by itself
        for line in self._lines:
            if line.strip():
                self._ask(line)
        self._control.send(head(SHUTDOWN, 1, 2), b"{}")

    def _ask(self, line: str) -> None:
        """Sends the request of one line, and prints its answers."""
        try:
            request = json.loads(line)
            frame = self._request(**request)
        except (TypeError, ValueError) as error:
            self._write(error={"kind": "bad_request", "message": f"{error}: allowed is {_ALLOWED}"})
            return
        self._data.send(encode(frame))
        for answer in self._until_last(frame.id):
            self._show(answer)

    def _request(self, command: str, args: Any = None, session: str = "", stream: bool = False) -> Frame:
        """Returns the REQUEST with the fields of a line."""
        self._id += 1
        meta = json_bytes({"stream": True}) if stream else b""
        return Frame(REQUEST, self._id, command, session, 1 if session else 0, meta, json_bytes(args))

    def _until_last(self, request_id: int) -> Iterator[Frame]:
        """Yields the answers to a request, and gives credit for their chunks."""
        while True:
            frame = self._data.receive()
            if frame is None:
                return
            yield frame
            if frame.type != CHUNK or frame.flags & LAST:
                return
            credit = LENGTH.pack(len(frame.payload) + CHUNK_COST)
            self._data.send(head(CREDIT, request_id, len(credit)), credit)

    def _show(self, answer: Frame) -> None:
        """Prints an answer."""
        if answer.type == ERROR:
            self._write(error=body("ERROR payload", answer.payload))
        elif answer.type == CHUNK and answer.flags & LAST:
            self._write(end=True)
        else:
            self._write(**{"chunk" if answer.type == CHUNK else "result": _readable(answer)})

    def _write(self, **words: Any) -> None:
        """Prints a line of JSON."""
        self._answers.write(json.dumps(words, ensure_ascii=False) + "\n")

    def print_logs(self) -> None:
        """Prints log records to standard error, and reads all other frames so that the worker does not wait."""
        while True:
            frame = self._control.receive()
            if frame is None or frame.type == BYE:
                return
            if frame.type == LOG:
                record: Dict[str, Any] = body("LOG payload", frame.payload)
                line = [record["level"], record["logger"], record["message"], str(record.get("attrs", ""))]
                sys.stderr.write(" ".join(line) + "\n")


def _writer(descriptor: int) -> TextIO:
    """Returns a text file of JSON lines, in which half of a surrogate pair is an escape of JSON."""
    return os.fdopen(descriptor, "w", buffering=1, encoding="utf-8", errors="backslashreplace")


def _readable(answer: Frame) -> Any:
    """Returns the value of an answer, bytes as base64."""
    content_type: Optional[str] = body("metadata", answer.meta).get("content_type") if answer.meta else JSON
    value = decode_payload(content_type or JSON, answer.payload)
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value
