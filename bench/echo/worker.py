"""A worker of a pool that does nothing else than echo."""

from fsmpool import worker


@worker.command
def echo(args):
    return args


worker.run()
