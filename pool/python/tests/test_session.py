"""Sessions: what is kept, what travels, and who waits for whom."""

import contextlib
import io
import json
import os
import tempfile
import unittest

from peer import WorkerTest

from fsmpool.frame import Frame, encode
from fsmpool.protocol import DROP, EXPORT, IMPORT, SNAPSHOT
from fsmpool.session import Sessions

SCRIPT = """
import os, time
from fsmpool import worker

@worker.command
def count(args, ctx):
    ctx.session["n"] = ctx.session.get("n", 0) + 1
    return ctx.session["n"]

@worker.command
def look(args, ctx):
    return len(ctx.session)

@worker.command
def spoil(args, ctx):
    ctx.session["x"] = object()

@worker.command
def numbered(args, ctx):
    ctx.session[1] = "one"

@worker.command
def become(args, ctx):
    ctx.session = eval(args)

@worker.command
def state(args, ctx):
    return repr(ctx.session)

@worker.command
def fails(args, ctx):
    ctx.session["n"] = -1
    raise ValueError("but it has changed")

@worker.command
def stream(args, ctx):
    ctx.session["n"] = "streamed"
    yield 1

@worker.command
def waits(args, ctx):
    ctx.session["n"] = "waits"
    while not os.path.exists(args):
        time.sleep(0.001)
    ctx.session["n"] = "waited"

"""
HOOKS = """
class Conversation:
    def __init__(self, turns):
        self.turns = turns

@worker.export_session
def export(session):
    if not isinstance(session, Conversation):
        raise LookupError("nothing was said")
    return ",".join(session.turns).encode()

@worker.import_session
def restore(snapshot):
    return Conversation(snapshot.decode().split(","))

@worker.command
def say(args, ctx):
    if not isinstance(ctx.session, Conversation):
        ctx.session = Conversation([])
    ctx.session.turns.append(args)
    return ctx.session.turns

"""
STUCK = """
@worker.export_session
def export(session):
    return until_cancelled(session)

@worker.import_session
def restore(snapshot):
    return until_cancelled(snapshot)

def until_cancelled(state):
    while state.get("stuck"):
        time.sleep(0.001)
    return state

@worker.command
def put(args, ctx):
    ctx.session = args

"""


class Keeping(unittest.TestCase):
    def setUp(self):
        self.sessions = Sessions(limit=2)

    def test_state_stays_with_its_session(self):
        self.sessions.get("a", 1).state["n"] = 1
        self.assertEqual(self.sessions.get("b", 1).state, {})
        self.assertEqual(self.sessions.get("a", 1).state, {"n": 1})

    def test_a_new_generation_starts_afresh(self):
        self.sessions.get("a", 1).state["n"] = 1
        self.assertEqual(self.sessions.get("a", 2).state, {})

    def test_the_one_not_used_for_longest_is_forgotten_aloud(self):
        self.sessions.get("a", 1).state["n"] = 1
        self.sessions.get("b", 1)
        self.sessions.get("a", 1)
        with contextlib.redirect_stderr(io.StringIO()) as said:
            self.sessions.get("c", 1)
        self.assertIn("session 'b' forgotten: the limit is 2", said.getvalue())
        self.assertEqual(self.sessions.get("a", 1).state, {"n": 1})


