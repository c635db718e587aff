"""Log records of workers."""

import json
import logging
import unittest

from peer import WorkerTest

from fsmpool.log import LogHandler, slog_level
from fsmpool.protocol import LOG

SCRIPT = """
import logging, sys, threading
from fsmpool import worker
log = logging.getLogger("app")
log.setLevel(logging.DEBUG)

@worker.command
def tell(args):
    log.info("model %s loaded", args, extra={"took": 1.5, "model": object})
    return 1

@worker.command
def fail(args):
    try:
        1 / 0
    except ZeroDivisionError:
        log.exception("no result")

@worker.command
def nan(args):
    log.info("", extra={"loss": float("nan"), "more": float("-inf")})

@worker.command
def shout(args):
    logging.getLogger("app." + "z" * 100_000).critical("x" * 100_000, extra={"more": "y" * 100_000})

@worker.command
def huge(args):
    log.info("", extra={"n": 1 << 20_000, "m": -(2**70)})

@worker.command
def long_failure(args):
    log.critical("m", exc_info=ValueError("x" * 100_000 + " the end"), stack_info=True)

@worker.command
def flood(args):
    for number in range(3000):
        log.warning("%d %s", number, "x" * 1000)
    return "never waited"

@worker.command
async def a_tell(args):
    log.info("from a task")

"""


