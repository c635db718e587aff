"""The worker of after.py, with commands that keep a part of it from running: the event loop, or the main thread.

Each prints "stuck" when it does.
"""

import os
import signal
import time

from after import KIND, SLOTS, worker


def stuck():
    os.write(1, b"stuck\n")


def blocks(how):
    """Does not return, on the event loop or on the thread of a handler."""
    stuck()
    while how == "spins":
        pass
    time.sleep(1000)


if KIND == "async":

    @worker.command
    async def block(how):
        blocks(how)


def interrupted(_number, _frame):
    stuck()
    time.sleep(1000)


@worker.command
def interrupt(args):
    """Answers. Then a signal handler, which runs on the main thread, does not return."""
    signal.setitimer(signal.ITIMER_REAL, 0.01)


signal.signal(signal.SIGALRM, interrupted)

if __name__ == "__main__":
    worker.run(slots=SLOTS)
