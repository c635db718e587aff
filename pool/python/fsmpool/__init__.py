"""Workers for a pool, in Python 3.9 and newer, with nothing but the standard library.

    from fsmpool import worker

    @worker.start                     # optional, once, before the first request
    def load():
        global model
        model = open_model()

    @worker.command                   # the command is called "predict"
    def predict(args):                # args is the decoded JSON of the request
        return model.predict(args["text"])

    @worker.command("chat.say")
    def say(args, ctx):               # a second parameter receives the Context
        history = ctx.session.setdefault("history", [])
        history.append(args["text"])
        return {"turn": len(history)}

    @worker.command
    async def fetch(args):            # async handlers run on an event loop
        return await client.get(args["url"])

    @worker.command
    def tokens(args):                 # a generator answers with a stream
        yield from model.tokens(args["text"])

    if __name__ == "__main__":
        worker.run()                  # or run(slots=4), to serve four requests at once

What a handler returns becomes the answer: bytes as they are, everything else as
JSON. What it raises becomes an error of the caller and the worker goes on. Three
exceptions mean more:

    Retryable   raise it when the same request may succeed later
    Fatal       raise it when this process is not fit for further requests
    Cancelled   is raised in a handler whose caller has gone

Standard output and standard error are yours: the protocol has descriptors of its
own. Log records of the logging module go to the pool, unless you have configured
another place for them. To try a worker by hand, run it with --fsm-stdio and type
{"command": "predict", "args": {"text": "hi"}}.
"""

# The lines up to here, and the syntax of this file, are for every Python that may be asked to run a worker.
import sys

if sys.version_info < (3, 9):
    sys.exit("fsmpool needs Python 3.9 or newer: this is %d.%d at %s" % (sys.version_info[:2] + (sys.executable,)))

from .context import Context
from .errors import Cancelled as Cancelled
from .errors import Fatal as Fatal
from .errors import Retryable as Retryable
from .version import __version__ as __version__
from .workers import Worker

# The exceptions are left out because help() would show all that every exception has.
__all__ = ["Context", "Worker", "worker"]

worker = Worker()
"""The worker of this process."""
