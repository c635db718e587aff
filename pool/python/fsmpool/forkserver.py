"""The fork server: a process that has imported the author's program once, and forks workers."""

from __future__ import annotations

import gc
import json
import os
import socket
import sys
import threading
from typing import Any, Dict, List, NoReturn, Optional

from .channel import CLOSE_ON_EXEC
from .descriptors import Descriptors, claim
from .process import Signals

_MESSAGE = 128 << 10
_DESCRIPTORS = 5  # of a child: data, control, lifeline, stdout, stderr


def run(descriptor: int) -> Descriptors:
    """Forks workers until the pool goes; then the process ends. It returns in each worker, with its descriptors.

    ClaimError says that a worker was not given all of them.
    """
    return _ForkServer(socket.socket(fileno=descriptor)).run()


class _ForkServer:
    """_ForkServer takes the orders of the pool: fork, go, reap."""

    def __init__(self, pool: socket.socket) -> None:
        self._pool = pool
        self._held: Dict[int, int] = {}  # by pid of a child that waits for its go: the write end of its pipe
        self._numbers: Dict[int, int] = {}  # pid of a child by number of the fork

    def run(self) -> Descriptors:
        """Obeys orders. It returns in a child only."""
        Signals().install()  # they go to the pool and to all of its processes alike: the pool ends this one
        reason = unsafe()
        if reason:
            self._say({"refused": reason, "sources": sources()})
            _leave()
        gc.collect()
        gc.freeze()  # memory that the collector does not write to stays shared
        self._say({"ready": True, "pid": os.getpid(), "sources": sources()})
        while True:
            data, received, _, _ = socket.recv_fds(self._pool, _MESSAGE, _DESCRIPTORS, CLOSE_ON_EXEC)
            if not data:
                _leave()  # the pool is gone; a forked worker has a lifeline of its own
            connections = self._obey(json.loads(data), received)
            if connections is not None:
                return connections

    def _obey(self, order: Dict[str, Any], received: List[int]) -> Optional[Descriptors]:
        """Does what the pool orders. It returns something in a child only."""
        if "fork" in order:
            return self._fork(order, received)
        if "go" in order:
            self._go(order["go"])
        elif "reap" in order:
            self._reap(order["reap"])
        return None

    def _say(self, words: Dict[str, Any], *sent: int) -> None:
        """Sends a message, and descriptors, to the pool."""
        socket.send_fds(self._pool, [json.dumps(words).encode()], list(sent))

    # In the server

    def _fork(self, order: Dict[str, Any], received: List[int]) -> Optional[Descriptors]:
        """Forks a worker. It returns something in the child only."""
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
        """Tells the pool that a fork has failed, and closes what was opened for it."""
        _close(*opened)
        self._say({"failed": order["fork"], "reason": reason})

    def _introduce(self, number: int, pid: int) -> None:
        """Sends the pool a descriptor of a child."""
        try:
            os.setpgid(pid, pid)  # the child does the same: one of the two is first
        except OSError:
            pass  # it has ended
        pidfd = os.pidfd_open(pid)
        self._say({"forked": number, "pid": pid}, pidfd)
        os.close(pidfd)

    def _go(self, number: int) -> None:
        """Lets a child serve, which the pool knows now."""
        gate = self._held.pop(self._numbers.pop(number))
        os.write(gate, b"g")
        os.close(gate)

    def _reap(self, pid: int) -> None:
        """Waits for a child that has ended, and tells the pool its status."""
        _, status, usage = os.wait4(pid, 0)
        gate = self._held.pop(pid, None)
        if gate is not None:
            os.close(gate)
        times = [usage.ru_utime, usage.ru_stime, usage.ru_maxrss]
        self._say({"exited": pid, "status": status, "rusage": times})

    # In the child

    def _become(self, order: Dict[str, Any], received: List[int], waits: int) -> Descriptors:
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
        # They keep their numbers, because other ones may belong to files that the author has opened.
        os.environ["FSMPOOL_FDS"] = f"{data},{control},{lifeline}"
        if order.get("cwd"):
            os.chdir(order["cwd"])
        if not os.read(waits, 1):
            os._exit(1)  # the pool or the server is gone
        os.close(waits)
        _reseed()
        return claim()


def _close(*opened: int) -> None:
    """Closes descriptors."""
    for descriptor in opened:
        os.close(descriptor)


def unsafe() -> str:
    """Returns why this process must not be forked, or nothing."""
    threads = max(threading.active_count(), _kernel_threads())
    if threads > 1:
        names = ", ".join(thread.name for thread in threading.enumerate() if thread is not threading.main_thread())
        shown = names or "not started by Python"
        return f"{threads - 1} more threads run ({shown}): a fork would copy what they hold, and not them"
    cuda = getattr(sys.modules.get("torch"), "cuda", None)
    if cuda is not None and cuda.is_initialized():
        return "CUDA is initialised: a fork cannot use it"
    return ""


def _kernel_threads() -> int:
    """Returns how many threads the kernel knows of this process, 1 where that is not known."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return 1


def sources() -> List[str]:
    """Returns the files that the program is made of: its main module, and what lies beside and below it."""
    main = os.path.abspath(getattr(sys.modules["__main__"], "__file__", None) or "")
    directory = os.path.dirname(main) + os.sep
    found = {main}
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None)
        if path and os.path.abspath(path).startswith(directory):
            found.add(os.path.abspath(path))
    return sorted(path for path in found if os.path.isfile(path))


def _reseed() -> None:
    """Seeds the random numbers of numpy in a child; the random module does that for its own."""
    numpy_random = getattr(sys.modules.get("numpy"), "random", None)
    if numpy_random is not None:
        numpy_random.seed()


def _leave() -> NoReturn:
    """Ends the process at once."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
