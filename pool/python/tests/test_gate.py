"""Gates: a cancellation is raised in the code that it is for, once, and nowhere else."""

import random
import signal
import sys
import threading
import time
import unittest

import peer  # noqa: F401 - finds the package

from fsmpool.command import Command
from fsmpool.errors import Cancelled
from fsmpool.frame import Frame
from fsmpool.gate import SignalGate, ThreadGate
from fsmpool.job import Job
from fsmpool.protocol import REQUEST

CANCELLED = 1_000  # jobs that have to be cancelled while they run before a test is satisfied


def job(number):
    return Job(Frame(REQUEST, number), Command(lambda args: args), None)


def spin(rounds):
    for _ in range(rounds):
        pass
    return rounds


class Canceller:
    """Cancels whatever job is the current one, at a moment that the test does not control."""

    def __init__(self, cancel):
        self.current = job(1)
        self.cancelled = set()
        self._cancel = cancel
        self._stop = False
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop = True
        self._thread.join()

    def _run(self):
        while not self._stop:
            spin(random.randrange(200))
            one = self.current
            if one.id not in self.cancelled:
                self.cancelled.add(one.id)
                self._cancel(one)
            time.sleep(0)


class Hammer:
    """What both gates have to stand: every job ends in one of two ways, and nothing is raised beside it."""

    def switch_often(self):
        self.addCleanup(sys.setswitchinterval, sys.getswitchinterval())
        sys.setswitchinterval(1e-6)

    def hammer(self, gate, cancel):
        self.switch_often()
        ended = {True: 0, False: 0}
        number = 0
        with Canceller(cancel) as canceller:
            while ended[True] < CANCELLED or ended[False] < CANCELLED:
                number += 1
                one = canceller.current = job(number)
                size = random.choice((0, 10, 100, 1000, 4000))
                try:
                    result = gate.call(one, spin, size)
                except Cancelled:
                    ended[True] += 1
                    self.assertIn(number, canceller.cancelled)
                else:
                    ended[False] += 1
                    self.assertEqual(result, size)
                spin(20)  # here nothing may be raised

    def hammer_shield(self, gate, cancel):
        """Code of the package that the author's code calls is finished whatever happens."""
        self.switch_often()
        whole = []

        def part(size):
            whole.append(1)
            spin(size)
            whole.pop()

        def author(one, size):
            try:
                for _ in range(3):
                    gate.shielded(one, part, size)
            finally:
                gate.shielded(one, part, size)  # cleaning up is not disturbed again

        number = cancelled = 0
        with Canceller(cancel) as canceller:
            while cancelled < CANCELLED:
                number += 1
                one = canceller.current = job(number)
                try:
                    gate.call(one, author, one, random.choice((0, 10, 100, 1000)))
                except Cancelled:
                    cancelled += 1
                    self.assertIn(number, canceller.cancelled)
                self.assertEqual(whole, [])


class Signals(Hammer, unittest.TestCase):
    def setUp(self):
        self.gate = SignalGate()
        self.addCleanup(signal.signal, SignalGate.SIGNAL, signal.SIG_DFL)

    def cancel(self, one):
        self.gate.cancel(one.id)

    def test_it_stands_thousands_of_cancellations(self):
        self.hammer(self.gate, self.cancel)

    def test_code_of_the_package_is_finished(self):
        self.hammer_shield(self.gate, self.cancel)

    def test_it_ends_sleeping(self):
        one = job(1)
        threading.Thread(target=self.cancel_when_open, args=(one,)).start()
        with self.assertRaises(Cancelled):
            self.gate.call(one, time.sleep, peer.HANG)
        self.assertTrue(one.cancelled)

    def cancel_when_open(self, one):
        while self.gate._open is not one:
            time.sleep(0)
        self.cancel(one)

    def test_it_ends_waiting_for_a_lock(self):
        lock = threading.Lock()
        lock.acquire()
        one = job(1)
        threading.Thread(target=self.cancel_when_open, args=(one,)).start()
        with self.assertRaises(Cancelled):
            self.gate.call(one, lock.acquire)

    def test_a_job_that_was_cancelled_before_does_not_run(self):
        self.gate.cancel(7)
        with self.assertRaises(Cancelled):
            self.gate.call(job(7), self.fail)

    def test_a_late_cancellation_leaves_the_next_job_alone(self):
        self.gate.call(job(1), spin, 1)
        self.gate.cancel(1)
        self.assertEqual(self.gate.call(job(2), spin, 1000), 1000)

    def test_what_catches_it_is_told_no_second_time(self):
        one = job(1)

        def stubborn():
            try:
                self.gate.cancel(1)
                spin(1000)
            except Cancelled:
                spin(1000)
                return "cleaned up"

        self.assertEqual(self.gate.call(one, stubborn), "cleaned up")


class Threads(Hammer, unittest.TestCase):
    def on_a_thread(self, test):
        """Runs a test where it belongs, and raises what it raises."""
        raised = []

        def run():
            try:
                self.gate = ThreadGate()
                test()
            except BaseException as error:
                raised.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        if raised:
            raise raised[0]

    def cancel(self, one):
        one.cancelled = True
        self.gate.cancel(one.id)

    def test_it_stands_thousands_of_cancellations(self):
        self.on_a_thread(lambda: self.hammer(self.gate, self.cancel))

    def test_code_of_the_package_is_finished(self):
        self.on_a_thread(lambda: self.hammer_shield(self.gate, self.cancel))

    def test_a_job_that_was_cancelled_before_does_not_run(self):
        def test():
            one = job(1)
            self.cancel(one)
            with self.assertRaises(Cancelled):
                self.gate.call(one, self.fail)

        self.on_a_thread(test)

    def test_it_ends_a_loop(self):
        def test():
            one = job(1)
            with self.assertRaises(Cancelled):
                self.gate.call(one, self.cancelled_from_aside, one)

        self.on_a_thread(test)

    def cancelled_from_aside(self, one):
        threading.Thread(target=self.cancel, args=(one,)).start()
        while True:
            pass


if __name__ == "__main__":
    unittest.main()
