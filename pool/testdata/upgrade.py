"""Counts the requests of sessions; the command mark gives a state a form that only workers of a newer version read.

Its arguments are a directory, in which each process leaves a file with the number of processes that were there when it
began, and "old" or "new".
"""

import atexit
import os
import sys
import time

processes, form = sys.argv[1:]


def is_there(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


with open(os.path.join(processes, str(os.getpid())), "w") as own:
    own.write(str(sum(is_there(int(pid)) for pid in os.listdir(processes))))

# A process that takes its time to leave is there while the next ones begin, and is counted.
atexit.register(time.sleep, 0.5)

from fsmpool import worker  # noqa: E402


@worker.command
def count(args, ctx):
    ctx.session["n"] = ctx.session.get("n", 0) + 1
    return ctx.session["n"]


@worker.command
def mark(args, ctx):
    ctx.session["form"] = form
    return count(args, ctx)


@worker.export_session
def export(session):
    return dict(session)


@worker.import_session
def restore(snapshot, version):
    if form == "old" and snapshot.get("form") == "new":
        raise ValueError("a newer form")
    return snapshot


worker.run()
