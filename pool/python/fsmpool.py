"""Workers for a pool, in Python: one file, standard library only.

    from fsmpool import worker

    @worker.start                     # optional, once, before the first request
    def load():
        global model
        model = open_model()

    @worker.command                   # the command is called "predict"
    def predict(args):                # args is the decoded JSON of the request
        return model.predict(args["text"])

    @worker.command("chat.say")
    def say(args, ctx):               # a second parameter receives the Context
        history = ctx.session.setdefault("history", [])
        history.append(args["text"])
        return {"turn": len(history)}

    if __name__ == "__main__":
        worker.run()

What a handler returns becomes the answer: bytes as they are, everything else as
JSON. What it raises becomes an error of the caller and the worker goes on, unless
it raises Fatal. Handlers run one at a time on the main thread. Standard output and
standard error are yours: the protocol has descriptors of its own.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
import sys
import threading
import time
from collections import OrderedDict
from typing import Any, Callable, Dict, List, NamedTuple, NoReturn, Optional, Tuple, TypeVar, Union, overload

__all__ = ["Context", "Fatal", "Retryable", "Worker", "worker"]
__version__ = "0.1.0"

PROTOCOL = 1

Function = TypeVar("Function", bound=Callable[..., Any])
Buffer = Union[bytes, bytearray, memoryview]


# What authors of workers use


class Retryable(Exception):
    """Raise it when the same request may succeed later."""


class Fatal(Exception):
    """Raise it when this process is not fit for further requests: the pool replaces it."""


class Context:
    """What a handler can know about the request it serves."""

    __slots__ = ("id", "command", "session_id", "session", "worker_id", "content_type", "traceparent", "_deadline")

    id: int
    command: str
    session_id: str
    """Empty for a request that belongs to no session."""
    session: Dict[Any, Any]
    """State of the session, kept from request to request in this process. Without a session: empty, and thrown away."""
    worker_id: str
    content_type: str
    """Of the request. Anything but JSON arrives as bytes."""
    traceparent: str
    """W3C trace context of the caller, or empty."""

    def remaining(self) -> Optional[float]:
        """Seconds until nobody waits for the answer any more; None without a deadline."""
        return None if self._deadline is None else self._deadline - time.monotonic()


class Worker:
    """The commands and hooks of a worker, and what the pool told it about itself."""

    Fatal = Fatal
    Retryable = Retryable

    def __init__(self) -> None:
        self.id = ""
        """Unique over the life of the pool. Known from the start hook on, as is config."""
        self.config: Any = None
        """What the pool was configured to tell its workers."""
        self._commands: Dict[str, _Command] = {}
        self._on_start: Callable[[], Any] = _nothing
        self._on_health: Callable[[], Any] = _nothing
        self._on_shutdown: Callable[[], Any] = _nothing

    @overload
    def command(self, name_or_function: Function) -> Function: ...

    @overload
    def command(self, name_or_function: str) -> Callable[[Function], Function]: ...

    def command(self, name_or_function: Any) -> Any:
        """Makes a function a command, under its own name or under the given one.

        The function takes the arguments of the request, and if it wants one a Context.
        """
        if callable(name_or_function):
            return self._add(name_or_function.__name__, name_or_function)
        return lambda function: self._add(name_or_function, function)

    def start(self, function: Function) -> Function:
        """Runs function before the worker is ready. If it raises, the worker does not start."""
        self._on_start = function
        return function

    def health(self, function: Function) -> Function:
        """Asks function, now and then, whether the worker is healthy: None or a true value says so.

        It runs on a thread of its own, also while a handler runs, and must not block.
        """
        self._on_health = function
        return function

    def shutdown(self, function: Function) -> Function:
        """Runs function after the last request of a worker that the pool stops politely."""
        self._on_shutdown = function
        return function

    def run(self) -> NoReturn:
        """Serves the pool until it says stop, then exits the process. Call it last."""
        if isinstance(_descriptors, str):
            print(f"fsmpool: {_descriptors}", file=sys.stderr)
            sys.exit(2)
        data, control, _lifeline = _descriptors
        sys.exit(_Server(self, Channel(data, DATA_LIMIT), Channel(control, CONTROL_LIMIT)).run())

    def _add(self, name: str, function: Function) -> Function:
        if name in self._commands:
            raise ValueError(f"fsmpool: command {name!r} exists already")
        self._commands[name] = _Command(function)
        return function


class _Command:
    """A handler, called with as much as it wants to know."""

    def __init__(self, function: Callable[..., Any]) -> None:
        wants = _required(function)
        if wants not in (1, 2):
            raise TypeError(f"fsmpool: {function.__name__} needs {wants} arguments: allowed are (args) and (args, ctx)")
        self.function = function
        self.wants_context = wants == 2


# Flags of a code object, as in inspect, whose import would double the time that this module takes.
_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200


def _required(function: Any) -> int:
    """Counts the arguments that a function has to get."""
    while hasattr(function, "__wrapped__"):  # by functools.wraps
        function = function.__wrapped__
    code = getattr(function, "__code__", None)
    if code is None or code.co_flags & (_GENERATOR | _COROUTINE | _ASYNC_GENERATOR):
        raise TypeError(f"fsmpool: {function!r} is no handler: allowed are plain functions, neither async nor generators")
    bound = hasattr(function, "__self__")
    return code.co_argcount - len(function.__defaults__ or ()) - bound


def _nothing() -> None:
    """Stands where a worker has no hook."""


# The life of a worker process


class _Server:
    """One worker under one pool, from HELLO to BYE.

    Requests are read, run and answered on the main thread. The control thread is always
    awake: it answers probes, passes on the order to stop, and sees the pool vanish.
    """

    def __init__(self, worker: Worker, data: Channel, control: Channel) -> None:
        self._worker = worker
        self._data = data
        self._control = control
        self._sessions = _Sessions()
        self._ready = False
        self._in_flight = 0
        self._shutdown_id = 0  # of the SHUTDOWN to be answered with BYE
        self._said_bye = False
        self._leave: Optional[BaseException] = None  # what a handler raised to end the process

    def run(self) -> int:
        """Returns the exit status."""
        # A handler that does nothing, because an ignored signal would stay ignored in child processes.
        signal.signal(signal.SIGINT, lambda _number, _stack: None)
        try:
            return self._live()
        except ConnectionError:
            _vanish()
        except ProtocolError as error:
            return _give_up(self._data, error)

    def _live(self) -> int:
        self._greet()
        threading.Thread(target=self._watch_control, name="fsmpool-control", daemon=True).start()
        try:
            self._worker._on_start()
        except BaseException as error:
            self._send(_raised(0, "start_failed", error))
            return 1
        self._data.send(_json_frame(READY, 0, {"commands": sorted(self._worker._commands)}))
        self._ready = True
        self._serve()
        return self._part()

    def _greet(self) -> None:
        hello = {
            "versions": [PROTOCOL],
            "sdk": f"fsmpool-python {__version__}",
            "runtime": f"{sys.implementation.name} {sys.version.split()[0]}",
            "pid": os.getpid(),
            "capabilities": [],
        }
        self._data.send(_json_frame(HELLO, 0, hello))
        welcome = self._data.receive()
        if welcome is None:
            _vanish()
        if welcome.type == ERROR:
            raise ProtocolError("handshake", _message(welcome), "WELCOME")
        if welcome.type != WELCOME:
            raise ProtocolError("frame", f"{_name(welcome.type)} with id {welcome.id}", "WELCOME")
        try:
            self._settle(_parse("WELCOME payload", welcome.payload))
        except (KeyError, TypeError) as error:
            raise ProtocolError("WELCOME payload", repr(error), "version, worker, limits, config", welcome.payload) from None

    def _settle(self, welcome: Dict[str, Any]) -> None:
        if welcome["version"] != PROTOCOL:
            raise ProtocolError("version", str(welcome["version"]), str(PROTOCOL))
        self._worker.id = welcome["worker"]
        self._worker.config = welcome["config"]
        self._data.limit = welcome["limits"]["frame"]
        self._sessions.limit = welcome["limits"]["sessions"]

    def _serve(self) -> None:
        while self._leave is None:
            request = self._data.receive()
            if request is None:
                break
            if request.type != REQUEST or request.id == 0:
                raise ProtocolError("frame", f"{_name(request.type)} with id {request.id}", "REQUEST with an id")
            self._in_flight = 1
            answer = self._run(request)
            self._in_flight = 0
            self._send(answer)

    def _part(self) -> int:
        if self._leave is not None:
            raise self._leave
        if not self._shutdown_id:
            _vanish()
        status = self._run_shutdown_hook()
        self._said_bye = True
        self._control.send(Frame(BYE, self._shutdown_id))
        return status

    def _run_shutdown_hook(self) -> int:
        try:
            self._worker._on_shutdown()
        except Exception as error:
            print(_traceback(error), end="", file=sys.stderr)
            return 1
        return 0

    # One request

    def _run(self, request: Frame) -> Frame:
        command = self._worker._commands.get(request.command)
        if command is None:
            known = ", ".join(sorted(self._worker._commands)) or "none"
            return _error(request.id, "unknown_command", f"no command {request.command!r}: known are {known}")
        meta = _parse("metadata", request.meta) if request.meta else {}
        try:
            args = _arguments(request, meta)
        except (ValueError, RecursionError) as error:
            return _error(request.id, "bad_request", f"payload is not JSON: {error}")
        try:
            return _response(request.id, self._call(command, args, request, meta))
        except (SystemExit, KeyboardInterrupt) as error:
            self._leave = error
            return _raised(request.id, "handler_error", error)
        except BaseException as error:
            return _raised(request.id, "handler_error", error)

    def _call(self, command: _Command, args: Any, request: Frame, meta: Dict[str, Any]) -> Any:
        if command.wants_context:
            return command.function(args, self._context(request, meta))
        return command.function(args)

    def _context(self, request: Frame, meta: Dict[str, Any]) -> Context:
        ctx = Context()
        ctx.id = request.id
        ctx.command = request.command
        ctx.session_id = request.session
        ctx.session = self._sessions.state(request.session, request.generation)
        ctx.worker_id = self._worker.id
        ctx.content_type = meta.get("content_type", JSON)
        ctx.traceparent = meta.get("traceparent", "")
        left = meta.get("deadline_ms", 0)
        ctx._deadline = time.monotonic() + left / 1000 if left else None
        return ctx

    def _send(self, answer: Frame) -> None:
        """Sends an answer, or what can be said in place of one that is over the limit."""
        size, limit = body_size(answer), self._data.limit
        if size > limit and answer.type == ERROR:
            answer = _shortened(answer)
        elif size > limit:
            answer = _error(answer.id, "too_large", f"the answer has {size} bytes: the limit is {limit}")
        self._data.send(answer)

    # The control thread

    def _watch_control(self) -> None:
        try:
            while True:
                frame = self._control.receive()
                if frame is None:
                    break
                self._obey(frame)
        except ConnectionError:
            pass
        except ProtocolError as error:
            os._exit(_give_up(self._control, error))
        if not self._said_bye:
            _vanish()

    def _obey(self, frame: Frame) -> None:
        if frame.type == PING:
            self._control.send(_json_frame(PONG, frame.id, self._report()))
        elif frame.type == SHUTDOWN:
            self._shutdown_id = frame.id
            self._data.close_reading()  # what has arrived is still served; then the main thread reads the end
        else:
            raise ProtocolError("frame", f"{_name(frame.type)} with id {frame.id}", "PING, SHUTDOWN")

    def _report(self) -> Dict[str, Any]:
        reason = self._unhealthy() if self._ready else ""
        return {"ok": not reason, "reason": reason, "rss": _resident_bytes(), "in_flight": self._in_flight}

    def _unhealthy(self) -> str:
        """Returns why the worker is not healthy, or nothing."""
        try:
            said = self._worker._on_health()
        except BaseException as error:
            return f"{type(error).__name__}: {_words(error)}"[:1000]
        return "" if said is None or said else f"the health hook returned {said!r}"[:1000]


class _Sessions:
    """The state of every session, with the generation it belongs to."""

    def __init__(self) -> None:
        self.limit = 0
        self._states: OrderedDict[str, Tuple[int, Dict[Any, Any]]] = OrderedDict()

    def state(self, session: str, generation: int) -> Dict[Any, Any]:
        """Returns the session's dict: a fresh one if the session is new or bound anew."""
        if not session:
            return {}
        known, state = self._states.get(session, (generation, {}))
        if known != generation:
            state = {}
        self._states[session] = (generation, state)
        self._states.move_to_end(session)
        if len(self._states) > self.limit:
            forgotten, _ = self._states.popitem(last=False)
            print(f"fsmpool: session {forgotten!r} forgotten: the limit is {self.limit} sessions", file=sys.stderr)
        return state


