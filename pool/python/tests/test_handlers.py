"""Handlers as their authors write them: whatever can be called, answered for by what it returns."""

import functools
import os
import traceback
import unittest

from peer import PYTHON, WorkerTest, environment

import fsmpool
from fsmpool import Worker

HANDLERS = """
import asyncio, functools, os, sys, threading, types
from fsmpool import worker, Context

def wraps(function):
    @functools.wraps(function)
    def call(*args, **keywords):
        return function(*args, **keywords)
    return call

def collected(function):
    @functools.wraps(function)
    def call(args):
        return {"rows": list(function(args))}
    return call

def on_a_thread(function):
    @functools.wraps(function)
    async def call(args):
        return await asyncio.get_running_loop().run_in_executor(None, function, args)
    return call

def run_here(function):
    @functools.wraps(function)
    def call(args):
        return asyncio.run(function(args))
    return call

def plain(args): return ["plain", args]
def with_context(args, ctx): return ["ctx", ctx.command]
def optional(args, ctx=None): return ["ctx", ctx.command]
def keyword(args, *, ctx): return ["ctx", ctx.command]
def optional_keyword(args, *, ctx=None): return ["ctx", ctx.command]
def everything(*args): return [type(arg).__name__ for arg in args]
def captured(args, factor=2): return args * factor
def prefixed(prefix, args): return [prefix, args]
def prefixed_with_context(prefix, args, ctx): return [prefix, ctx.command]

def numbers(args):
    yield from range(args)

async def later(args):
    await asyncio.sleep(0)
    return ["later", args]

async def later_numbers(args):
    for number in range(args):
        await asyncio.sleep(0)
        yield number

async def forgets_to_await(args): return later(args)
async def returns_numbers(args): return numbers(args)
async def returns_later_numbers(args): return later_numbers(args)

@types.coroutine
def old_style(args):
    yield from asyncio.sleep(0).__await__()
    return ["old", args]

class Awaitable:
    def __await__(self):
        yield from asyncio.sleep(0).__await__()
        return "awaited"

class Model:
    def __call__(self, args): return ["model", args]
    def method(self, args, ctx): return ["method", ctx.command]
    @functools.lru_cache
    def cached(self, args): return ["cached", args]

    @classmethod
    def of_class(cls, args): return [cls.__name__, args]
    @staticmethod
    def of_none(args): return ["static", args]
    @wraps
    def wrapped(self, args, ctx): return ["wrapped", ctx.command]

class Static:
    @staticmethod
    def __call__(args): return ["static call", args]

class AsyncModel:
    async def __call__(self, args, ctx): return ["async model", ctx.command]

class Numbers:
    def __call__(self, args): yield from range(args)

class LaterNumbers:
    async def __call__(self, args):
        for number in range(args):
            yield number

class Countdown:
    def __init__(self, args): self.left = args
    def __iter__(self): return self
    def __next__(self):
        if not self.left: raise StopIteration
        self.left -= 1
        return self.left

SYNC = {
    "plain": plain, "with_context": with_context, "optional": optional, "keyword": keyword,
    "optional_keyword": optional_keyword, "everything": everything, "captured": captured,
    "numbers": numbers, "partial": functools.partial(prefixed, "p"),
    "partial_with_context": functools.partial(prefixed_with_context, "p"), "cached": functools.lru_cache(plain),
    "object": Model(), "static_object": Static(), "method": Model().method, "cached_method": Model().cached, "class_method": Model.of_class,
    "static_method": Model.of_none, "static_method_itself": Model.__dict__["of_none"], "decorated_method": Model().wrapped,
    "generating_object": Numbers(), "iterator": Countdown, "builtin": len,
    "wraps_plain": wraps(plain), "wraps_with_context": wraps(with_context), "wraps_keyword": wraps(keyword),
    "wraps_wraps": wraps(wraps(with_context)), "wraps_numbers": wraps(numbers), "collected": collected(numbers),
    "partial_of_wraps": functools.partial(wraps(prefixed), "p"),
    # plain when they are called, and not what they return
    "wraps_later": wraps(later), "wraps_later_numbers": wraps(later_numbers), "lambda_later": lambda args: later(args),
    "awaitable": lambda args: Awaitable(), "old_style": old_style, "runs_a_loop_itself": run_here(later),
}
ASYNC = {
    "later": later, "later_numbers": later_numbers, "async_object": AsyncModel(), "async_generating_object": LaterNumbers(),
    "partial_later": functools.partial(later), "forgets_to_await": forgets_to_await, "returns_numbers": returns_numbers,
    "returns_later_numbers": returns_later_numbers, "async_around_plain": on_a_thread(plain),
}
def register(handlers):
    for name, handler in handlers.items():
        worker.command(name)(handler)

@worker.command
def threads(args):
    return sorted(thread.name for thread in threading.enumerate())

def swallow(args):
    async def stubborn():
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            return "caught"
    return stubborn()

def sleeps(args):
    async def cleans_up():
        try:
            open(args + ".begun", "w").close()
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            open(args, "w").close()
    return cleans_up()

def sleeps_between(args):
    async def items():
        try:
            yield 1
            await asyncio.sleep(60)
        finally:
            open(args, "w").close()
    return items()

def raises(args):
    async def fails():
        raise ValueError("inside")
    return fails()

def leaves(args):
    async def exits():
        sys.exit(7)
    return exits()

register({"swallow": swallow, "sleeps": sleeps, "raises": raises, "leaves": leaves, "sleeps_between": sleeps_between})
"""
ANSWERS = {
    "plain": ["plain", 2], "with_context": ["ctx", "with_context"], "optional": ["ctx", "optional"],
    "keyword": ["ctx", "keyword"], "optional_keyword": ["ctx", "optional_keyword"], "everything": ["int", "Context"],
    "captured": 4, "numbers": [0, 1], "partial": ["p", 2], "partial_with_context": ["p", "partial_with_context"],
    "cached": ["plain", 2], "object": ["model", 2], "static_object": ["static call", 2],
    "method": ["method", "method"], "cached_method": ["cached", 2], "class_method": ["Model", 2],
    "static_method": ["static", 2], "static_method_itself": ["static", 2],
    "decorated_method": ["wrapped", "decorated_method"], "generating_object": [0, 1], "iterator": [1, 0],
    "wraps_plain": ["plain", 2], "wraps_with_context": ["ctx", "wraps_with_context"],
    "wraps_keyword": ["ctx", "wraps_keyword"], "wraps_wraps": ["ctx", "wraps_wraps"], "wraps_numbers": [0, 1],
    "collected": {"rows": [0, 1]}, "partial_of_wraps": ["p", 2], "wraps_later": ["later", 2],
    "wraps_later_numbers": [0, 1], "lambda_later": ["later", 2], "awaitable": "awaited", "old_style": ["old", 2],
    "runs_a_loop_itself": ["later", 2],
}  # fmt: skip
ASYNC_ANSWERS = {
    "later": ["later", 2], "later_numbers": [0, 1], "async_object": ["async model", "async_object"],
    "async_generating_object": [0, 1], "partial_later": ["later", 2], "forgets_to_await": ["later", 2],
    "returns_numbers": [0, 1], "returns_later_numbers": [0, 1], "async_around_plain": ["plain", 2],
}  # fmt: skip
STREAMS = ["numbers", "generating_object", "wraps_numbers", "wraps_later_numbers"]
ASYNC_STREAMS = ["later_numbers", "async_generating_object", "returns_numbers", "returns_later_numbers"]


