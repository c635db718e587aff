"""Workers as their authors write them, and what a pool is told about them."""

import functools
import os
import pydoc
import re
import subprocess
import sys
import unittest

from peer import HANG, NAMES, PYTHON, ROOM, WorkerTest, environment

import fsmpool
from fsmpool import Worker
from fsmpool.command import ImportHook
from fsmpool.frame import Frame, encode
from fsmpool.payload import decode_payload, encode_payload, from_json, to_json
from fsmpool.protocol import BYTES, CREDIT, HELLO, JSON, REQUEST


class Model:
    def predict(self, args):
        return args


def traced(function):
    @functools.wraps(function)
    def call(*args):
        return function(*args)

    return call


class Registration(unittest.TestCase):
    def setUp(self):
        self.worker = Worker()

    def test_a_command_has_the_name_of_its_function_or_its_own(self):
        @self.worker.command
        def one(args):
            return args

        @self.worker.command("second")
        def two(args, ctx):
            return args

        self.assertEqual(list(self.worker._registry.commands), ["one", "second"])
        self.assertEqual(one(1), 1)
        self.assertEqual(two(2, None), 2)

    def test_only_what_has_to_be_passed_decides_about_the_context(self):
        self.worker.command("plain")(lambda args, verbose=False: args)
        self.worker.command("context")(lambda args, ctx, verbose=False: args)
        self.worker.command("method")(Model().predict)
        self.worker.command("wrapped")(traced(lambda args, ctx: args))
        wants = {name: command.wants_context for name, command in self.worker._registry.commands.items()}
        self.assertEqual(wants, {"plain": False, "context": True, "method": False, "wrapped": True})

    def test_a_handler_that_cannot_be_called_is_refused(self):
        for function, complaint in [
            (lambda: None, "needs 0 arguments"),
            (lambda a, b, c: None, "needs 3 arguments"),
            (lambda args, *, database: None, "needs the keyword-only database"),
            (functools.partial(lambda: None), "needs 0 arguments"),
            (Model.predict, "is a method without its object"),
        ]:
            with self.subTest(complaint), self.assertRaisesRegex(TypeError, complaint):
                self.worker.command("name")(function)

    def test_a_hook_that_cannot_be_called_is_refused(self):
        async def sleepy():
            pass

        self.worker.start(sleepy)
        self.worker.shutdown(sleepy)
        for register, function, complaint in [
            (self.worker.health, sleepy, "cannot be a health hook: allowed is a plain function"),
            (self.worker.start, lambda args: None, "needs 1 arguments: a start hook gets 0"),
            (self.worker.export_session, lambda: None, "needs 0 arguments: a export_session hook gets 1"),
        ]:
            with self.subTest(complaint), self.assertRaisesRegex(TypeError, complaint):
                register(function)

    def test_the_import_hook_takes_a_snapshot_or_a_snapshot_and_a_version(self):
        class Kept:
            def plain(self, snapshot):
                return snapshot

            def versioned(self, snapshot, version):
                return snapshot, version

        def passed_on(function):
            @functools.wraps(function)
            def wrapper(*args, **kwargs):
                return function(*args, **kwargs)

            return wrapper

        alone, both = "snapshot", ("snapshot", "1")
        for name, hook, restored in [
            ("the snapshot", lambda snapshot: snapshot, alone),
            ("both", lambda snapshot, version: (snapshot, version), both),
            ("both under other names", lambda data, wrote: (data, wrote), both),
            ("a version with a default", lambda snapshot, version=None: (snapshot, version), both),
            ("a version by keyword", lambda snapshot, *, version: (snapshot, version), both),
            ("another parameter with a default", lambda snapshot, strict="strict": (snapshot, strict), (alone, "strict")),
            ("any number", lambda *args: args, (alone,)),
            ("a method", Kept().plain, alone),
            ("a method with both", Kept().versioned, both),
            ("a partial", functools.partial(lambda kind, snapshot, version: (snapshot, version), "kind"), both),
            ("a decorated one", passed_on(lambda snapshot: snapshot), alone),
            ("a decorated one with both", passed_on(lambda snapshot, version: (snapshot, version)), both),
            ("a decorated one by keyword", passed_on(lambda snapshot, *, version: (snapshot, version)), both),
            ("a class", str, alone),
        ]:
            with self.subTest(name):
                self.assertEqual(ImportHook(hook).restore("snapshot", "1"), restored)

    def test_an_import_hook_with_any_other_number_of_parameters_is_refused(self):
        def method(self, snapshot):
            pass

        for hook, complaint in [
            (lambda: None, r"needs 0 arguments: allowed are \(snapshot\) and \(snapshot, version\)"),
            (lambda snapshot, version, more: None, r"needs 3 arguments: allowed are \(snapshot\) and"),
            (lambda snapshot, *, strict: None, r"needs the keyword-only strict: allowed are \(snapshot\) and"),
            (method, "is a method without its object"),
        ]:
            with self.subTest(complaint), self.assertRaisesRegex(TypeError, complaint):
                self.worker.import_session(hook)

    def test_a_name_is_given_once(self):
        self.worker.command("same")(lambda args: args)
        with self.assertRaisesRegex(ValueError, "'same' exists already"):
            self.worker.command("same")(lambda args: args)

    def test_a_hook_is_given_once(self):
        for register in self.worker.start, self.worker.health, self.worker.shutdown:
            register(lambda: True)
            with self.assertRaisesRegex(ValueError, r"<lambda> \(test_worker.py:\d+\) is the \w+ hook already"):
                register(lambda: False)
        self.assertTrue(self.worker._registry.hooks["start"].function())

    def test_slots_are_a_number(self):
        for slots in "2", 1.5, None:
            with self.subTest(slots), self.assertRaisesRegex(ValueError, "allowed is 1 or more"):
                self.worker.run(slots=slots)

    def test_a_worker_has_at_least_one_slot(self):
        with self.assertRaisesRegex(ValueError, "slots=0: allowed is 1 or more"):
            self.worker.run(slots=0)


