"""What is told about exceptions: bounded, and on one line where one line is due."""

import json
import unittest

from peer import WorkerTest

from fsmpool.failure import exception_payload, one_line

MESSAGE, TRACEBACK = 8 << 10, 32 << 10


class OneLine(unittest.TestCase):
    def test_what_fits_stays_as_it_is(self):
        for text in "", "plain", "ä \U0001f600 日本", "a\xa0b":
            self.assertEqual(one_line(text), text)

    def test_what_ends_a_line_or_controls_a_terminal_does_not_pass(self):
        for text, line in [
            ("a\nb\r\nc", "a b  c"),
            ("a\u2028b\u0085c\x0bd", "a b c d"),
            ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
            ("left\u202eright", "left\\u202eright"),
            ("half \ud83d", "half \\ud83d"),
        ]:
            self.assertEqual(one_line(text), line)

    def test_a_long_text_is_cut_by_its_bytes(self):
        for char in "x", "ä", "日", "\U0001f600", "\n", "\x1b", "\ud83d":
            for size in 1, 2000, MESSAGE - 1, MESSAGE, MESSAGE + 1, 100_000:
                line = one_line(char * size)
                self.assertLessEqual(len(line.encode()), MESSAGE)
                cut = len(one_line(char).encode()) * size > MESSAGE
                self.assertEqual(line.endswith(" ..."), cut, (char, size))


class Raised(unittest.TestCase):
    def payload(self, error):
        try:
            raise error
        except BaseException as caught:
            return json.loads(exception_payload("handler_error", caught))

    def test_an_error_of_any_size_is_a_small_payload(self):
        huge = "line of a message\n\x1b[31m" * 1_000_000
        cause = ValueError(huge)
        chained = RuntimeError(huge)
        chained.__cause__ = cause
        named = type("E" * 100_000 + "\n", (Exception,), {})(huge)
        for error in ValueError(huge), chained, named, KeyError(huge), SystemExit(huge):
            payload = self.payload(error)
            self.assertLessEqual(len(payload["message"].encode()), MESSAGE)
            self.assertLessEqual(len(payload["traceback"].encode()), TRACEBACK)
            self.assertLessEqual(len(payload["type"]), 200)
            self.assertTrue(payload["message"].isprintable())
            self.assertIn("test_failure.py", payload["traceback"], "a long message pushed the stack out")

    def test_an_exception_that_cannot_be_shown_is_told_all_the_same(self):
        class Broken(Exception):
            def __str__(self):
                raise RuntimeError("no")

        self.assertEqual(self.payload(Broken())["message"], "(no text)")
        self.assertIn("Broken", self.payload(Broken())["traceback"])


class Start(WorkerTest):
    def fails(self, code):
        script = f"from fsmpool import worker\n@worker.start\n{code}\nworker.run()"
        process = self.worker(script)  # its ready is the payload of the ERROR
        return process.ready, process.end()

    def test_the_error_of_a_start_hook_has_its_place(self):
        for code, line, said in [
            ("def begin():\n    worker.config['missing']", 4, "KeyError: 'missing'"),
            ("async def begin():\n    worker.config['missing']", 4, "KeyError: 'missing'"),
            ("def begin():\n    import json\n    json.loads('{')", 5, "JSONDecodeError"),
        ]:
            with self.subTest(code):
                error, (status, stderr) = self.fails(code)
                self.assertEqual((error["kind"], status), ("start_failed", 1))
                self.assertRegex(error["message"], rf"^the start hook raised: .* \(tmp\w+\.py:{line}\)$")
                self.assertIn("Traceback", error["traceback"])
                self.assertIn("Traceback", stderr)
                self.assertIn(said, stderr.splitlines()[-1])

    def test_a_worker_that_was_configured_with_nothing_has_an_empty_dict(self):
        script = "from fsmpool import worker\nworker.command('config')(lambda args: worker.config)\nworker.run()"
        self.assertEqual(self.worker(script).ask("config"), ("RESPONSE", {}))


if __name__ == "__main__":
    unittest.main()
