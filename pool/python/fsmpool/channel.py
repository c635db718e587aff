"""Frames over a socket."""

from __future__ import annotations

import os
import select
import socket
import threading
from typing import Callable, Optional

from .frame import HEAD, LENGTH, Frame, Raw, check_fixed, check_start, decode
from .protocol import Buffer, ProtocolError

CLOSE_ON_EXEC: int = getattr(socket, "MSG_CMSG_CLOEXEC", 0)  # for descriptors that are received, where there is that

_BUFFER = 64 << 10
_JOINED = 64 << 10  # up to here it is cheaper to copy parts together than to let the kernel gather them
_UNTOUCHED = 0xFF  # in place of a first byte: no frame is long enough to begin so


def _never() -> bool:
    """Returns False: more frames matter."""
    return False


class Channel:
    """Channel is one end of a connection. One thread reads; any thread may send."""

    def __init__(self, descriptor: int, limit: int) -> None:
        self._limit = limit  # bytes of a frame that is received
        self._over: Callable[[], bool] = _never
        self._socket = socket.socket(fileno=descriptor)
        self._buffer = bytearray(_BUFFER)
        self._view = memoryview(self._buffer)
        self._start = self._end = 0  # what has been read from the socket and not been consumed
        self._waiting = False
        self._sending = threading.Lock()
        # A forked child that kept the socket would keep the connection open when this process dies.
        os.register_at_fork(after_in_child=self._socket.close)

    def set_limit(self, limit: int) -> None:
        """Allows frames of so many bytes from now on. The thread that reads may call it."""
        self._limit = limit

    def end_when(self, over: Callable[[], bool]) -> None:
        """Makes receive ask over before each wait: if it is true, what has arrived is read, and then receive ends."""
        self._over = over

    def send(self, *parts: Buffer) -> None:
        """Sends all parts with one system call."""
        with self._sending:
            if len(parts[-1]) <= _JOINED:
                data = b"".join(parts)
                sent, size = self._socket.send(data), len(data)
            else:
                sent, size = self._socket.sendmsg(parts), sum(map(len, parts))
            if sent < size:  # a signal came between
                self._socket.sendall(memoryview(b"".join(parts))[sent:])

    def offer(self, data: bytes) -> bool:
        """Sends data if that takes no waiting. False: it was not sent."""
        if not self._sending.acquire(timeout=0.01):
            return False
        try:
            sent = self._socket.send(data, socket.MSG_DONTWAIT)
            if sent < len(data):
                self._socket.sendall(data[sent:])
        except OSError:
            return False
        finally:
            self._sending.release()
        return True

    def receive(self) -> Optional[Frame]:
        """Waits for the next frame. None means that the stream ended."""
        if self._start == self._end and not self._first():
            return None
        if self._end - self._start < HEAD.size:
            self._fixed()
        # Before the size, because text makes a length that says nothing.
        length, kind, frame_id = check_fixed(self._buffer, self._start)
        if length > self._limit:
            raise ProtocolError("frame", f"{length} bytes", f"up to {self._limit}", self._unread())
        begin = self._start
        end = begin + LENGTH.size + length
        if end > self._end:
            return decode(kind, frame_id, self._rest(LENGTH.size + length))
        self._start = end
        return decode(kind, frame_id, bytes(self._view[begin:end]))

    def receive_with_memory(self) -> "tuple[Optional[Frame], Optional[int]]":
        """Waits for the next frame, and for the descriptor that may come with its first bytes."""
        data, descriptors, _, _ = socket.recv_fds(self._socket, _BUFFER, 1, CLOSE_ON_EXEC)
        self._view[: len(data)] = data
        self._start, self._end = 0, len(data)
        descriptor = descriptors[0] if descriptors else None
        return (self.receive() if data else None), descriptor

    # The end of reading

    def wake(self) -> None:
        """Ends a receive that waits although over() has become true, and that has nothing to read."""
        if self._waiting and not self.readable() and self._buffer[0] == _UNTOUCHED:
            self._socket.shutdown(socket.SHUT_RD)

    def readable(self) -> bool:
        """Whether the socket holds something, its end included."""
        return bool(self.poll(0))

    def buffered(self) -> bool:
        """Whether something has been read from the socket that receive has not returned yet."""
        return self._start < self._end

    def poll(self, timeout: Optional[int] = None) -> "list[tuple[int, int]]":
        """Waits that many milliseconds, or for ever, until the socket is readable."""
        poller = select.poll()
        poller.register(self._socket, select.POLLIN)
        return poller.poll(timeout)

    # Reading

    def _first(self) -> bool:
        """Waits for the first bytes of a frame. False: the stream ended, or nothing more is needed."""
        self._start = self._end = 0
        self._buffer[0] = _UNTOUCHED
        self._waiting = True  # before over is asked: the thread that makes it true looks at this afterwards
        if self._over() and not self.readable():
            self._waiting = False
            return False
        self._end = self._socket.recv_into(self._buffer)
        self._waiting = False
        return self._end > 0

    def _fixed(self) -> None:
        """Reads until the head of a frame is there, and checks each part of it that has arrived."""
        while self._end - self._start < HEAD.size:
            check_start(self._unread())
            self._make_room(HEAD.size)
            self._end += self._more(self._view[self._end :])

    def _rest(self, size: int) -> Raw:
        """Reads a frame of that many bytes, of which some are there, to its end."""
        if size > _BUFFER:
            return self._long(size)
        self._make_room(size)
        while self._end - self._start < size:
            self._end += self._more(self._view[self._end :])
        begin = self._start
        self._start += size
        return bytes(self._view[begin : self._start])

    def _long(self, size: int) -> bytearray:
        """Reads a frame that the buffer cannot hold straight into memory of its own."""
        frame = bytearray(size)
        view = memoryview(frame)
        unread = self._unread()
        view[: len(unread)] = unread
        at = len(unread)
        self._start = self._end = 0
        while at < size:
            at += self._more(view[at:], socket.MSG_WAITALL)
        return frame

    def _unread(self) -> bytes:
        """Returns what has been read from the socket and not been consumed."""
        return bytes(self._view[self._start : self._end])

    def _make_room(self, size: int) -> None:
        """Moves what is there to the front if size bytes from its beginning would not fit."""
        if self._start + size > _BUFFER:
            unread = self._unread()
            self._view[: len(unread)] = unread
            self._start, self._end = 0, len(unread)

    def _more(self, into: memoryview, flags: int = 0) -> int:
        """Waits for more bytes of a frame that has begun, and returns how many have come."""
        got = self._socket.recv_into(into, 0, flags)
        if not got:
            raise ProtocolError("end of stream", "inside a frame", "between frames")
        return got


class Outlet:
    """Outlet is where log records go: the control channel, once the process has a pool."""

    def __init__(self) -> None:
        self._offer: Optional[Callable[[bytes], bool]] = None

    def open(self, offer: Callable[[bytes], bool]) -> None:
        """Sends records by offer from now on."""
        self._offer = offer

    def offer(self, data: bytes) -> bool:
        """Sends a frame if that takes no waiting. False: it was not sent."""
        return self._offer is not None and self._offer(data)


outlet = Outlet()
