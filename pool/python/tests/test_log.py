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
def shout(args):
    log.critical("x" * 100_000, extra={"more": "y" * 100_000})

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

    def test_a_long_record_is_shortened(self):
        worker = self.start()
        worker.ask("shout")
        frame = worker.control.receive()
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


class Configured(WorkerTest):
    def test_an_author_who_has_a_place_for_his_log_keeps_it(self):
        worker = self.worker(SCRIPT + "logging.basicConfig(format='mine: %(message)s')\nworker.run()")
        worker.ask("tell", 7)
        self.assertEqual(worker.shutdown(), (0, "mine: model 7 loaded\n"))

    def test_he_can_send_it_all_the_same(self):
        more = "from fsmpool.log import LogHandler\nlog.addHandler(LogHandler())\nlog.propagate = False\n"
        worker = self.worker(SCRIPT + more + "worker.run()")
        worker.ask("tell", 7)
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
