"""A process that has imported the author's program once and forks workers from it."""

from __future__ import annotations

import gc
import json
import os
import socket
import sys
import threading
from typing import Any, Dict, List, NoReturn, Optional

from . import descriptors
from .channel import CLOSE_ON_EXEC
from .descriptors import Claim
from .signals import Signals

_MESSAGE = 128 << 10
_DESCRIPTORS = 5  # of a child: data, control, lifeline, stdout, stderr


def run(descriptor: int) -> Claim:
    """Forks workers for the pool until it goes; then the process ends. Returns in each worker, what it is to serve."""
    return _ForkServer(socket.socket(fileno=descriptor)).run()


class _ForkServer:
    def __init__(self, pool: socket.socket) -> None:
        self._pool = pool
        self._held: Dict[int, int] = {}  # by child that waits for its go: the end of its pipe
        self._numbers: Dict[int, int] = {}  # child by number of the fork

    def run(self) -> Claim:
        Signals(None, None).install()  # they go to the pool and to all of its processes alike: the pool ends this one
        reason = unsafe()
        if reason:
            self._say({"refused": reason, "sources": sources()})
            _leave()
        gc.collect()
        gc.freeze()  # what the collector does not touch stays shared
        self._say({"ready": True, "pid": os.getpid(), "sources": sources()})
        while True:
            data, received, _, _ = socket.recv_fds(self._pool, _MESSAGE, _DESCRIPTORS, CLOSE_ON_EXEC)
            if not data:
                _leave()  # the pool is gone; what was forked has a lifeline of its own
            claim = self._obey(json.loads(data), received)
            if claim is not None:
                return claim

    def _obey(self, order: Dict[str, Any], received: List[int]) -> Optional[Claim]:
        """Does what the pool says. Returns something in a child only."""
        if "fork" in order:
            return self._fork(order, received)
        if "go" in order:
            self._go(order["go"])
        elif "reap" in order:
            self._reap(order["reap"])
        return None

    def _say(self, words: Dict[str, Any], *sent: int) -> None:
        socket.send_fds(self._pool, [json.dumps(words).encode()], list(sent))

    # In the server

    def _fork(self, order: Dict[str, Any], received: List[int]) -> Optional[Claim]:
        reason = unsafe() or ("" if len(received) == _DESCRIPTORS else f"{len(received)} descriptors came")
        if reason:
            self._fail(order, received, reason)
            return None
        waits, gate = os.pipe()
        try:
            pid = os.fork()
        except OSError as error:
            self._fail(order, [*received, waits, gate], str(error))
            return None
        if pid == 0:
            os.close(gate)
            return self._become(order, received, waits)
        _close(waits, *received)
        self._held[pid], self._numbers[order["fork"]] = gate, pid
        self._introduce(order["fork"], pid)
        return None

    def _fail(self, order: Dict[str, Any], opened: List[int], reason: str) -> None:
        _close(*opened)
        self._say({"failed": order["fork"], "reason": reason})

    def _introduce(self, number: int, pid: int) -> None:
        try:
            os.setpgid(pid, pid)  # the child does the same: whoever comes first
        except OSError:
            pass  # it has ended
        pidfd = os.pidfd_open(pid)
        self._say({"forked": number, "pid": pid}, pidfd)
        os.close(pidfd)

    def _go(self, number: int) -> None:
        gate = self._held.pop(self._numbers.pop(number))
        os.write(gate, b"g")
        os.close(gate)

    def _reap(self, pid: int) -> None:
        _, status, usage = os.wait4(pid, 0)
        gate = self._held.pop(pid, None)
        if gate is not None:
            os.close(gate)
        times = [usage.ru_utime, usage.ru_stime, usage.ru_maxrss]
        self._say({"exited": pid, "status": status, "rusage": times})

    # In the child

    def _become(self, order: Dict[str, Any], received: List[int], waits: int) -> Claim:
        """Makes a worker of this process, and waits until the pool knows it."""
        os.setpgid(0, 0)
        _close(self._pool.detach(), *self._held.values())
        data, control, lifeline, stdout, stderr = received
        os.dup2(stdout, 1)
        os.dup2(stderr, 2)
        _close(stdout, stderr)
        for name in order.get("unset", []):
            os.environ.pop(name, None)
        os.environ.update(order.get("set", {}))
        # They keep the numbers they came with: what the author has opened may have the others.
        os.environ["FSMPOOL_FDS"] = f"{data},{control},{lifeline}"
        if order.get("cwd"):
            os.chdir(order["cwd"])
        if not os.read(waits, 1):
            os._exit(1)  # the pool or the server is gone
        os.close(waits)
        _reseed()
        return descriptors.claim()


def _close(*opened: int) -> None:
    for descriptor in opened:
        os.close(descriptor)


def unsafe() -> str:
    """Returns why this process must not be forked, or nothing."""
    threads = max(threading.active_count(), _kernel_threads())
    if threads > 1:
        names = ", ".join(thread.name for thread in threading.enumerate() if thread is not threading.main_thread())
        who = names or "not started by Python"
        return f"{threads - 1} more threads run ({who}): a fork would copy what they hold, and not them"
    cuda = getattr(sys.modules.get("torch"), "cuda", None)
    if cuda is not None and cuda.is_initialized():
        return "CUDA is initialised: a fork cannot use it"
    return ""


def _kernel_threads() -> int:
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return 1


def sources() -> List[str]:
    """Returns the files that the program is made of: its main module, and what lies beside and below it."""
    main = os.path.abspath(getattr(sys.modules["__main__"], "__file__", None) or "")
    room = os.path.dirname(main) + os.sep
    found = {main}
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None)
        if path and os.path.abspath(path).startswith(room):
            found.add(os.path.abspath(path))
    return sorted(path for path in found if os.path.isfile(path))


def _reseed() -> None:
    """Gives the child random numbers of its own; the random module sees to itself."""
    numpy_random = getattr(sys.modules.get("numpy"), "random", None)
    if numpy_random is not None:
        numpy_random.seed()


def _leave() -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