class Help(unittest.TestCase):
    def test_it_shows_what_is_ours_and_nothing_else(self):
        shown = pydoc.plain(pydoc.render_doc(fsmpool))
        self.assertNotIn("BaseException", shown)
        for words in ["run(self", "export_session(self", "session\n", "Unless", "remaining(self"]:
            self.assertIn(words.lower(), shown.lower())

    def test_every_attribute_of_a_context_is_explained(self):
        names = "id command session_id worker_id content_type traceparent chunks session cancelled"
        for name in names.split():
            self.assertTrue(pydoc.getdoc(getattr(fsmpool.Context, name)), name)


class Payloads(unittest.TestCase):
    def test_values_come_back_from_json(self):
        for value in [None, True, 0, -1.5, "ä\u2028\"", [1, [2]], {"a": {"b": []}}, "x" * 100_000, "ä\ud83d", {"\udc80": 1}]:
            self.assertEqual(from_json(to_json(value)), value)

    def test_white_space_is_allowed_and_more_is_not(self):
        self.assertEqual(from_json(b" \n{} "), {})
        for text in b"", b"{", b"1 2", b"nul", b"\xff", b"\xef\xbb\xbf1", b"NaN", b"[-Infinity]":
            with self.subTest(text), self.assertRaises(ValueError):
                from_json(text)

    def test_what_cannot_be_encoded_says_why_and_spoils_nothing(self):
        endless = []
        endless.append(endless)
        for value in [object(), {1, 2}, float("nan"), float("-inf"), endless]:
            with self.assertRaisesRegex(TypeError, "the result is neither bytes nor JSON"):
                encode_payload("the result", value)
        self.assertEqual(encode_payload("the result", [[]]), (b"", b"[[]]"))

    def test_the_part_that_cannot_be_encoded_is_named(self):
        loop = {"a": []}
        loop["a"].append(loop)
        for value, complaint in [
            ({"rows": [1, {2}]}, r"the result['rows'][1] is neither bytes nor JSON: Object of type set"),
            ([[float("nan")]], r"the result[0][0] is neither bytes nor JSON: Out of range float"),
            ({"a": {(1, 2): 3}}, r"the result['a'] is neither bytes nor JSON: keys must be str"),
            ({"k" * 500: object()}, "the result['" + "k" * 39 + "...] is neither"),
            (loop, "the result['a'] is neither bytes nor JSON: [0] refers back to what holds it"),
        ]:
            with self.subTest(complaint), self.assertRaisesRegex(TypeError, re.escape(complaint)):
                encode_payload("the result", value)

    def test_bytes_of_all_kinds_are_bytes(self):
        for value in b"ab", bytearray(b"ab"), memoryview(b"ab"), memoryview(b"axbx")[::2]:
            meta, payload = encode_payload("the result", value)
            self.assertIn(BYTES.encode(), meta)
            self.assertEqual(bytes(payload), b"ab")

    def test_an_empty_payload_is_nothing(self):
        self.assertIsNone(decode_payload(JSON, b""))
        self.assertEqual(decode_payload(BYTES, b""), b"")


