import os
import threading
import time

from fsmpool import worker

lock = threading.Condition()
inside = {"now": 0, "round": 0}


@worker.command
def echo(args):
    return args


@worker.command
def fail(args):
    raise ValueError("told to")


@worker.command
def meet(args):
    with lock:
        turn = inside["round"]
        inside["now"] += 1
        if inside["now"] == args["n"]:
            inside["now"], inside["round"] = 0, turn + 1
            lock.notify_all()
        while inside["round"] == turn:
            lock.wait()


def until_cancelled():
    while True:
        time.sleep(0.001)  # a thread beside the main one is cancelled between two steps


@worker.command
def wait(args):
    until_cancelled()


@worker.command
def die(args):
    os._exit(7)


@worker.command
def tokens(args):
    yield from range(args["n"])
    if args["then"] == "fail":
        raise ValueError("told to")
    if args["then"] == "die":
        os._exit(7)
    if args["then"] == "wait":
        until_cancelled()


@worker.command
def add(args, ctx):
    ctx.session["n"] = ctx.session.get("n", 0) + 1
    return ctx.session["n"]


@worker.export_session
def export_session(session):
    return session


@worker.import_session
def import_session(snapshot, version):
    if snapshot.get("stuck"):
        until_cancelled()
    return {**snapshot, "wrote": version}


@worker.command
def version(args):
    return worker.version


@worker.command
def wrote(args, ctx):
    return ctx.session.pop("wrote")


worker.run(slots=int(os.environ["SLOTS"]))