def _vanish() -> NoReturn:
    """The pool is gone: nobody waits for anything, so nothing is finished."""
    os._exit(1)


def _give_up(channel: Channel, error: ProtocolError) -> int:
    print(f"fsmpool: {error}", file=sys.stderr)
    try:
        channel.send(_error(0, "protocol_error", str(error), fatal=True))
    except OSError:
        pass  # the pool hung up first; it has standard error
    return 3


def _resident_bytes() -> int:
    try:
        with open("/proc/self/statm", "rb") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


# Payloads

JSON = "application/json"
BYTES = "application/octet-stream"
_BYTES_META = json.dumps({"content_type": BYTES}).encode()

_to_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def _arguments(request: Frame, meta: Dict[str, Any]) -> Any:
    if meta.get("content_type", JSON) != JSON:
        return bytes(request.payload)
    if not len(request.payload):
        return None
    return json.loads(str(request.payload, "utf-8"))


def _response(request_id: int, result: Any) -> Frame:
    if isinstance(result, (bytes, bytearray, memoryview)):
        return Frame(RESPONSE, request_id, meta=_BYTES_META, payload=result)
    try:
        return Frame(RESPONSE, request_id, payload=_to_json(result).encode())
    except (TypeError, ValueError, RecursionError) as error:
        raise TypeError(f"the result is neither bytes nor JSON: {error}") from error