class Slots(WorkerTest):
    SCRIPT = """
    import asyncio, threading
    from fsmpool import worker
    barrier = threading.Barrier(3)

    @worker.command
    def meet(args):
        return barrier.wait({hang})

    @worker.command
    def where(args):
        return threading.current_thread() is threading.main_thread()

    @worker.command
    def leave(args):
        raise SystemExit(4)
    """
    ASYNC = """
    gate = None

    @worker.start
    async def begin():
        global gate
        gate = asyncio.Event()

    @worker.command
    async def wait(args):
        await gate.wait()
        return "open"

    @worker.command
    async def open(args):
        gate.set()

    @worker.command
    async def a_leave(args):
        raise SystemExit(4)

    @worker.shutdown
    async def end():
        await asyncio.sleep(0)
        print("ended", file=__import__("sys").stderr)
    """

    def start(self, more, **limits):
        return self.worker(self.SCRIPT.replace("{hang}", str(HANG)) + more, **limits)

    def test_as_many_requests_as_slots_run_at_once(self):
        worker = self.start("\n    worker.run(slots=3)", slots=3)
        self.assertEqual(worker.hello["slots"], 3)
        requests = {worker.send("meet") for _ in range(3)}
        answers = [worker.read() for _ in requests]
        self.assertEqual({answered for _, answered, _ in answers}, requests)
        self.assertEqual({got for _, _, got in answers}, {0, 1, 2})
        self.assertEqual(worker.shutdown(), (0, ""))

    def test_with_one_slot_handlers_run_on_the_main_thread(self):
        self.assertEqual(self.start("\n    worker.run()").ask("where"), ("RESPONSE", True))
        self.assertEqual(self.start("\n    worker.run(slots=2)", slots=2).ask("where"), ("RESPONSE", False))

    def test_coroutines_share_a_loop(self):
        worker = self.start(self.ASYNC + "\n    worker.run(slots=2)", slots=2)
        first, second = worker.send("wait"), worker.send("open")
        self.assertEqual(worker.read(), ("RESPONSE", second, None))
        self.assertEqual(worker.read(), ("RESPONSE", first, "open"))
        self.assertEqual(worker.shutdown(), (0, "ended\n"))

    def test_a_handler_that_exits_answers_first(self):
        for command, more in ("leave", ""), ("a_leave", self.ASYNC):
            with self.subTest(command):
                worker = self.start(more + "\n    worker.run(slots=2)", slots=2)
                name, error = worker.ask(command)
                self.assertEqual((name, error["type"], error["fatal"]), ("ERROR", "SystemExit", True))
                self.assertEqual(worker.end()[0], 4)

    def test_a_frame_at_the_wrong_moment_is_a_protocol_error(self):
        for run in "worker.run()", "worker.run(slots=2)":
            for frame in Frame(REQUEST, 0, "where"), Frame(HELLO, 0), Frame(CREDIT, 7, payload=b"\0\0\0\1"):
                with self.subTest(run, frame=frame):
                    worker = self.start("\n    " + run)
                    worker.data.send(encode(frame))
                    self.assertEqual(worker.read()[0], "ERROR")
                    status, said = worker.end()
                    self.assertEqual(status, 3)
                    self.assertIn(f"fsmpool: frame: {NAMES[frame.type]} with id {frame.id}", said)

    def test_shutdown_lets_a_stream_end(self):
        script = """
        from fsmpool import worker
        @worker.command
        def items(args):
            yield from range(200)
        worker.run({})
        """
        for run in "", "slots=2":
            with self.subTest(run):
                worker = self.worker(script.format(run), window=100, slots=2 if run else 1)
                request = worker.send("items", stream=True)
                worker.busy()
                worker.control.send(b"\0\0\0\x0c\x12\0\0\0" + (9).to_bytes(8, "big"))
                items = []
                while True:
                    got = worker.read()
                    if got == ("CHUNK", request, None):
                        break
                    items.append(got[2])
                    if len(items) < 195:  # for the last ones there is enough, and the worker may have gone
                        worker.credit(request, 16 + len(str(got[2])))
                self.assertEqual(items, list(range(200)))
                self.assertEqual(worker.end(), (0, ""))