class Answering:
    """What is the same however many requests a worker serves at once."""

    answers = ANSWERS
    streams = STREAMS

    def test_each_callable_is_answered_for_by_what_it_returns(self):
        worker = self.start()
        for _ in range(2):
            for name, answer in self.answers.items():
                with self.subTest(name):
                    self.assertEqual(worker.ask(name, 2), ("RESPONSE", answer))
        self.assertEqual(worker.ask("builtin", "four"), ("RESPONSE", 4))
        self.assertEqual(worker.shutdown(), (0, ""))

    def test_a_caller_of_a_stream_gets_items_one_by_one(self):
        worker = self.start()
        for name in self.streams:
            with self.subTest(name):
                request = worker.send(name, 2, stream=True)
                got = [worker.read() for _ in range(3)]
                self.assertEqual(got, [("CHUNK", request, 0), ("CHUNK", request, 1), ("CHUNK", request, None)])

    def test_a_coroutine_that_a_plain_handler_returned_can_be_cancelled(self):
        worker, path = self.start(), self.file()
        for _ in range(2):
            request = worker.send("sleeps", path)
            worker.until(lambda _pong: os.path.exists(path + ".begun"))
            worker.cancel(request)
            self.assertEqual(worker.read(), ("CANCELLED", request, None))
            self.assertTrue(os.path.exists(path), "it was not waited for")
            os.unlink(path)
            os.unlink(path + ".begun")
            self.assertEqual(worker.ask("plain", 1), ("RESPONSE", ["plain", 1]))

    def test_a_coroutine_that_is_cancelled_at_any_moment_is_closed(self):
        worker = self.start()
        for _ in range(100):  # some before the first step of the coroutine: Python warns of one that was only thrown away
            request = worker.send("sleeps", self.file())
            worker.cancel(request)
            self.assertEqual(worker.read()[:2], ("CANCELLED", request))
        self.assertEqual(worker.ask("plain", 1), ("RESPONSE", ["plain", 1]))
        self.assertEqual(worker.shutdown(), (0, ""))

    def test_an_async_generator_that_a_plain_handler_returned_is_closed_when_it_is_cancelled(self):
        worker, path = self.start(), self.file()
        request = worker.send("sleeps_between", path, stream=True)
        self.assertEqual(worker.read(), ("CHUNK", request, 1))
        worker.cancel(request)
        self.assertEqual(worker.read(), ("CANCELLED", request, None))
        self.assertTrue(os.path.exists(path))

    def test_what_the_coroutine_raises_is_the_error_of_the_handler(self):
        worker = self.start()
        name, error = worker.ask("raises")
        self.assertEqual((name, error["type"], error["message"]), ("ERROR", "ValueError", "inside"))
        self.assertIn("in fails", error["traceback"])
        self.assertNotIn("fsmpool/runner.py", error["traceback"])
        name, error = worker.ask("leaves")
        self.assertEqual((name, error["type"], error["fatal"]), ("ERROR", "SystemExit", True))
        self.assertEqual(worker.end()[0], 7)

    def file(self):
        import tempfile

        room = tempfile.TemporaryDirectory()
        self.addCleanup(room.cleanup)
        return os.path.join(room.name, "cleaned up")


