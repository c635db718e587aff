"""Cancellation of real workers: what is stopped, what is not, and that nothing else is hit."""

import random
import unittest

from peer import WorkerTest

SCRIPT = """
import asyncio, sys, time
from fsmpool import Cancelled, worker

@worker.command
def sleep(args):
    time.sleep(1000)

@worker.command
def compute(args):
    while True:
        pass

@worker.command
def stubborn(args):
    try:
        time.sleep(1000)
    except Cancelled:
        return "finished all the same"

@worker.command
def cleans(args, ctx):
    try:
        time.sleep(1000)
    finally:
        worker.cleaned = ctx.cancelled

@worker.command
def cleaned(args):
    return worker.cleaned

@worker.command
def polls(args, ctx):
    while not ctx.cancelled:
        time.sleep(0.001)
    return "saw it"

@worker.command
def lies(args):
    raise Cancelled

@worker.command
def echo(args):
    return args

@worker.command
def brief(args):
    for _ in range(args):
        pass
    return args

@worker.command
def items(args):
    try:
        while True:
            yield "x" * 100
    finally:
        worker.cleaned = "closed"

@worker.command
def total(args, ctx):
    return sum(ctx.chunks)
"""

RUN = "worker.run()"
ASYNC = """
@worker.command
async def a_sleep(args):
    await asyncio.sleep(1000)

@worker.command
async def a_items(args):
    while True:
        yield "x" * 100

@worker.command
async def a_total(args, ctx):
    return sum([chunk async for chunk in ctx.chunks])

@worker.command
async def a_brief(args):
    for _ in range(args):
        await asyncio.sleep(0)
    return args
"""


class Cancelling:
    """What is the same however many requests a worker serves at once."""

    def cancels(self, worker, command, **more):
        request = worker.send(command, **more)
        worker.busy()
        worker.cancel(request)
        return worker.read()[::2]

    def test_a_loop_is_stopped(self):
        worker = self.start()
        self.assertEqual(self.cancels(worker, "compute"), ("CANCELLED", None))
        self.assertEqual(worker.ask("echo", 1), ("RESPONSE", 1))

    def test_waiting_for_credit_is_stopped(self):
        worker = self.start()
        request = worker.send("items", stream=True)
        for _ in range(4096 // 118 + 1):
            self.assertEqual(worker.read(), ("CHUNK", request, "x" * 100))
        worker.cancel(request)
        self.assertEqual(worker.read()[:2], ("CANCELLED", request))
        self.assertEqual(worker.ask("cleaned"), ("RESPONSE", "closed"))

    def test_waiting_for_chunks_is_stopped(self):
        worker = self.start()
        request = worker.send("total", chunks=True)
        worker.chunk(request, b"1")
        worker.cancel(request)
        worker.chunk(request, b"2")  # it was on its way
        self.assertEqual(worker.read()[:2], ("CANCELLED", request))
        self.assertEqual(worker.ask("echo", 1), ("RESPONSE", 1))

    def test_a_request_can_be_cancelled_before_it_comes(self):
        worker = self.start()
        worker.cancel(1)
        worker.awake()
        self.assertEqual(worker.ask("compute"), ("CANCELLED", None))

    def test_what_has_ended_is_not_cancelled(self):
        worker = self.start()
        worker.ask("echo", 1)
        worker.cancel(1)
        worker.awake()
        self.assertEqual(worker.ask("echo", 2), ("RESPONSE", 2))

    def test_a_handler_that_raises_cancelled_without_a_reason_has_failed(self):
        name, error = self.start().ask("lies")
        self.assertEqual((name, error["type"]), ("ERROR", "Cancelled"))

    def test_every_request_ends_once_whenever_it_is_cancelled(self):
        worker = self.start()
        random.seed(3)
        names = {"CANCELLED": 0, "RESPONSE": 0}
        while min(names.values()) < 50:
            size = random.randrange(3000)
            request = worker.send(random.choice(self.briefs), size)
            for _ in range(random.randrange(2000)):
                pass
            worker.cancel(request)
            name, answered, got = worker.read()
            names[name] += 1
            self.assertEqual((answered, got), (request, size if name == "RESPONSE" else None))
        self.assertEqual(worker.shutdown(), (0, ""))

    briefs = ("brief",)


class OneSlot(Cancelling, WorkerTest):
    def start(self):
        return self.worker(SCRIPT + RUN)

    def test_sleep_is_stopped(self):
        worker = self.start()
        self.assertEqual(self.cancels(worker, "sleep"), ("CANCELLED", None))
        self.assertEqual(worker.ask("echo", 1), ("RESPONSE", 1))

    def test_a_handler_can_clean_up(self):
        worker = self.start()
        self.assertEqual(self.cancels(worker, "cleans"), ("CANCELLED", None))
        self.assertEqual(worker.ask("cleaned"), ("RESPONSE", True))

    def test_a_handler_can_answer_all_the_same(self):
        self.assertEqual(self.cancels(self.start(), "stubborn"), ("RESPONSE", "finished all the same"))


class Slots(Cancelling, WorkerTest):
    def start(self):
        return self.worker(SCRIPT + "worker.run(slots=2)", slots=2)

    def test_the_others_go_on(self):
        worker = self.start()
        first, second = worker.send("compute"), worker.send("polls")
        worker.busy()
        worker.cancel(first)
        self.assertEqual(worker.read()[:2], ("CANCELLED", first))
        worker.cancel(second)
        name, answered, _ = worker.read()
        self.assertIn(name, ("CANCELLED", "RESPONSE"))
        self.assertEqual(answered, second)

    def test_what_waits_for_its_session_is_answered_at_once(self):
        worker = self.start()
        first = worker.send("compute", session="s")
        worker.busy()
        second = worker.send("echo", session="s")
        worker.cancel(second)
        self.assertEqual(worker.read()[:2], ("CANCELLED", second))
        worker.cancel(first)
        self.assertEqual(worker.read()[:2], ("CANCELLED", first))
        self.assertEqual(worker.ask("echo", 5, session="s"), ("RESPONSE", 5))


class Loop(Cancelling, WorkerTest):
    briefs = ("brief", "a_brief")

    def start(self):
        return self.worker(SCRIPT + ASYNC + RUN)

    def test_a_coroutine_is_stopped(self):
        worker = self.start()
        self.assertEqual(self.cancels(worker, "a_sleep"), ("CANCELLED", None))

    def test_an_async_generator_is_stopped(self):
        worker = self.start()
        request = worker.send("a_items", stream=True)
        worker.cancel(request)
        while True:
            name, answered, _ = worker.read()
            self.assertEqual(answered, request)
            if name != "CHUNK":
                break
        self.assertEqual(name, "CANCELLED")

    def test_waiting_for_chunks_in_a_coroutine_is_stopped(self):
        worker = self.start()
        request = worker.send("a_total", chunks=True)
        worker.chunk(request, b"1")
        worker.cancel(request)
        self.assertEqual(worker.read()[:2], ("CANCELLED", request))


if __name__ == "__main__":
    unittest.main()