class Travelling:
    """What is the same however many requests a worker serves at once."""

    def path(self):
        room = tempfile.TemporaryDirectory()
        self.addCleanup(room.cleanup)
        return os.path.join(room.name, "go")

    def session_request(self, worker, frame_type, payload=b"", **meta):
        request = worker.session_request(frame_type, payload, **meta)
        name, answered, got = worker.read()
        self.assertEqual(answered, request)
        return name, got

    def test_a_session_is_exported_and_imported_elsewhere(self):
        here, there = self.start(), self.start()
        here.ask("count", session="s")
        here.ask("count", session="s")
        name, snapshot = self.session_request(here, EXPORT, session="s", generation=1)
        self.assertEqual((name, snapshot), ("SNAPSHOT", {"n": 2}))
        self.assertEqual(here.ask("count", session="s"), ("RESPONSE", 3))
        payload = json.dumps(snapshot).encode()
        self.assertEqual(self.session_request(there, IMPORT, payload, session="s", generation=7), ("IMPORTED", None))
        self.assertEqual(there.ask("count", session="s", generation=7), ("RESPONSE", 3))

    def test_a_session_that_is_dropped_is_gone(self):
        worker = self.start()
        worker.ask("count", session="s")
        self.session_request(worker, EXPORT, session="s", generation=1, drop=True)
        name, error = self.session_request(worker, EXPORT, session="s", generation=1)
        self.assertEqual((name, error["kind"]), ("ERROR", "no_session"))

    def test_another_generation_is_another_session(self):
        worker = self.start()
        worker.ask("count", session="s")
        name, error = self.session_request(worker, EXPORT, session="s", generation=2)
        self.assertEqual((name, error["kind"]), ("ERROR", "no_session"))

    def test_what_is_no_json_is_not_exportable(self):
        for command, reason in ("spoil", "Object of type object"), ("numbered", "state: a key 1 (int) would come back as '1'"):
            with self.subTest(command):
                worker = self.start()
                worker.ask(command, session="s")
                name, error = self.session_request(worker, EXPORT, session="s", generation=1, drop=True)
                self.assertEqual((name, error["kind"]), ("ERROR", "not_exportable"))
                self.assertIn(reason, error["message"])
                self.assertIn("@worker.export_session", error["message"])
                self.assertEqual(worker.ask("look", session="s"), ("RESPONSE", 1))  # it was not dropped

    def test_a_snapshot_of_another_type_needs_a_hook(self):
        worker = self.start()
        name, error = self.session_request(worker, IMPORT, b"[1]", session="s", generation=1, content_type="text/plain")
        self.assertEqual((name, error["kind"]), ("ERROR", "handler_error"))
        self.assertIn("@worker.import_session", error["message"])

    def test_state_of_any_json_type_and_bytes_travel(self):
        here, there = self.start(), self.start()
        for state in ("'text'", "[1, [2.5, None]]", "None", "7", "True", "-0.0", "b'\\x00\\xff'", "{'half': '\\ud83d'}"):
            with self.subTest(state):
                here.ask("become", state, session="s")
                request = here.session_request(EXPORT, session="s", generation=1)
                frame = here.data.receive()
                self.assertEqual((frame.type, frame.id), (SNAPSHOT, request))
                content_type = json.loads(frame.meta)["content_type"]
                payload = bytes(frame.payload)
                self.session_request(there, IMPORT, payload, session="s", generation=1, content_type=content_type)
                self.assertEqual(there.ask("state", session="s"), here.ask("state", session="s"))

    def test_a_drop_forgets_the_generation_named_and_older_ones(self):
        worker = self.start()
        for name, generation in ("old", 1), ("same", 3), ("newer", 4):
            worker.ask("count", session=name, generation=generation)
        worker.drop(["old", 3], ["same", 3], ["newer", 3], ["never seen", 9])
        seen = {n: worker.ask("look", session=n, generation=g) for n, g in (("old", 1), ("same", 3), ("newer", 4))}
        self.assertEqual(seen, {"old": ("RESPONSE", 0), "same": ("RESPONSE", 0), "newer": ("RESPONSE", 1)})
        worker.drop(["newer", 4])
        self.assertEqual(worker.ask("look", session="newer", generation=4), ("RESPONSE", 0))

    def test_a_drop_leaves_the_request_that_runs_its_state(self):
        worker, go = self.start(), self.path()
        request = worker.send("waits", go, session="s", checkpoint=True)
        worker.busy()
        worker.drop(["s", 1])
        open(go, "w").close()
        self.assertEqual(worker.read(), ("SNAPSHOT", request, {"n": "waited"}))
        self.assertEqual(worker.read(), ("RESPONSE", request, None))

    def test_a_drop_that_is_no_list_of_pairs_is_a_protocol_error(self):
        for payload in b"{}", b"[1]", b'[["s"]]', b'[["s","1"]]', b"[[1,1]]", b"":
            with self.subTest(payload):
                worker = self.start()
                worker.control.send(encode(Frame(DROP, 0, payload=payload)))
                status, said = worker.end()
                self.assertEqual(status, 3, said)
                self.assertIn("DROP payload", said)

    def test_hooks_say_what_a_session_is_made_of(self):
        here, there = self.start(HOOKS), self.start(HOOKS)
        here.ask("say", "hi", session="s")
        here.ask("say", "there", session="s")
        name, snapshot = self.session_request(here, EXPORT, session="s", generation=1)
        self.assertEqual((name, snapshot), ("SNAPSHOT", b"hi,there"))
        octets = "application/octet-stream"
        self.session_request(there, IMPORT, snapshot, session="s", generation=1, content_type=octets)
        self.assertEqual(there.ask("say", "again", session="s"), ("RESPONSE", ["hi", "there", "again"]))

    def test_a_snapshot_names_the_export_hook_that_wrote_it(self):
        for hooks, name in (HOOKS, "export"), ("", None):
            for how in "export", "checkpoint":
                with self.subTest(hooks=bool(hooks), how=how):
                    worker = self.start(hooks)
                    if how == "checkpoint":
                        worker.send("say" if hooks else "count", "hi", session="s", checkpoint=True)
                    else:
                        worker.ask("say" if hooks else "count", "hi", session="s")
                        worker.session_request(EXPORT, session="s", generation=1)
                    frame = worker.data.receive()
                    self.assertEqual((frame.type, json.loads(frame.meta).get("exported_by")), (SNAPSHOT, name))

    def test_a_worker_without_hooks_refuses_what_an_export_hook_wrote(self):
        worker = self.start()
        worker.ask("count", session="s")
        for _ in range(5):
            name, error = self.session_request(worker, IMPORT, b'{"turns":1}', session="s", generation=1, exported_by="save")
            self.assertEqual((name, error["kind"]), ("ERROR", "not_importable"))
            self.assertIn("the export hook save wrote it: needs an @worker.import_session", error["message"])
        self.assertEqual(worker.ask("count", session="s"), ("RESPONSE", 2))  # what it has stays

    def test_a_state_that_no_hook_wrote_is_imported_by_any_worker(self):
        for none in {}, {"exported_by": ""}, {"exported_by": None}:
            with self.subTest(none):
                worker = self.start()
                self.assertEqual(self.session_request(worker, IMPORT, b"{}", session="s", generation=1, **none), ("IMPORTED", None))

    def test_what_a_hook_raises_is_its_own_error(self):
        worker = self.start(HOOKS)
        worker.ask("look", session="s")
        name, error = self.session_request(worker, EXPORT, session="s", generation=1)
        self.assertEqual((name, error["kind"], error["type"]), ("ERROR", "handler_error", "LookupError"))

    def stops(self, worker, request):
        """Cancels a hook that waits for nothing else, once it has had the time to begin or not."""
        worker.awake()
        worker.cancel(request)
        return worker.read()

    def test_an_import_that_is_cancelled_leaves_what_was_there(self):
        worker = self.start(STUCK)
        worker.ask("put", {"n": 1}, session="s")
        for _ in range(20):
            request = worker.session_request(IMPORT, b'{"stuck":true}', session="s", generation=1)
            self.assertEqual(self.stops(worker, request), ("CANCELLED", request, None))
            self.assertEqual(worker.ask("state", session="s"), ("RESPONSE", "{'n': 1}"))
        self.assertEqual(self.session_request(worker, IMPORT, b'{"n":2}', session="s", generation=1), ("IMPORTED", None))
        self.assertEqual(worker.ask("state", session="s"), ("RESPONSE", "{'n': 2}"))

    def test_an_export_that_is_cancelled_drops_nothing(self):
        worker = self.start(STUCK)
        worker.ask("put", {"stuck": True}, session="s")
        for _ in range(20):
            request = worker.session_request(EXPORT, session="s", generation=1, drop=True)
            self.assertEqual(self.stops(worker, request), ("CANCELLED", request, None))
            self.assertEqual(worker.ask("state", session="s"), ("RESPONSE", "{'stuck': True}"))

    # Checkpoints

    def test_a_checkpoint_comes_before_its_answer(self):
        worker = self.start()
        request = worker.send("count", session="s", checkpoint=True)
        self.assertEqual(worker.read(), ("SNAPSHOT", request, {"n": 1}))
        self.assertEqual(worker.read(), ("RESPONSE", request, 1))

    def test_it_is_left_out_when_nothing_has_changed(self):
        worker = self.start()
        worker.send("count", session="s", checkpoint=True)
        worker.read(), worker.read()
        self.assertEqual(worker.ask("look", session="s", checkpoint=True), ("RESPONSE", 1))
        worker.send("count", session="s", checkpoint=True)
        self.assertEqual([worker.read()[0] for _ in range(2)], ["SNAPSHOT", "RESPONSE"])

    def test_what_was_imported_is_known(self):
        worker = self.start()
        self.session_request(worker, IMPORT, b'{"n":5}', session="s", generation=1)
        self.assertEqual(worker.ask("look", session="s", checkpoint=True), ("RESPONSE", 1))

    def test_a_failure_has_a_checkpoint_too(self):
        worker = self.start()
        worker.send("fails", session="s", checkpoint=True)
        self.assertEqual(worker.read()[::2], ("SNAPSHOT", {"n": -1}))
        self.assertEqual(worker.read()[0], "ERROR")

    def test_so_has_the_end_of_a_stream(self):
        worker = self.start()
        worker.send("stream", session="s", checkpoint=True, stream=True)
        got = [worker.read()[::2] for _ in range(3)]
        self.assertEqual(got, [("CHUNK", 1), ("SNAPSHOT", {"n": "streamed"}), ("CHUNK", None)])

    def test_a_session_without_a_snapshot_fails_the_request(self):
        name, error = self.start().ask("spoil", session="s", checkpoint=True)
        self.assertEqual((name, error["kind"]), ("ERROR", "not_exportable"))


