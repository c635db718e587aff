"""What a pool can know of a worker that does not answer, and workers that end because a part of them has ended."""

import json
import os
import signal
import tempfile
import unittest

from peer import WorkerTest

from fsmpool.protocol import CANCELLED, EXPORT, NAMES

HANDLERS = """
import asyncio, os, signal, subprocess, sys, threading, time
from fsmpool import worker

def until(path):
    while not os.path.exists(path):
        time.sleep(0.001)

@worker.command
def wait(args, ctx):
    until(args)

@worker.command
def leave(args):
    sys.exit(4)

@worker.command
def echo(args):
    return args

"""
ASYNC = """
@worker.command
async def a_wait(args):
    while not os.path.exists(args):
        await asyncio.sleep(0.001)

@worker.command
async def block(args):
    until(args)

@worker.command
async def a_echo(args):
    return args

@worker.command
async def later(args):
    loop = asyncio.get_running_loop()
    async def end():
        await asyncio.sleep(0)
        exec(args)
    global task
    task = loop.create_task(end())

"""


class Begun(WorkerTest):
    def setUp(self):
        room = tempfile.TemporaryDirectory()
        self.addCleanup(room.cleanup)
        self.go = os.path.join(room.name, "go")

    def let_go(self):
        open(self.go, "w").close()

    def test_an_idle_worker_has_begun_nothing(self):
        for run in "worker.run()", "worker.run(slots=2)":
            worker = self.worker(HANDLERS + run)
            worker.ask("echo", 1)
            self.assertEqual(worker.until(lambda pong: not pong["in_flight"])["begun"], [])

    def test_the_request_of_one_slot_has_begun_and_none_behind_it(self):
        worker = self.worker(HANDLERS + "worker.run()")
        for _ in range(2):
            first, second = worker.send("wait", self.go), worker.send("echo")
            self.assertEqual(worker.until(lambda pong: pong["begun"])["begun"], [first])
            self.let_go()
            self.assertEqual([worker.read()[1] for _ in range(2)], [first, second])
            worker.until(lambda pong: not pong["begun"])
            os.unlink(self.go)

    def test_an_export_is_no_request(self):
        worker = self.worker(HANDLERS + "worker.run()")
        request = worker.send("wait", self.go, session="s")
        worker.until(lambda pong: pong["begun"])
        worker.session_request(EXPORT, session="none", generation=1)
        self.assertEqual(worker.ping()["begun"], [request])
        self.let_go()
        worker.read()

    def test_requests_of_one_session_have_begun_with_the_first(self):
        for command, more in ("wait", ""), ("a_wait", ASYNC):
            with self.subTest(command):
                worker = self.worker(HANDLERS + more + "worker.run(slots=3)", slots=3)
                sent = [worker.send(command, self.go, session="s") for _ in range(3)]
                self.assertEqual(worker.until(lambda pong: len(pong["begun"]) == 3)["begun"], sent)
                self.let_go()
                self.assertEqual([worker.read()[1] for _ in sent], sent)
                os.unlink(self.go)

    def test_a_request_that_the_event_loop_does_not_reach_has_not_begun(self):
        worker = self.worker(HANDLERS + ASYNC + "worker.run(slots=3)", slots=3)
        blocks = worker.send("block", self.go)
        worker.until(lambda pong: pong["begun"] == [blocks])
        worker.send("a_echo"), worker.send("a_echo", session="s")
        self.assertEqual(worker.until(lambda pong: pong["in_flight"] == 3)["begun"], [blocks])
        self.let_go()
        self.assertEqual({worker.read()[0] for _ in range(3)}, {"RESPONSE"})

    def test_a_task_whose_first_step_waits_has_not_begun(self):
        worker = self.worker(HANDLERS + ASYNC + "worker.run(slots=3)", slots=3)
        before = worker.send("block", self.go)
        worker.until(lambda pong: pong["begun"] == [before])
        blocks, waits = worker.send("block", self.go + "2"), worker.send("a_echo")  # the loop gets both at once
        worker.until(lambda pong: pong["in_flight"] == 3)
        self.let_go()
        self.assertEqual(worker.read()[:2], ("RESPONSE", before))
        self.assertEqual(worker.until(lambda pong: blocks in pong["begun"])["begun"], [blocks])
        worker.cancel(waits)
        self.assertEqual(worker.read(), ("CANCELLED", waits, None))
        os.rename(self.go, self.go + "2")
        self.assertEqual(worker.read()[:2], ("RESPONSE", blocks))
        self.assertEqual(worker.ask("a_echo", 1), ("RESPONSE", 1))

    def test_a_cancellation_says_whether_the_handler_had_begun(self):
        for more, blocker, follower, slots in ("", "wait", "echo", 1), (ASYNC, "block", "a_echo", 2):
            with self.subTest(blocker):
                worker = self.worker(HANDLERS + more + f"worker.run(slots={slots})", slots=slots)
                first, second = worker.send(blocker, self.go), worker.send(follower)
                worker.until(lambda pong, first=first: first in pong["begun"])
                worker.cancel(second)
                worker.awake()
                self.let_go()
                ends = {}
                for _ in range(2):
                    frame = worker.data.receive()
                    ends[frame.id] = NAMES[frame.type], json.loads(frame.meta) if frame.meta else None
                self.assertEqual(ends, {first: ("RESPONSE", None), second: ("CANCELLED", {"begun": False})})
                os.unlink(self.go)

    def test_a_handler_that_was_stopped_had_begun(self):
        for command, more, slots in ("wait", "", 1), ("wait", "", 2), ("a_wait", ASYNC, 2):
            with self.subTest(command, slots=slots):
                worker = self.worker(HANDLERS + more + f"worker.run(slots={slots})", slots=slots)
                request = worker.send(command, self.go)
                worker.until(lambda pong, request=request: request in pong["begun"])
                worker.cancel(request)
                frame = worker.data.receive()
                self.assertEqual((frame.type, frame.meta), (CANCELLED, b""))

    def test_every_cancelled_request_is_answered_wherever_it_was(self):
        worker = self.worker(HANDLERS + ASYNC + "worker.run(slots=8)", slots=8)
        for _ in range(60):
            sent = [worker.send("a_wait", self.go) for _ in range(8)]
            for request in sent:
                worker.cancel(request)
            self.assertEqual({worker.read()[:2] for _ in sent}, {("CANCELLED", request) for request in sent})


