"""A worker of a pool that waits on an event loop."""

import asyncio

from fsmpool import worker


@worker.command
async def doze(args):
    """Says that it has begun, and then nothing."""
    yield None
    await asyncio.sleep(60)


@worker.command
async def echo(args):
    return args


worker.run()
