"""The worker of the pool's tests: each command shows one way in which work goes well or badly."""

import os
import signal
import sys
import time

from fsmpool import Fatal, worker


@worker.command
def echo(args):
    return args


@worker.command
def count(args, ctx):
    """Counts the requests of the session on this worker."""
    ctx.session["count"] = ctx.session.get("count", 0) + 1
    return {"count": ctx.session["count"], "pid": os.getpid()}


@worker.command
def counted(args, ctx):
    return {"count": ctx.session.get("count", 0), "pid": os.getpid()}


class Held:
    """Something large in the state of a session. It counts how many of it there are."""

    alive = 0

    def __init__(self):
        Held.alive += 1

    def __del__(self):
        Held.alive -= 1


@worker.command
def hold(args, ctx):
    ctx.session["held"] = Held()


@worker.command
def held(args):
    return Held.alive


@worker.command
def fail(args):
    raise ValueError(args["message"])


@worker.command
def fail_for_good(args):
    raise Fatal("the model is broken")


@worker.command
def die(args):
    print("about to die", file=sys.stderr, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


@worker.command
def leave(args):
    sys.exit("had enough")


@worker.command
def vanish(args):
    os._exit(7)


@worker.command
def hang_up(args):
    os.close(3)


@worker.command
def sleep(args):
    print("sleeping", flush=True)
    time.sleep(args["seconds"])
    return "woke up"


@worker.command
def tokens(args):
    """Answers with a stream."""
    for n in range(args["n"]):
        yield {"token": n, "pid": os.getpid()}
        time.sleep(args.get("pause", 0))


@worker.command
def total(args, ctx):
    """Adds up a stream that comes along."""
    return {"bytes": sum(len(piece) for piece in ctx.chunks)}


@worker.command
def spin(args):
    while True:
        pass


@worker.command
def trace(args, ctx):
    return ctx.traceparent


if __name__ == "__main__":
    worker.run()
