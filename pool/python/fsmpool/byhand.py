"""A worker that is run by hand: JSON lines on standard input and output, and the worker cannot tell the difference."""

from __future__ import annotations

import base64
import json
import os
import socket
import sys
import threading
from typing import TYPE_CHECKING, Any, Dict, Iterator, Optional, TextIO

from . import descriptors
from .channel import Channel
from .frame import LENGTH, Frame, encode, head
from .payload import body, decode_payload, json_bytes
from .protocol import (
    BYE, CHUNK, CHUNK_COST, CONTROL_LIMIT, CREDIT, DATA_LIMIT, ERROR, JSON, LAST, LOG, REQUEST, SHUTDOWN, VERSION, WELCOME,
)  # fmt: skip

if TYPE_CHECKING:
    from .workers import Worker

_ALLOWED = '{"command": "...", "args": ..., "session": "...", "stream": true}, of which only command has to be there'


def serve(worker: Worker, slots: int) -> int:
    """Serves what comes on standard input until its end. Returns the exit status."""
    from .server import Server

    assert descriptors.by_hand is not None
    data, workers_data = socket.socketpair()
    control, workers_control = socket.socketpair()
    hand = Hand(data, control, sys.stdin, _writer(descriptors.by_hand))
    working = threading.Thread(target=hand.work, name="fsmpool-hand", daemon=True)
    listening = threading.Thread(target=hand.overhear, name="fsmpool-log", daemon=True)
    listening.start()
    working.start()
    try:
        return Server(worker, slots, workers_data.detach(), workers_control.detach()).run()
    finally:
        working.join(1)  # it may have an error to write down; or it waits for a line, and nobody for it
        listening.join(1)  # until the worker's last word


class Hand:
    """The least of a pool: asks one request after the other, and writes down what comes back."""

    def __init__(self, data: socket.socket, control: socket.socket, lines: TextIO, answers: TextIO) -> None:
        self._data = Channel(data.detach(), DATA_LIMIT)
        self._control = Channel(control.detach(), CONTROL_LIMIT)
        self._lines = lines
        self._answers = answers
        self._id = 0

    def work(self) -> None:
        """Takes the worker from its first frame to its last."""
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
        self._id += 1
        meta = json_bytes({"stream": True}) if stream else b""
        return Frame(REQUEST, self._id, command, session, 1 if session else 0, meta, json_bytes(args))

    def _until_last(self, request_id: int) -> Iterator[Frame]:
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
        if answer.type == ERROR:
            self._write(error=body("ERROR payload", answer.payload))
        elif answer.type == CHUNK and answer.flags & LAST:
            self._write(end=True)
        else:
            self._write(**{"chunk" if answer.type == CHUNK else "result": _readable(answer)})

    def _write(self, **words: Any) -> None:
        self._answers.write(json.dumps(words, ensure_ascii=False) + "\n")

    def overhear(self) -> None:
        """Shows log records, and reads everything else so that the worker does not wait."""
        while True:
            frame = self._control.receive()
            if frame is None or frame.type == BYE:
                return
            if frame.type == LOG:
                record: Dict[str, Any] = body("LOG payload", frame.payload)
                line = [record["level"], record["logger"], record["message"], str(record.get("attrs", ""))]
                sys.stderr.write(" ".join(line) + "\n")


def _writer(descriptor: int) -> TextIO:
    """Returns a text file of JSON lines: half of a surrogate pair is written as the escape that JSON has for it."""
    return os.fdopen(descriptor, "w", buffering=1, encoding="utf-8", errors="backslashreplace")


def _readable(answer: Frame) -> Any:
    content_type: Optional[str] = body("metadata", answer.meta).get("content_type") if answer.meta else JSON
    value = decode_payload(content_type or JSON, answer.payload)
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value