def _error(request_id: int, kind: str, message: str, **more: Any) -> Frame:
    return _json_frame(ERROR, request_id, {"kind": kind, "message": message[:4000], **more})


def _raised(request_id: int, kind: str, error: BaseException) -> Frame:
    return _error(
        request_id,
        kind,
        _words(error),
        type=type(error).__name__,
        retryable=isinstance(error, Retryable),
        fatal=kind == "start_failed" or isinstance(error, (Fatal, SystemExit, KeyboardInterrupt)),
        traceback=_traceback(error),
    )


def _shortened(error: Frame) -> Frame:
    body = _parse("ERROR payload", error.payload)
    body.update(message=body["message"][:100], traceback="")
    return _json_frame(ERROR, error.id, body)


def _words(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # the __str__ of an author
        return "(no text)"


def _traceback(error: BaseException) -> str:
    """The author's part of the traceback, its end if it is long."""
    import traceback  # takes longer to import than the rest of this module, and may never be needed

    where = error.__traceback__
    while where is not None and where.tb_frame.f_code.co_filename == __file__:
        where = where.tb_next
    return "".join(traceback.format_exception(type(error), error, where))[-16000:]


def _json_frame(frame_type: int, frame_id: int, body: Dict[str, Any]) -> Frame:
    # ASCII, because a message may hold surrogates that UTF-8 cannot.
    return Frame(frame_type, frame_id, payload=json.dumps(body).encode("ascii"))


def _parse(field: str, text: Buffer) -> Dict[str, Any]:
    try:
        body = json.loads(str(text, "utf-8"))
    except ValueError as error:
        raise ProtocolError(field, str(error), "a JSON object") from None
    if not isinstance(body, dict):
        raise ProtocolError(field, type(body).__name__, "a JSON object")
    return body


def _message(frame: Frame) -> str:
    return str(_parse("ERROR payload", frame.payload).get("message", ""))


# Frames

HELLO, WELCOME, READY, REQUEST, RESPONSE, ERROR, PING, PONG, SHUTDOWN, BYE = 1, 2, 3, 4, 5, 6, 11, 12, 18, 19

NAMES = {
    HELLO: "HELLO", WELCOME: "WELCOME", READY: "READY", REQUEST: "REQUEST", RESPONSE: "RESPONSE", ERROR: "ERROR",
    PING: "PING", PONG: "PONG", SHUTDOWN: "SHUTDOWN", BYE: "BYE",
}  # fmt: skip

FLAG_METADATA = 2
DATA_LIMIT = 64 << 20  # until WELCOME names another one
CONTROL_LIMIT = 64 << 10

_LENGTH = struct.Struct(">I")
_FIXED = struct.Struct(">BBHQ")  # type, flags, reserved, id
_SHORT = struct.Struct(">H")
_LONG = struct.Struct(">Q")
_HEAD = _LENGTH.size + _FIXED.size


class ProtocolError(Exception):
    """The pool sent what the protocol does not allow."""

    def __init__(self, field: str, seen: str, allowed: str, frame: Buffer = b"") -> None:
        start = bytes(frame[:32])
        shown = f": frame starts {start.hex()} {start!r}" if start else ""
        super().__init__(f"{field}: {seen}: allowed is {allowed}{shown}")
        self.field = field


class Frame(NamedTuple):
    """One frame, without its length. command, session and generation exist in a REQUEST only."""

    type: int
    id: int
    command: str = ""
    session: str = ""
    generation: int = 0
    meta: Buffer = b""
    payload: Buffer = b""


def encode_head(frame: Frame) -> bytes:
    """Returns the bytes of a frame up to its payload."""
    flags = FLAG_METADATA if frame.meta else 0
    parts: List[Buffer] = [_LENGTH.pack(body_size(frame)), _FIXED.pack(frame.type, flags, 0, frame.id)]
    if frame.type == REQUEST:
        parts += _prefixed(frame.command.encode()), _prefixed(frame.session.encode()), _LONG.pack(frame.generation)
    if frame.meta:
        parts.append(_prefixed(frame.meta))
    return b"".join(parts)


def _prefixed(text: Buffer) -> bytes:
    return _SHORT.pack(len(text)) + text


def body_size(frame: Frame) -> int:
    """Returns what the length of a frame says."""
    size = _FIXED.size + _byte_count(frame.payload)
    if frame.type == REQUEST:
        size += 2 + len(frame.command.encode()) + 2 + len(frame.session.encode()) + 8
    if frame.meta:
        size += 2 + len(frame.meta)
    return size


def _byte_count(payload: Buffer) -> int:
    return payload.nbytes if isinstance(payload, memoryview) else len(payload)


def decode(frame: memoryview) -> Frame:
    """Reads a frame, its length included. The payload is a view of it."""
    check_fixed(frame)
    frame_type, flags, _, frame_id = _FIXED.unpack_from(frame, _LENGTH.size)
    at = _HEAD
    command, session, generation, meta = "", "", 0, b""
    if frame_type == REQUEST:
        command, at = _text(frame, at, "command")
        session, at = _text(frame, at, "session")
        begin, at = at, _end(frame, at, 8, "generation")
        generation = _LONG.unpack_from(frame, begin)[0]
    if flags & FLAG_METADATA:
        meta, at = _field(frame, at, "metadata")
        if not meta:
            raise ProtocolError("metadata", "0 bytes", "1 or more when the flag is set", frame)
    return Frame(frame_type, frame_id, command, session, generation, meta, frame[at:])


def check_fixed(frame: memoryview) -> None:
    """Looks at what every frame has after its length: type, flags, reserved bytes."""
    if len(frame) < _HEAD:
        raise ProtocolError("length", f"{len(frame) - _LENGTH.size}", f"{_FIXED.size} or more", frame)
    frame_type, flags, reserved, _ = _FIXED.unpack_from(frame, _LENGTH.size)
    if frame_type not in NAMES:
        raise ProtocolError("type", str(frame_type), ", ".join(f"{NAMES[t]} {t}" for t in sorted(NAMES)), frame)
    if flags & ~FLAG_METADATA:
        raise ProtocolError("flags", f"0x{flags:02x}", "0x00 and 0x02 (metadata)", frame)
    if reserved:
        raise ProtocolError("reserved", f"{reserved:04x}", "0000", frame)


def _text(frame: memoryview, at: int, field: str) -> Tuple[str, int]:
    text, at = _field(frame, at, field)
    try:
        return text.decode(), at
    except UnicodeDecodeError:
        raise ProtocolError(field, repr(text), "valid UTF-8", frame) from None


def _field(frame: memoryview, at: int, field: str) -> Tuple[bytes, int]:
    """Returns the bytes that stand behind their length, and where they end."""
    begin = _end(frame, at, 2, field)
    end = _end(frame, begin, _SHORT.unpack_from(frame, at)[0], field)
    return bytes(frame[begin:end]), end


def _end(frame: memoryview, at: int, size: int, field: str) -> int:
    end = at + size
    if end > len(frame):
        raise ProtocolError(field, f"{size} bytes where {len(frame) - at} are left", "what the length holds", frame)
    return end


def _name(frame_type: int) -> str:
    return NAMES.get(frame_type, f"type {frame_type}")


# Descriptors


class Channel:
    """Frames over a socket. One thread reads; any thread may send."""

    def __init__(self, descriptor: int, limit: int) -> None:
        self.limit = limit
        self._socket = socket.socket(fileno=descriptor)
        self._buffer = memoryview(bytearray(64 << 10))
        self._start = self._end = 0  # what has been read from the socket and not been consumed
        self._sending = threading.Lock()
        # A forked child that kept the socket would keep the connection open when this process dies.
        os.register_at_fork(after_in_child=self._socket.close)

    def send(self, frame: Frame) -> None:
        """Sends a frame with one system call."""
        head = encode_head(frame)
        with self._sending:
            sent = self._socket.sendmsg((head, frame.payload))
            if sent < len(head) + _byte_count(frame.payload):  # a signal came between
                self._socket.sendall(memoryview(b"".join((head, frame.payload)))[sent:])

    def receive(self) -> Optional[Frame]:
        """Waits for the next frame, whose payload is valid until the next call. None means that the stream ended."""
        if not self._fill(_LENGTH.size):
            return None
        length = _LENGTH.unpack_from(self._buffer, self._start)[0]
        if length < _FIXED.size:
            raise ProtocolError("length", str(length), f"{_FIXED.size} or more", self._read())
        self._fill(_HEAD)
        check_fixed(self._read())  # before the size: text makes a length that says nothing
        if length > self.limit:
            raise ProtocolError("frame", f"{length} bytes", f"up to {self.limit}", self._read())
        return decode(self._whole(_LENGTH.size + length))

    def close_reading(self) -> None:
        """Lets the reading thread see the end of the stream after what has arrived."""
        self._socket.shutdown(socket.SHUT_RD)

    def _read(self) -> memoryview:
        return self._buffer[self._start : self._end]

    def _whole(self, size: int) -> memoryview:
        """Waits for the rest of a frame of that many bytes and consumes it."""
        if size > len(self._buffer):
            return self._long(size)
        self._fill(size)
        begin = self._start
        self._start += size
        return self._buffer[begin : self._start]

    def _long(self, size: int) -> memoryview:
        """Reads a frame that the buffer cannot hold straight into memory of its own."""
        frame = memoryview(bytearray(size))
        at = self._end - self._start
        frame[:at] = self._read()
        self._start = self._end = 0
        while at < size:
            at += self._receive(frame[at:], socket.MSG_WAITALL)
        return frame

    def _fill(self, size: int) -> bool:
        """Reads until size bytes are there. False: the stream ended before the first."""
        if self._start == self._end:
            self._start = self._end = 0
        elif self._start + size > len(self._buffer):
            waiting = bytes(self._read())
            self._buffer[: len(waiting)] = waiting
            self._start, self._end = 0, len(waiting)
        while self._end - self._start < size:
            if self._start == self._end:
                got = self._socket.recv_into(self._buffer)
                if not got:
                    return False
            else:
                got = self._receive(self._buffer[self._end :])
            self._end += got
        return True

    def _receive(self, into: memoryview, flags: int = 0) -> int:
        got = self._socket.recv_into(into, 0, flags)
        if not got:
            raise ProtocolError("end of stream", "inside a frame", "between frames")
        return got


def _claim_descriptors() -> Union[Tuple[int, int, int], str]:
    """Takes the worker's descriptors out of the environment and out of what child processes inherit.

    It runs when this module is imported, before the code of the author starts anything.
    Returns data, control and lifeline, or why there are none.
    """
    listed = os.environ.pop("FSMPOOL_FDS", "")
    spoken = os.environ.pop("FSMPOOL_PROTOCOL", "")
    if not listed:
        return "this program is a worker: a pool starts it, for example with pool.Python(\"worker.py\")"
    if spoken != str(PROTOCOL):
        return f"the pool speaks protocol {spoken or 'unknown'}: this fsmpool.py ({__version__}) speaks {PROTOCOL}"
    try:
        data, control, lifeline = map(int, listed.split(","))
        for descriptor in (data, control, lifeline):
            os.set_inheritable(descriptor, False)
    except (ValueError, OSError) as error:
        return f"FSMPOOL_FDS={listed}: {error}: allowed are three open descriptors: data,control,lifeline"
    if sys.stdout is not None:
        sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    return data, control, lifeline


_descriptors = _claim_descriptors()

worker = Worker()
"""The worker that this process is."""
