"""Counts the requests of sessions, and has the fault that its argument names."""

import os
import sys
import threading
import time

from fsmpool import worker

FAULT = sys.argv[1]

if FAULT == "crashes at start":
    sys.exit("it was told to")

if FAULT == "dies in bake":
    threading.Timer(0.3, os._exit, [3]).start()

served = 0


@worker.command
def count(args, ctx):
    global served
    served += 1
    if FAULT == "crashes later" and served > 10:
        os._exit(3)
    if FAULT == "raises" and served % 10 == 0:
        raise RuntimeError("it was told to")
    if FAULT == "slow":
        time.sleep(0.1)
    if FAULT == "never answers":
        time.sleep(3600)
    ctx.session["n"] = ctx.session.get("n", 0) + 1
    return ctx.session["n"]


@worker.export_session
def export(session):
    return dict(session)


@worker.import_session
def restore(snapshot, version):
    if version != worker.version:
        if FAULT == "refuses states":
            raise ValueError("it was told to")
        if FAULT == "hangs in import":
            time.sleep(3600)
    return snapshot


worker.run()