class Versions(WorkerTest):
    """What a worker knows of the versions of its code."""

    WRITER = """
from fsmpool import worker

worker.export_session(lambda session: session)

@worker.import_session
def restore(snapshot, version):
    return {**snapshot, "wrote": version}

worker.command("wrote")(lambda args, ctx: ctx.session["wrote"])
worker.command("version")(lambda args: worker.version)
worker.command("at_start")(lambda args: at_start)

@worker.start
def start():
    global at_start
    at_start = worker.version

worker.run()
"""

    def imports(self, worker, **meta):
        worker.session_request(IMPORT, b"{}", session="s", generation=1, **meta)
        return worker.read()[::2]

    def test_the_import_hook_gets_the_version_that_wrote_the_snapshot(self):
        worker = self.worker(self.WRITER, version="2")
        for meta, wrote in [({"code_version": "1"}, "1"), ({"code_version": "ü 3"}, "ü 3"), ({}, None)]:
            with self.subTest(wrote):
                self.assertEqual(self.imports(worker, **meta), ("IMPORTED", None))
                self.assertEqual(worker.ask("wrote", session="s"), ("RESPONSE", wrote))

    def test_a_hook_without_a_parameter_for_it_goes_on(self):
        worker = self.worker(SCRIPT + HOOKS + "worker.run()", version="2")
        octets = "application/octet-stream"
        self.assertEqual(self.imports(worker, code_version="1", content_type=octets), ("IMPORTED", None))

    def test_a_worker_without_hooks_goes_on(self):
        worker = self.worker(SCRIPT + "worker.run()", version="2")
        self.assertEqual(self.imports(worker, code_version="1"), ("IMPORTED", None))

    def test_a_hook_that_refuses_a_version_is_an_error(self):
        refuses = self.WRITER.replace('    return {**snapshot, "wrote": version}', '    raise LookupError(f"of version {version}")')
        name, error = self.imports(self.worker(refuses), code_version="9")
        self.assertEqual((name, error["kind"], error["type"]), ("ERROR", "handler_error", "LookupError"))
        self.assertIn("of version 9", error["message"])

    def test_the_worker_knows_its_own_from_the_start_hook_on(self):
        for version in "2026-11-21", None:
            with self.subTest(version):
                worker = self.worker(self.WRITER, version=version)
                for command in "version", "at_start":
                    self.assertEqual(worker.ask(command), ("RESPONSE", version))


