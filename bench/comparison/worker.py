"""A worker of both pools: what it does, and the ways in which it fails."""

import ctypes
import os
import sys
import time

from fsmpool import worker

# A process that starts while this file is there removes it and crashes.
crash = os.environ.get("CRASH_FILE")
if crash and os.path.exists(crash):
    os.remove(crash)
    sys.exit(3)


@worker.command
def echo(args):
    return args


@worker.command
def where(args):
    """Says which process this is, after so many seconds."""
    time.sleep(args)
    return os.getpid()


@worker.command
def count(args, ctx):
    """How many requests of its session this worker has served."""
    ctx.session["served"] = ctx.session.get("served", 0) + 1
    return ctx.session["served"]


@worker.command
def hang(args):
    """Sleeps with the lock of the interpreter, so that nothing else runs in this process."""
    ctypes.PyDLL(None).sleep(3600)


worker.run()
