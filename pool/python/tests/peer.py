"""A pool's side of the wire, for tests: a real worker process, and the frames that it says."""

import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest

ROOM = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
if ROOM not in sys.path:
    sys.path.insert(0, ROOM)

from fsmpool import protocol  # noqa: E402
from fsmpool.channel import Channel  # noqa: E402
from fsmpool.frame import Frame, encode  # noqa: E402

HANG = 30  # seconds after which a test is taken to hang
NAMES = protocol.NAMES
PYTHON = [sys.executable, "-S"]  # without what the machine adds to every start


def environment(**more):
    return {**os.environ, "PYTHONPATH": ROOM, "PYTHONWARNINGS": "error", **more}


class Process:
    """A worker process, which begins with the script given."""

    def __init__(self, script, welcome=None, memory=None, version=None):
        with tempfile.NamedTemporaryFile("w", suffix=".py", delete=False) as file:
            file.write(textwrap.dedent(script))
        self.path = file.name
        self.data, data = self._channel(protocol.DATA_LIMIT)
        self.control, control = self._channel(protocol.CONTROL_LIMIT)
        lifeline, self.lifeline = os.pipe()
        numbers = (data.fileno(), control.fileno(), lifeline)
        self.process = subprocess.Popen(
            [*PYTHON, self.path],
            pass_fds=numbers,
            env=environment(FSMPOOL_FDS=",".join(map(str, numbers)), FSMPOOL_PROTOCOL="1"),
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
        )
        data.close()
        control.close()
        os.close(lifeline)
        self.id = 0
        self.welcome(welcome or {}, memory, version and {"code_version": version})

    @staticmethod
    def _channel(limit):
        ours, theirs = socket.socketpair()
        ours.settimeout(HANG)
        channel = Channel(ours.detach(), limit)
        channel._socket.settimeout(HANG)
        return channel, theirs

    def welcome(self, limits, memory, more=None):
        self.hello = json.loads(self.data.receive().payload)
        body = {
            "version": 1,
            "worker": "w-1",
            "limits": {"frame": 64 << 20, "sessions": 100, "window": 4096, **limits},
            "config": None,
            **(more or {}),
        }
        frame = encode(Frame(protocol.WELCOME, 0, payload=json.dumps(body).encode()))
        socket.send_fds(self.data._socket, [frame], [] if memory is None else [memory])
        self.ready = json.loads(self.data.receive().payload)

    def send(self, command, args=None, session="", generation=1, payload=None, **meta):
        """Sends a request and returns its id."""
        self.id += 1
        payload = json.dumps(args).encode() if payload is None else payload
        words = json.dumps(meta).encode() if meta else b""
        self.data.send(
            encode(Frame(protocol.REQUEST, self.id, command, session, generation if session else 0, words, payload))
        )
        return self.id

    def session_request(self, frame_type, payload=b"", **meta):
        """Sends an EXPORT or an IMPORT and returns its id."""
        self.id += 1
        self.data.send(encode(Frame(frame_type, self.id, meta=json.dumps(meta).encode(), payload=payload)))
        return self.id

    def chunk(self, request, payload, last=False, meta=b""):
        flags = protocol.LAST if last else 0
        self.data.send(encode(Frame(protocol.CHUNK, request, meta=meta, payload=payload, flags=flags)))

    def credit(self, request, size):
        self.data.send(encode(Frame(protocol.CREDIT, request, payload=struct.pack(">I", size))))

    def cancel(self, request):
        self.control.send(encode(Frame(protocol.CANCEL, request)))

    def read(self):
        """Returns the next frame on data: the name of its type, its id and its value."""
        frame = self.data.receive()
        if frame is None:
            raise AssertionError(f"the worker has gone: {self.end()}")
        return NAMES[frame.type], frame.id, value(frame)

    def ask(self, command, args=None, **more):
        """Returns what one request comes to: the name of the type and the value."""
        request = self.send(command, args, **more)
        name, answered, got = self.read()
        if answered != request:
            raise AssertionError(f"the answer to {answered} came in place of {request}")
        return name, got

    def drop(self, *sessions):
        """Has the worker forget sessions, each a list of name and generation, and waits until it has."""
        self.control.send(encode(Frame(protocol.DROP, 0, payload=json.dumps(sessions).encode())))
        self.awake()

    def ping(self):
        """Returns what the worker says of itself."""
        self.control.send(encode(Frame(protocol.PING, 1)))
        while True:
            frame = self.control.receive()
            if frame is None:
                raise AssertionError(f"the worker has gone: {self.end()}")
            if frame.type == protocol.PONG:
                return json.loads(frame.payload)

    def until(self, true_of):
        """Asks the worker how it is until that is true, and returns what it said."""
        guard = time.monotonic() + HANG
        while time.monotonic() < guard:
            pong = self.ping()
            if true_of(pong):
                return pong
        raise AssertionError(f"the worker still says {pong}")

    def awake(self):
        """Waits until the worker has obeyed what came on control."""
        self.ping()

    def busy(self):
        """Waits until the worker has begun with what it was sent."""
        self.until(lambda pong: pong["in_flight"])

    def shutdown(self):
        """Stops the worker politely, and returns its exit status and what it said on standard error."""
        self.control.send(encode(Frame(protocol.SHUTDOWN, 9, payload=b"{}")))
        while True:
            frame = self.control.receive()
            if frame is None or frame.type == protocol.BYE:
                return self.end()

    def end(self):
        """Waits for the process to end by itself."""
        _, said = self.process.communicate(timeout=HANG)
        return self.process.returncode, said.decode()

    def close(self):
        self.process.kill()
        self.process.communicate()
        self.data._socket.close()
        self.control._socket.close()
        os.close(self.lifeline)
        os.unlink(self.path)


def value(frame):
    """Returns what a payload means; bytes if it does not say that it is JSON."""
    if frame.type == protocol.CREDIT:
        return int.from_bytes(frame.payload, "big")
    meta = json.loads(frame.meta) if frame.meta else {}
    if meta.get("content_type", protocol.JSON) != protocol.JSON:
        return bytes(frame.payload)
    return json.loads(bytes(frame.payload)) if len(frame.payload) else None


class WorkerTest(unittest.TestCase):
    """Tests of real workers."""

    def worker(self, script, memory=None, version=None, **limits):
        process = Process(script, limits, memory, version)
        self.addCleanup(process.close)
        return process