class OneSlot(Travelling, WorkerTest):
    def start(self, hooks=""):
        return self.worker(SCRIPT + hooks + "worker.run()")


class Slots(Travelling, WorkerTest):
    def start(self, hooks=""):
        return self.worker(SCRIPT + hooks + "worker.run(slots=2)", slots=2)

    def test_an_export_waits_for_the_request_of_its_session(self):
        worker = self.start()
        release = worker.path + ".release"
        waits = worker.send("waits", release, session="s")
        export = worker.session_request(EXPORT, session="s", generation=1)
        self.assertEqual(worker.ask("look", session="other"), ("RESPONSE", 0))
        with open(release, "w"):
            pass
        self.assertEqual(worker.read(), ("RESPONSE", waits, None))
        self.assertEqual(worker.read(), ("SNAPSHOT", export, {"n": "waited"}))

    def test_more_imports_than_there_are_threads_are_cancelled(self):
        worker = self.start(STUCK)
        requests = [worker.session_request(IMPORT, b'{"stuck":true}', session=f"s{i}", generation=1) for i in range(5)]
        for request in requests:
            worker.cancel(request)
        self.assertEqual(sorted(worker.read()[:2] for _ in requests), [("CANCELLED", request) for request in requests])
        self.assertEqual(worker.ask("look", session="s0"), ("RESPONSE", 0))

    def test_requests_of_one_session_come_one_after_the_other(self):
        worker = self.start()
        for _ in range(50):
            worker.send("count", session="s")
        self.assertEqual([worker.read()[2] for _ in range(50)], list(range(1, 51)))


class Loop(Travelling, WorkerTest):
    def start(self, hooks=""):
        return self.worker(SCRIPT + hooks + "@worker.start\nasync def begin(): pass\nworker.run()")


if __name__ == "__main__":
    unittest.main()