class Stall(WorkerTest):
    setUp, let_go = Begun.setUp, Begun.let_go

    def test_a_loop_that_does_not_run_is_unhealthy_until_it_does(self):
        worker = self.worker(HANDLERS + ASYNC + "worker.run()")
        for _ in range(2):
            worker.send("block", self.go)
            pong = worker.until(lambda pong: not pong["ok"])
            self.assertRegex(pong["reason"], r"^the event loop has not run for \d+ s \(tmp\w+\.py:\d+\)$")
            self.let_go()
            worker.read()
            self.assertEqual(worker.until(lambda pong: pong["ok"])["reason"], "")
            os.unlink(self.go)

    def test_a_plain_handler_that_takes_long_is_no_stall(self):
        worker = self.worker(HANDLERS + ASYNC + "worker.run(slots=2)", slots=2)
        worker.send("wait", self.go)
        worker.busy()
        self.assertEqual(worker.ask("a_echo", 1), ("RESPONSE", 1))
        self.assertTrue(worker.ping()["ok"])
        self.let_go()
        worker.read()


class Ends(WorkerTest):
    """A worker without its event loop, or without one of its threads, is none: the process ends, and says why."""

    setUp, let_go = Begun.setUp, Begun.let_go

    def test_a_loop_that_ends_takes_the_process_with_it(self):
        for way, status, said in [
            ("sys.exit('configuration changed')", 1, "SystemExit: configuration changed (<string>:1)"),
            ("sys.exit(5)", 5, "SystemExit: 5"),
            ("raise KeyboardInterrupt", -signal.SIGINT, "KeyboardInterrupt"),
            ("loop.stop()", 1, "Fatal: the event loop was stopped"),
        ]:
            with self.subTest(way):
                worker = self.worker(HANDLERS + ASYNC + "worker.run()")
                worker.ask("later", way.replace("loop", "asyncio.get_running_loop()"))
                ended, stderr = worker.end()
                self.assertEqual(ended, status, stderr)
                self.assertIn(f"fsmpool: the event loop has ended: {said}", stderr)

    def test_a_thread_that_keeps_the_process_does_not_keep_it_healthy(self):
        for command, way in ("later", "sys.exit(4)"), ("leave", None):
            with self.subTest(command):
                stays = "threading.Thread(target=threading.Event().wait).start()\n"
                worker = self.worker(HANDLERS + ASYNC + stays + "worker.run()")
                worker.ask(command, way)
                pong = worker.until(lambda pong: not pong["ok"])
                self.assertRegex(pong["reason"], "^the worker ends: SystemExit: 4")

    def test_requests_on_the_loop_are_answered_first(self):
        worker = self.worker(HANDLERS + ASYNC + "worker.run(slots=3)", slots=3)
        waits = worker.send("a_wait", self.go)
        worker.until(lambda pong: waits in pong["begun"])
        ends = worker.send("later", "sys.exit(3)")
        answers = {}
        for _ in range(2):
            name, request, got = worker.read()
            answers[request] = name, got and got["fatal"]
        self.assertEqual(answers, {ends: ("RESPONSE", None), waits: ("ERROR", True)})
        self.assertEqual(worker.end()[0], 3)

    def test_a_loop_that_a_plain_worker_needed_once_is_no_exception(self):
        script = HANDLERS + ASYNC.replace("async def later", "async def _later").replace("@worker.command\n", "")
        script += "worker.command('later')(lambda args: _later(args))\nworker.run()"
        worker = self.worker(script)
        worker.ask("later", "sys.exit(3)")
        self.assertEqual(worker.end()[0], 3)

    def test_a_thread_of_the_worker_that_ends_takes_the_process_with_it(self):
        cases = [
            ("fsmpool.answer.Answers._error = broken", "a thread that runs handlers has ended", "worker.run(slots=2)"),
            ("fsmpool.control._resident_bytes = broken", "the control thread has ended", "worker.run()"),
        ]
        for sabotage, said, run in cases:
            with self.subTest(said):
                more = "import fsmpool.answer, fsmpool.control\ndef broken(*_): raise LookupError('broken')\n"
                fail = "@worker.command\ndef fail(args): raise ValueError\n"
                worker = self.worker(HANDLERS + more + sabotage + "\n" + fail + run, slots=2)
                worker.send("fail")
                worker.control.send(b"\0\0\0\x0c\x0b\0\0\0" + (1).to_bytes(8, "big"))
                status, stderr = worker.end()
                self.assertEqual(status, 1, stderr)
                self.assertIn(f"fsmpool: {said}: LookupError: broken", stderr)

    def test_a_crash_leaves_the_stack_of_its_thread(self):
        crash = "@worker.command\ndef crash(args): os.kill(os.getpid(), signal.SIGSEGV)\n"
        worker = self.worker(HANDLERS + crash + "worker.run()")
        worker.send("crash")
        status, stderr = worker.end()
        self.assertEqual(status, -signal.SIGSEGV)
        self.assertRegex(stderr, r'File ".*\.py", line \d+ in crash')

    def test_tasks_have_time_to_end_and_are_cancelled_then(self):
        tasks = """
@worker.command
async def begin(args):
    async def ends():
        await asyncio.sleep(0.05)
        print("one has ended", file=sys.stderr)
    async def goes_on():
        try:
            await asyncio.sleep(600)
        finally:
            print("one was cancelled", file=sys.stderr)
    global tasks
    tasks = [asyncio.create_task(ends()), asyncio.create_task(goes_on())]
    await asyncio.sleep(0)

worker.run()"""
        worker = self.worker(HANDLERS + tasks)
        worker.ask("begin")
        self.assertEqual(worker.shutdown(), (0, "one has ended\none was cancelled\n"))


