"""A worker that counts for its sessions, and that can be told to misbehave in every way that workers do."""

import os
import sys
import time

from fsmpool import worker

CRASH = sys.argv[1]  # while this file exists, no worker starts
DATA = 3  # the descriptor of the protocol, which a well-behaved worker leaves alone

if os.path.exists(CRASH):
    sys.exit("told not to start")

hoard = []


@worker.command
def add(args, ctx):
    """Adds to the number of the session, and gives back what only this caller knows."""
    ctx.session["n"] = ctx.session.get("n", 0) + args["n"]
    return {"n": ctx.session["n"], "token": args["token"], "session": ctx.session_id}


@worker.command
def slow(args):
    time.sleep(args["seconds"])
    return {"token": args["token"]}


@worker.command
def hang(args):
    return sum(iter(int, 1))  # never ends, and never lets another thread run


@worker.command
def garbage(args):
    os.write(DATA, b"this is not a frame, and neither is this " * 10)
    time.sleep(5)


@worker.command
def flood(args):
    for _ in range(2000):
        print("x" * 100)
    return {"token": args["token"]}


@worker.command
def grow(args):
    hoard.append(bytearray(args["bytes"]))
    hoard[-1][::4096] = b"x" * len(hoard[-1][::4096])
    return {"token": args["token"]}


if __name__ == "__main__":
    worker.run()
