"""Version 2.0: keeps every price of a cart, and says which is the highest.

With the argument TIME, in seconds since 1970, it is a bad release: from then on it fails one request in twenty.
"""

import sys
import time

from fsmpool import worker

bad_from = float(sys.argv[1]) if len(sys.argv) > 1 else float("inf")
served = 0


class BadRelease(Exception):
    """What a bad release raises, before it has changed anything."""


def fail_if_bad():
    global served
    served += 1
    if served % 20 == 0 and time.time() > bad_from:
        raise BadRelease("no")


@worker.command
def squares(args):
    fail_if_bad()
    return {"sum": sum(n * n for n in args["numbers"])}


@worker.command
def put(args, ctx):
    """As in version 1.0, with the highest price."""
    fail_if_bad()
    prices = ctx.session.setdefault("prices", [])
    prices.append(args["price"])
    return {"count": len(prices), "sum": sum(prices), "highest": max(prices)}


@worker.export_session
def export(cart):
    return cart


@worker.import_session
def restore(snapshot, version):
    if version == "1.0":  # which kept the sum alone: it goes on as if it were the first price
        count = snapshot.get("count", 0)
        return {"prices": [snapshot["sum"]] + [0] * (count - 1)} if count else {}
    return snapshot


if __name__ == "__main__":
    worker.run()
