"""Payloads in shared memory, seen from the pool's side."""

import mmap
import os
import unittest

from peer import WorkerTest

from fsmpool.frame import REGION, Frame, encode
from fsmpool.protocol import REQUEST, SHARED

SIZE, FROM = 1 << 20, 1 << 10
META = b'{"content_type":"application/octet-stream"%s}'
SCRIPT = """
from fsmpool import worker

@worker.command
def echo(args):
    return args

@worker.command
def size(args):
    return len(args)

@worker.command
def blob(args):
    return b"x" * args

"""


@unittest.skipUnless(hasattr(os, "memfd_create"), "no memfd")
class Shared(WorkerTest):
    def start(self, slots=1):
        memory = os.memfd_create("test")
        os.ftruncate(memory, 2 * slots * SIZE)
        self.map = mmap.mmap(memory, 2 * slots * SIZE)
        self.addCleanup(self.map.close)
        shared = {"size": SIZE, "from": FROM}
        worker = self.worker(SCRIPT + f"worker.run(slots={slots})", memory, slots=slots, shared=shared)
        os.close(memory)
        self.assertTrue(worker.ready["shared"])
        return worker

    def send(self, worker, command, payload, slot=0, more=b""):
        begin = 2 * slot * SIZE
        self.map[begin : begin + len(payload)] = payload
        worker.id += 1
        region = REGION.pack(slot, len(payload))
        worker.data.send(encode(Frame(REQUEST, worker.id, command, meta=META % more, payload=region, flags=SHARED)))

    def receive(self, worker):
        """Returns the payload of an answer and whether it came through memory."""
        frame = worker.data.receive()
        self.assertEqual(frame.id, worker.id)
        if not frame.flags & SHARED:
            return bytes(frame.payload), None
        slot, size = REGION.unpack(frame.payload)
        begin = (2 * slot + 1) * SIZE
        return self.map[begin : begin + size], slot

    def test_a_large_payload_goes_both_ways(self):
        worker = self.start()
        for size in FROM, 70_000, SIZE:
            payload = os.urandom(size)
            self.send(worker, "echo", payload)
            self.assertEqual(self.receive(worker), (payload, 0))

    def test_json_goes_through_memory_too(self):
        worker = self.start()
        text = b'"%s"' % (b"x" * FROM)
        begin = 0
        self.map[begin : len(text)] = text
        worker.id += 1
        region = REGION.pack(0, len(text))
        worker.data.send(encode(Frame(REQUEST, worker.id, "echo", payload=region, flags=SHARED)))
        self.assertEqual(self.receive(worker), (text, 0))

    def test_what_is_small_or_too_large_takes_the_socket(self):
        worker = self.start()
        for size in FROM - 1, SIZE + 1:
            self.assertEqual(worker.ask("blob", size), ("RESPONSE", b"x" * size))

    def test_with_several_slots_an_answer_goes_where_the_pool_says(self):
        worker = self.start(slots=3)
        payload = os.urandom(FROM)
        self.send(worker, "echo", payload, 2, b',"slot":2')
        self.assertEqual(self.receive(worker), (payload, 2))
        self.send(worker, "echo", payload, 1)
        self.assertEqual(self.receive(worker), (payload, None))

    def test_a_region_that_is_none_is_a_protocol_error(self):
        for slot, size in (1, 10), (0, SIZE + 1):
            with self.subTest(slot):
                worker = self.start()
                region = REGION.pack(slot, size)
                worker.data.send(encode(Frame(REQUEST, 1, "size", meta=META % b"", payload=region, flags=SHARED)))
                status, said = worker.end()
                self.assertEqual(status, 3)
                self.assertIn("fsmpool: shared: slot", said)

    def test_without_a_usable_memory_everything_takes_the_socket(self):
        reading, writing = os.pipe()
        self.addCleanup(os.close, writing)
        worker = self.worker(SCRIPT + "worker.run()", reading, shared={"size": SIZE, "from": FROM})
        os.close(reading)
        self.assertFalse(worker.ready["shared"])
        self.assertEqual(worker.ask("blob", FROM), ("RESPONSE", b"x" * FROM))


if __name__ == "__main__":
    unittest.main()
