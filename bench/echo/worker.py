"""A worker of a pool that does nothing else than echo, count and wait."""

import time

from fsmpool import worker


@worker.command
def echo(args):
    return args


@worker.command
def count(args):
    """Streams pieces of bytes."""
    piece = bytes(args["size"])
    for _ in range(args["pieces"]):
        yield piece


@worker.command
def doze(args):
    """Says that it has begun, and then nothing."""
    yield None
    time.sleep(60)


worker.run()
