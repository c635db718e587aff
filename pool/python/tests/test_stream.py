"""Streams in both directions, and the credit that holds them back."""

import unittest

from peer import WorkerTest

from fsmpool.frame import Frame
from fsmpool.protocol import CHUNK, LAST
from fsmpool.stream import Flow

SCRIPT = """
import asyncio
from fsmpool import worker

@worker.command
def count(args):
    for number in range(args):
        yield number

@worker.command
def blobs(args):
    for number in range(args):
        yield b"x" * number

@worker.command
def mixed(args):
    yield 1
    yield b"2"

@worker.command
def breaks(args):
    yield 1
    raise ValueError("after one")

@worker.command
def once(args):
    return "plain"

@worker.command
def total(args, ctx):
    return args + sum(ctx.chunks)

@worker.command
def doubled(args, ctx):
    for chunk in ctx.chunks:
        yield 2 * chunk

@worker.command
def first(args, ctx):
    return next(ctx.chunks)

@worker.command
def joined(args, ctx):
    return b"".join(ctx.chunks)

@worker.command
def big(args):
    yield "x" * args
"""
ASYNC = """
@worker.command
async def a_count(args):
    for number in range(args):
        await asyncio.sleep(0)
        yield number

@worker.command
async def a_total(args, ctx):
    return args + sum([chunk async for chunk in ctx.chunks])

@worker.command
async def a_doubled(args, ctx):
    async for chunk in ctx.chunks:
        yield 2 * chunk

@worker.command
async def a_wrong(args, ctx):
    return list(ctx.chunks)
"""
COST = 16 + 1  # of a chunk that is one digit


class Streams:
    """What is the same wherever handlers run."""

    prefix = ""

    def name(self, command):
        return self.prefix + command

    def read_stream(self, worker, request):
        """Returns the items of a stream and what ended it."""
        items = []
        while True:
            name, answered, got = worker.read()
            self.assertEqual(answered, request)
            if name != "CHUNK":
                return items, (name, got)
            if got is None:
                return items, ("CHUNK", None)
            items.append(got)

    def test_items_come_one_by_one(self):
        worker = self.start(window=4096)
        request = worker.send(self.name("count"), 5, stream=True)
        self.assertEqual(self.read_stream(worker, request), ([0, 1, 2, 3, 4], ("CHUNK", None)))

    def test_without_a_stream_they_come_as_a_list(self):
        self.assertEqual(self.start().ask(self.name("count"), 3), ("RESPONSE", [0, 1, 2]))

    def test_a_stream_waits_for_credit(self):
        worker = self.start()
        request = worker.send(self.name("count"), 10, stream=True)
        for number in range(3):  # of a window of 2.5 chunks
            self.assertEqual(worker.read(), ("CHUNK", request, number))
        worker.credit(request, 1)  # still in debt
        worker.credit(request, COST)
        self.assertEqual(worker.read(), ("CHUNK", request, 3))
        worker.credit(request, 1000)
        self.assertEqual(self.read_stream(worker, request), ([4, 5, 6, 7, 8, 9], ("CHUNK", None)))
        worker.credit(request, 1000)  # comes late, and is dropped
        self.assertEqual(worker.ask("once"), ("RESPONSE", "plain"))

    def test_a_handler_reads_a_stream(self):
        worker = self.start()
        request = worker.send(self.name("total"), 100, chunks=True)
        for chunk in b"1", b"2", b"3":
            worker.chunk(request, chunk)
        worker.chunk(request, b"4", last=True)
        while True:
            name, _, got = worker.read()
            if name != "CREDIT":
                break
        self.assertEqual((name, got), ("RESPONSE", 110))

    def test_what_was_read_comes_back_as_credit(self):
        worker = self.start()
        request = worker.send(self.name("total"), 0, chunks=True)
        for _ in range(3):
            worker.chunk(request, b"1")
            self.assertEqual(worker.read(), ("CREDIT", request, COST))  # more than a quarter of the window
        worker.chunk(request, b"", last=True)
        self.assertEqual(worker.read(), ("RESPONSE", request, 3))

    def test_streams_go_both_ways(self):
        worker = self.start()
        request = worker.send(self.name("doubled"), chunks=True, stream=True)
        for number in range(20):
            worker.chunk(request, str(number % 5).encode())
            got = [worker.data.receive(), worker.data.receive()]
            chunks = [bytes(frame.payload) for frame in got if frame.type == CHUNK]
            self.assertEqual(chunks, [str(number % 5 * 2).encode()])
            worker.credit(request, COST)
        worker.chunk(request, b"", last=True)
        self.assertEqual(worker.read(), ("CHUNK", request, None))


