"""The worker of the test that a pool is as good as before after any request, whatever has become of it.

Its arguments are the kind of its handlers, sync or async, and the number of slots. Each command is one way in which a
request goes well or badly. Only meet waits for other requests: it connects to the socket at args, and answers when the
test says that all of them are there.
"""

import asyncio
import os
import signal
import socket
import stat
import sys
import time

from fsmpool import Fatal, Retryable, worker

KIND, SLOTS = sys.argv[1], int(sys.argv[2])


def answer(args, ctx):
    if ctx.session is not None:
        ctx.session["answers"] = ctx.session.get("answers", 0) + 1
    return args


def fail(args):
    raise ValueError("told to")


def retryable(args):
    raise Retryable("told to")


def fatal(args):
    raise Fatal("told to")


def die(args):
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(100)


def leave(args):
    os._exit(7)


def garbage(args):
    data = next(n for n in range(3, 64) if is_socket(n))  # the first of the three that a worker is given
    os.write(data, b"\xff" * 64)
    time.sleep(100)


def is_socket(descriptor):
    try:
        return stat.S_ISSOCK(os.fstat(descriptor).st_mode)
    except OSError:
        return False


def sync_commands():
    def meet(path):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(path)
            return s.recv(1).decode()

    def stops(args):
        time.sleep(100)

    def stubborn(args):
        while True:
            try:
                time.sleep(100)
            except BaseException:
                pass

    def pieces(args):
        for n in range(args["n"]):
            yield n
        if args.get("then") == "fail":
            raise ValueError("told to")
        if args.get("then") == "silence":
            time.sleep(100)
        if args.get("then") == "die":
            die(None)
        if args.get("then") == "leave":
            leave(None)
        if args.get("then") == "garbage":
            garbage(None)

    return [meet, stops, stubborn, pieces]


def async_commands():
    async def meet(path):
        reader, writer = await asyncio.open_unix_connection(path)
        try:
            return (await reader.read(1)).decode()
        finally:
            writer.close()

    async def stops(args):
        await asyncio.sleep(100)

    async def stubborn(args):
        while True:
            try:
                await asyncio.sleep(100)
            except asyncio.CancelledError:
                pass

    async def pieces(args):
        for n in range(args["n"]):
            yield n
        if args.get("then") == "fail":
            raise ValueError("told to")
        if args.get("then") == "silence":
            await asyncio.sleep(100)
        if args.get("then") == "die":
            die(None)
        if args.get("then") == "leave":
            leave(None)
        if args.get("then") == "garbage":
            garbage(None)

    def asynchronous(handler, wants_context):
        if wants_context:
            async def call(args, ctx):
                return handler(args, ctx)
        else:
            async def call(args):
                return handler(args)
        return call

    plain = [("answer", asynchronous(answer, True))] + [
        (f.__name__, asynchronous(f, False)) for f in (fail, retryable, fatal, die, leave, garbage)
    ]
    return plain + [(f.__name__, f) for f in (meet, stops, stubborn, pieces)]


if KIND == "async":
    commands = async_commands()
else:
    commands = [(f.__name__, f) for f in [answer, fail, retryable, fatal, die, leave, garbage] + sync_commands()]
for name, handler in commands:
    worker.command(name)(handler)

if __name__ == "__main__":
    worker.run(slots=SLOTS)
