"""Whether a library has replaced parts of the standard library that this package is made of."""

from __future__ import annotations

import _thread
import os
import select
import signal
import socket
import time
from typing import Any, List


def patched() -> str:
    """Returns which library has put its own functions in place of what this package is made of.

    Threads that are greenlets, and sockets that switch between them, let no probe and no cancellation through.
    """
    primitives: List[Any] = [_thread.start_new_thread, socket.socket, select.select, time.sleep, os.fork, signal.signal]
    for primitive in primitives:
        library = str(getattr(primitive, "__module__", "")).partition(".")[0]
        if library in ("gevent", "eventlet"):
            name = f"{primitive.__module__}.{primitive.__name__}"
            needs = "a worker needs the threads and sockets of Python"
            allowed = f"allowed is {library} without monkey patching"
            return f"{library} has patched the standard library ({name}): {needs}: {allowed}"
    return ""