class OneSlot(Answering, WorkerTest):
    def start(self):
        return self.worker(HANDLERS + "register(SYNC)\nworker.run()")

    def test_a_worker_without_coroutines_has_no_event_loop(self):
        worker = self.start()
        worker.ask("plain", 1)
        self.assertNotIn("fsmpool-loop", worker.ask("threads")[1])
        worker.ask("wraps_later", 1)
        self.assertIn("fsmpool-loop", worker.ask("threads")[1])


class Slots(Answering, WorkerTest):
    def start(self):
        return self.worker(HANDLERS + "register(SYNC)\nworker.run(slots=2)", slots=2)


class Loop(Answering, WorkerTest):
    answers = {**ANSWERS, **ASYNC_ANSWERS}
    streams = STREAMS + ASYNC_STREAMS

    def start(self):
        return self.worker(HANDLERS + "register({**SYNC, **ASYNC})\nworker.run(slots=2)", slots=2)


class Blame(unittest.TestCase):
    """An error about a handler is an error of its author's file."""

    def test_the_traceback_ends_where_the_handler_is_defined(self):
        def wrong(one, two, three):
            pass

        line = wrong.__code__.co_firstlineno
        try:
            Worker().command(wrong)
        except TypeError as error:
            self.assertIn(f"wrong (test_handlers.py:{line}) needs 3 arguments", str(error))
            last = traceback.extract_tb(error.__traceback__)[-1]
            self.assertEqual((last.filename, last.lineno, last.name), (__file__, line, "wrong"))
        else:
            self.fail("three arguments are allowed")

    def test_a_callable_without_a_name_has_to_be_given_one(self):
        worker = Worker()
        with self.assertRaisesRegex(TypeError, "has no name of its own: give it one"):
            worker.command(functools.partial(print, 1))
        with self.assertRaisesRegex(TypeError, "7 cannot be called"):
            worker.command(7)
        worker.command("named")(functools.partial(print, 1))