class Plain(Streams):
    """What plain handlers do besides."""

    def test_bytes_stay_bytes(self):
        worker = self.start(window=4096)
        worker.send("blobs", 3, stream=True)
        first = worker.data.receive()
        self.assertIn(b"octet-stream", first.meta)
        self.assertEqual([first.payload, worker.data.receive().payload], [b"", b"x"])
        self.assertEqual(worker.data.receive().payload, b"xx")
        self.assertEqual(worker.data.receive().flags, LAST)

    def test_bytes_without_a_stream_are_joined(self):
        self.assertEqual(self.start().ask("blobs", 4), ("RESPONSE", b"xxxxxx"))

    def test_a_stream_of_bytes_is_read_as_bytes(self):
        worker = self.start()
        request = worker.send("joined", chunks=True)
        worker.chunk(request, b"\xff", meta=b'{"content_type":"application/octet-stream"}')
        worker.chunk(request, b"\xfe", last=True)
        got = [worker.read() for _ in range(2)]
        self.assertIn(("RESPONSE", request, b"\xff\xfe"), got)

    def test_what_ends_a_stream_early_is_an_error(self):
        for command, args, message in [
            ("mixed", None, "began with JSON goes on with bytes"),
            ("breaks", None, "after one"),
            ("big", 2000, "a chunk has 2002 bytes: the limit is 1000"),
        ]:
            with self.subTest(command):
                worker = self.start(window=4096)
                request = worker.send(command, args, stream=True)
                _, (name, error) = self.read_stream(worker, request)
                self.assertEqual(name, "ERROR")
                self.assertIn(message, error["message"])

    def test_a_plain_answer_is_a_stream_of_one(self):
        self.assertEqual(self.start().ask("once", stream=True), ("RESPONSE", "plain"))

    def test_a_handler_need_not_read_to_the_end(self):
        worker = self.start()
        request = worker.send("first", chunks=True)
        worker.chunk(request, b"1")
        while worker.read() != ("RESPONSE", request, 1):
            pass
        worker.chunk(request, b"2")  # comes late, and is dropped
        worker.chunk(request, b"3", last=True)
        self.assertEqual(worker.ask("once"), ("RESPONSE", "plain"))

    def test_a_chunk_that_is_not_json_is_an_error_of_the_handler(self):
        worker = self.start()
        request = worker.send("first", chunks=True)
        worker.chunk(request, b"{")
        name, _, error = worker.read()
        self.assertEqual(name, "ERROR")
        self.assertIn("a chunk is not JSON", error["message"])


class OneSlot(Plain, WorkerTest):
    def start(self, window=40):
        return self.worker(SCRIPT + "worker.run()", window=window, payload=1000)


class Slots(Plain, WorkerTest):
    def start(self, window=40):
        return self.worker(SCRIPT + "worker.run(slots=3)", window=window, payload=1000, slots=3)


class Loop(Streams, WorkerTest):
    prefix = "a_"

    def start(self, window=40):
        return self.worker(SCRIPT + ASYNC + "worker.run()", window=window, payload=1000)

    def test_for_does_not_read_what_async_for_reads(self):
        worker = self.start()
        worker.send("a_wrong", chunks=True)
        self.assertIn("async for", worker.read()[2]["message"])


class Credit(unittest.TestCase):
    def test_empty_chunks_are_not_free(self):
        flow = Flow(1, 32, False, 1000)
        flow.chunk(b"")
        self.assertTrue(flow.may_send)
        flow.chunk(b"")
        self.assertFalse(flow.may_send)

    def test_it_is_given_back_by_the_quarter(self):
        flow = Flow(1, 4 * 3 * COST, True, 1000)
        for returned in False, False, True, False, False, True:
            flow.accept(Frame(CHUNK, 1, payload=b"1"))
            flow.take()
            self.assertEqual(bool(flow.refund()), returned)


if __name__ == "__main__":
    unittest.main()
