"""Counts the requests of sessions. Its argument says how long it takes states over: seconds, or what it does for ever."""

import sys
import time

from fsmpool import worker


@worker.command
def count(args, ctx):
    ctx.session["n"] = ctx.session.get("n", 0) + 1
    return ctx.session["n"]


@worker.export_session
def export(session):
    return dict(session)


@worker.import_session
def restore(snapshot):
    if sys.argv[1] == "hangs":
        time.sleep(3600)
    while sys.argv[1] == "cannot be stopped":
        try:
            time.sleep(3600)
        except BaseException:
            pass
    time.sleep(float(sys.argv[1]))
    return snapshot


worker.run()