class Records:
    def next_record(self, worker):
        frame = worker.control.receive()
        self.assertEqual(frame.type, LOG)
        return frame.id, json.loads(frame.payload)

    def test_a_record_comes_with_all_that_belongs_to_it(self):
        worker = self.start()
        worker.ask("tell", 7, traceparent="00-1-2-01")
        request, record = self.next_record(worker)
        self.assertEqual(request, 1)
        self.assertRegex(record.pop("time"), r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$")
        attrs = record.pop("attrs")
        self.assertEqual(record, {"level": "INFO", "logger": "app", "message": "model 7 loaded"})
        self.assertEqual(attrs, {"took": 1.5, "model": "<class 'object'>", "traceparent": "00-1-2-01"})

    def test_an_exception_comes_along(self):
        worker = self.start()
        worker.ask("fail")
        _, record = self.next_record(worker)
        self.assertEqual(record["level"], "ERROR")
        self.assertIn("ZeroDivisionError", record["attrs"]["exception"])

    def test_a_number_that_json_has_no_word_for_is_text(self):
        worker = self.start()
        worker.ask("nan")
        self.assertEqual(self.next_record(worker)[1]["attrs"], {"loss": "nan", "more": "-inf"})

    def test_a_number_that_python_does_not_write_down_is_told_of(self):
        worker = self.start()
        worker.ask("huge")
        self.assertEqual(self.next_record(worker)[1]["attrs"], {"n": "an int of 20001 bits", "m": -(2**70)})

    def test_a_shortened_record_keeps_the_end_of_its_exception_and_of_its_stack(self):
        worker = self.start()
        worker.ask("long_failure")
        attrs = self.next_record(worker)[1]["attrs"]
        self.assertTrue(attrs.pop("exception").endswith("x the end"))
        self.assertIn('log.critical("m"', attrs.pop("stack"))
        self.assertEqual(attrs, {"shortened": True})

    def test_a_long_record_is_shortened(self):
        worker = self.start()
        worker.ask("shout", traceparent="00-1-2-01")
        frame = worker.control.receive()
        self.assertEqual(json.loads(frame.payload)["attrs"], {"shortened": True, "traceparent": "00-1-2-01"})
        self.assertLessEqual(len(frame.payload), 32 << 10)
        self.assertEqual(json.loads(frame.payload)["level"], "ERROR+4")

    def test_a_handler_never_waits_for_who_reads_its_log(self):
        worker = self.start(".stderr = open('/dev/null', 'w')")
        self.assertEqual(worker.ask("flood"), ("RESPONSE", "never waited"))


class OneSlot(Records, WorkerTest):
    def start(self, more=""):
        script = SCRIPT.replace("async def", "def") + (f"sys{more}\n" if more else "")
        return self.worker(script + "worker.run()")


class Loop(Records, WorkerTest):
    def start(self, more=""):
        return self.worker(SCRIPT + (f"sys{more}\n" if more else "") + "worker.run(slots=2)", slots=2)

    def test_a_task_knows_its_request(self):
        worker = self.start()
        worker.ask("tell")
        worker.ask("a_tell")
        self.assertEqual([self.next_record(worker)[0] for _ in range(2)], [1, 2])


class Threads(WorkerTest):
    SCRIPT = """
import asyncio, contextvars, logging, threading
from concurrent.futures import ThreadPoolExecutor
from fsmpool import worker

@worker.command
def copied(args):
    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(logging.info, "from a thread"))
    thread.start()
    thread.join()

@worker.command
def background(args):
    thread = threading.Thread(target=logging.info, args=("on its own",))
    thread.start()
    thread.join()
"""
    ASYNC = """
@worker.command
async def a_copied(args):
    async def task():
        await asyncio.get_running_loop().run_in_executor(None, contextvars.copy_context().run, logging.info, "x")
    await asyncio.create_task(task())
"""

    def test_what_has_a_copy_of_the_context_knows_the_request(self):
        for more, commands in ("", ["copied"]), (self.ASYNC, ["copied", "a_copied"]):
            for slots in 1, 2:
                worker = self.worker(self.SCRIPT + more + f"worker.run(slots={slots})", slots=slots)
                for number, command in enumerate([*commands, *commands], 1):
                    with self.subTest(command, slots=slots):
                        worker.ask(command)
                        frame = worker.control.receive()
                        self.assertEqual((frame.type, frame.id), (LOG, number))

    def test_a_thread_without_one_does_not(self):
        worker = self.worker(self.SCRIPT + "worker.run()")
        worker.ask("background")
        self.assertEqual(worker.control.receive().id, 0)


class Configured(WorkerTest):
    TELL = """
import logging, sys
from fsmpool import worker
from fsmpool.log import LogHandler

@worker.command
def tell(args):
    logging.debug("debugged")
    logging.info("informed")
    logging.warning("warned")
    print("end", file=sys.stderr)

"""

    def messages(self, configuration, where="{}\n"):
        """Returns the messages that come to the pool, and standard error."""
        worker = self.worker(self.TELL + where.format(configuration) + "worker.run()")
        worker.ask("tell")
        worker.control.send(b"\0\0\0\x0e\x12\0\0\0" + (9).to_bytes(8, "big") + b"{}")
        got = []
        while True:
            frame = worker.control.receive()
            if frame.type != LOG:
                return got, worker.end()[1]
            got.append(json.loads(frame.payload)["message"])

    def test_without_a_configuration_the_pool_gets_what_is_info_or_more(self):
        self.assertEqual(self.messages(""), (["informed", "warned"], "end\n"))

    def test_a_level_of_the_author_stays(self):
        self.assertEqual(self.messages("logging.root.setLevel(logging.DEBUG)")[0], ["debugged", "informed", "warned"])
        self.assertEqual(self.messages("logging.root.setLevel(logging.ERROR)")[0], [])

    def test_what_the_author_has_configured_stays_and_the_pool_gets_the_same(self):
        for level, messages in ("DEBUG", ["debugged", "informed", "warned"]), ("WARNING", ["warned"]):
            got, said = self.messages(f"logging.basicConfig(level=logging.{level}, format='mine: %(message)s')")
            self.assertEqual(got, messages)
            self.assertEqual(said.splitlines(), [*("mine: " + message for message in messages), "end"])

    def test_a_handler_that_the_author_has_put_somewhere_is_the_only_one(self):
        for configuration, messages in [
            ("logging.root.addHandler(LogHandler(level=logging.WARNING))", ["warned"]),
            ("logging.getLogger('app').addHandler(LogHandler())", []),
        ]:
            self.assertEqual(self.messages(configuration)[0], messages)

    def test_a_start_hook_may_be_the_first_to_import_logging(self):
        script = """
from fsmpool import worker
@worker.start
def begin():
    global logging
    import logging
@worker.command
def tell(args):
    logging.info("informed")
worker.run()"""
        worker = self.worker(script)
        worker.ask("tell")
        self.assertEqual(worker.control.receive().type, LOG)


class Levels(unittest.TestCase):
    def test_levels_have_the_names_of_the_pool(self):
        for level, name in [
            (logging.DEBUG, "DEBUG"),
            (logging.INFO, "INFO"),
            (logging.WARNING, "WARN"),
            (logging.ERROR, "ERROR"),
            (logging.CRITICAL, "ERROR+4"),
            (25, "INFO+2"),
            (5, "DEBUG-2"),
        ]:
            self.assertEqual(slog_level(level), name)

    def test_without_a_pool_a_record_is_written_to_standard_error(self):
        import contextlib
        import io

        with contextlib.redirect_stderr(io.StringIO()) as said:
            LogHandler().handle(logging.makeLogRecord({"msg": "alone", "levelno": 20}))
        self.assertEqual(said.getvalue(), "alone\n")


if __name__ == "__main__":
    unittest.main()
