"""A worker that reads along: each session is a text that comes in pieces.

It keeps the word counts of every session, so a session must come back to the worker that has read the earlier pieces.
"""

import re
from collections import Counter

from fsmpool import worker

WORD = re.compile(r"[a-z']+")


@worker.command
def read(args, ctx):
    """Counts the words of one more piece; says how many pieces and which words there have been so far."""
    counts = ctx.session.setdefault("counts", Counter())
    counts.update(WORD.findall(args["text"].lower()))
    ctx.session["pieces"] = ctx.session.get("pieces", 0) + 1
    return {
        "pieces": ctx.session["pieces"],
        "words": sum(counts.values()),
        "distinct": len(counts),
        "top": max(counts.items(), key=lambda item: (item[1], item[0]))[0],
    }


@worker.health
def healthy():
    return WORD.findall("it's alive") == ["it's", "alive"]


if __name__ == "__main__":
    worker.run()