class Refusals(WorkerTest):
    """Programs that cannot be workers end at once, with status 2 and one line."""

    def run_script(self, script, *more, python=PYTHON):
        import subprocess

        ran = subprocess.run([*python, "-c", script, *more], env=environment(), capture_output=True, text=True, timeout=30)
        return ran.returncode, ran.stderr

    def test_one_session_hook_without_the_other(self):
        for there, missing in ("export", "import"), ("import", "export"):
            status, said = self.run_script(
                f"from fsmpool import worker\n@worker.{there}_session\ndef pack(state):\n    return state\nworker.run()"
            )
            expected = f"an {there}_session hook without an {missing}_session hook: allowed are both or none\n"
            self.assertEqual((status, said.count("\n")), (2, 1))
            self.assertIn(expected, said)

    def test_a_library_that_replaces_parts_of_the_standard_library(self):
        for library in "gevent", "eventlet":
            for part in "_thread.start_new_thread", "socket.socket", "select.select", "time.sleep", "os.fork", "signal.signal":
                module = part.split(".")[0]
                status, said = self.run_script(
                    f"import {module}\nfrom fsmpool import worker\ndef green(*args): pass\n"
                    f"green.__module__ = '{library}.part'\n{part} = green\nworker.run()"
                )
                self.assertEqual((status, said.count("\n")), (2, 1), said)
                self.assertIn(f"fsmpool: {library} has patched the standard library ({library}.part.green)", said)

    def test_a_library_that_replaces_parts_in_the_start_hook(self):
        worker = self.worker("""
            import time
            from fsmpool import worker

            @worker.start
            def patch():
                def green(*args): pass
                green.__module__ = "gevent.part"
                time.sleep = green

            worker.run()
        """)
        self.assertIn("the start hook raised: gevent has patched the standard library", worker.ready["message"])
        self.assertEqual(worker.end()[0], 1)

    def test_a_library_that_is_only_imported_is_no_reason(self):
        _, said = self.run_script(
            "import sys, types\nsys.modules['gevent'] = types.ModuleType('gevent')\n"
            "from fsmpool import worker\nworker.run()"
        )
        self.assertIn("this program is a worker", said)

    def test_a_python_that_is_too_old_reads_the_file_as_far_as_its_complaint(self):
        with open(fsmpool.__file__, "rb") as file:
            source = file.read()
        source.decode("ascii")  # Python 2 reads nothing else without being told
        for word in b"f\"", b" -> ", b":=", b"async ", b"match ":
            self.assertNotIn(word, source.split(b'"""', 2)[2], "Python 2.7 and 3.5 have to get through")
        import sys
        from unittest import mock

        with mock.patch.object(sys, "version_info", (3, 8, 18)), self.assertRaises(SystemExit) as left:
            exec(compile(source, "fsmpool/__init__.py", "exec"), {"__name__": "fsmpool", "__package__": "fsmpool"})
        self.assertEqual(left.exception.code, f"fsmpool needs Python 3.9 or newer: this is 3.8 at {sys.executable}")


if __name__ == "__main__":
    unittest.main()