class Signals(WorkerTest):
    setUp, let_go = Begun.setUp, Begun.let_go

    def test_the_signals_of_a_terminal_and_of_a_service_manager_are_left_to_the_pool(self):
        for number in signal.SIGTERM, signal.SIGINT, signal.SIGHUP:
            for run in "worker.run()", "worker.run(slots=2)":
                with self.subTest(number, run=run):
                    worker = self.worker(HANDLERS + run)
                    worker.process.send_signal(number)
                    self.assertEqual(worker.ask("echo", 1), ("RESPONSE", 1))
                    request = worker.send("wait", self.go)
                    worker.busy()
                    worker.process.send_signal(number)
                    worker.control.send(b"\0\0\0\x0e\x12\0\0\0" + (9).to_bytes(8, "big") + b"{}")
                    worker.process.send_signal(number)
                    self.let_go()
                    self.assertEqual(worker.read(), ("RESPONSE", request, None))
                    self.assertEqual(worker.end(), (0, ""))
                    os.unlink(self.go)

    def test_a_worker_that_was_told_to_stop_and_does_not_ends_with_the_signal(self):
        hook = f"@worker.shutdown\ndef end():\n    open({self.go!r}, 'w').close()\n    time.sleep(600)\nworker.run()"
        worker = self.worker(HANDLERS + hook)
        worker.control.send(b"\0\0\0\x0e\x12\0\0\0" + (9).to_bytes(8, "big") + b"{}")
        while worker.process.poll() is None:
            if os.path.exists(self.go):
                worker.process.send_signal(signal.SIGTERM)
                worker.process.poll()
        self.assertEqual(worker.end()[0], -signal.SIGTERM)

    def test_children_have_the_default(self):
        children = """
@worker.command
def terminate(args):
    program = subprocess.Popen([sys.executable, "-S", "-c", "import time; print(1, flush=True); time.sleep(600)"], stdout=-1)
    program.stdout.readline()
    forked = os.fork()
    if not forked:
        signal.alarm(20)
        time.sleep(600)
        os._exit(0)
    program.send_signal(args)
    os.kill(forked, args)
    return [program.wait(), os.waitpid(forked, 0)[1]]
"""
        for number in signal.SIGTERM, signal.SIGHUP:
            worker = self.worker(HANDLERS + children + "worker.run()")
            self.assertEqual(worker.ask("terminate", number), ("RESPONSE", [-number, number]))

    def test_an_author_who_handles_a_signal_keeps_the_handler(self):
        for name in "SIGTERM", "SIGHUP":
            with self.subTest(name):
                mine = f"signal.signal(signal.{name}, lambda *_: os._exit(42))\nworker.run()"
                worker = self.worker(HANDLERS + mine)
                worker.process.send_signal(getattr(signal, name))
                self.assertEqual(worker.end()[0], 42)


if __name__ == "__main__":
    unittest.main()