class ByHand(unittest.TestCase):
    SCRIPT = """
import logging
from fsmpool import worker
print("loading")

@worker.command
def echo(args, ctx):
    print("a print")
    ctx.session["n"] = ctx.session.get("n", 0) + 1
    return [args, ctx.session["n"]]

@worker.command
def count(args):
    logging.warning("counting")
    yield from range(args)

@worker.command
def blob(args):
    return b"ab"

if __name__ == "__main__":
    worker.run()
"""

    def by_hand(self, script, *lines):
        return subprocess.run(
            [*PYTHON, "-c", script, "--fsm-stdio"],
            input="".join(line + "\n" for line in lines),
            env=environment(),
            capture_output=True,
            text=True,
            timeout=HANG,
        )

    def test_lines_are_answered_by_lines(self):
        ran = self.by_hand(
            self.SCRIPT,
            '{"command": "echo", "args": "hä", "session": "s"}',
            '{"command": "echo", "session": "s"}',
            "",
            '{"command": "count", "args": 2, "stream": true}',
            '{"command": "blob"}',
            '{"command": "unknown"}',
            '{"args": 1}',
        )
        answers = [line.split(": ", 1) for line in ran.stdout.splitlines()]
        self.assertEqual(
            [line for line in ran.stdout.splitlines()][:6],
            [
                '{"result": ["hä", 1]}',
                '{"result": [null, 2]}',
                '{"chunk": 0}',
                '{"chunk": 1}',
                '{"end": true}',
                '{"result": {"base64": "YWI="}}',
            ],
            ran.stderr,
        )
        self.assertEqual([answer[0] for answer in answers[6:]], ['{"error"', '{"error"'])
        self.assertIn("a print\n", ran.stderr)
        self.assertIn("WARN root counting", ran.stderr)
        self.assertEqual(ran.returncode, 0)

    def test_no_version_is_known(self):
        script = "\n".join([
            "from fsmpool import worker",
            "worker.export_session(lambda session: session)",
            "worker.import_session(lambda snapshot, version: snapshot)",
            "worker.command('version')(lambda args: worker.version)",
            "worker.run()",
        ])  # fmt: skip
        self.assertEqual(self.by_hand(script, '{"command": "version"}').stdout, '{"result": null}\n')

    def test_a_start_hook_that_raises_says_so(self):
        ran = self.by_hand("from fsmpool import worker\nworker.start(lambda: 1 / 0)\nworker.run()")
        self.assertIn("division by zero", ran.stdout)
        self.assertEqual(ran.returncode, 1)


class Typing(unittest.TestCase):
    def test_the_package_says_that_it_is_typed(self):
        self.assertTrue(os.path.exists(os.path.join(ROOM, "fsmpool", "py.typed")))

    @unittest.skipIf(subprocess.run([sys.executable, "-c", "import mypy"], capture_output=True).returncode, "no mypy")
    def test_the_types_are_right(self):
        ran = subprocess.run([sys.executable, "-m", "mypy", "fsmpool"], cwd=ROOM, capture_output=True, text=True)
        self.assertEqual(ran.returncode, 0, ran.stdout)


if __name__ == "__main__":
    unittest.main()
