"""Processes that a handler starts."""

import unittest

from peer import WorkerTest

# The program calls run without asking whether it is the main module.
SCRIPT = """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from fsmpool import worker

def square(n):
    return n * n

@worker.command
def in_a_pool(method):
    with multiprocessing.get_context(method).Pool(2) as pool:
        return pool.map(square, range(4))

@worker.command
def in_an_executor(method):
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as executor:
        return list(executor.map(square, range(4)))

"""


class Children(WorkerTest):
    def test_multiprocessing_imports_the_program_again_and_does_not_serve(self):
        for slots in 1, 2:
            worker = self.worker(SCRIPT + f"worker.run(slots={slots})", slots=slots)
            for command in "in_a_pool", "in_an_executor":
                for method in "spawn", "forkserver":
                    with self.subTest(command, method=method, slots=slots):
                        self.assertEqual(worker.ask(command, method), ("RESPONSE", [0, 1, 4, 9]))
            self.assertEqual(worker.shutdown(), (0, ""))


if __name__ == "__main__":
    unittest.main()
