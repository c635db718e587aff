"""Tests of the parts of fsmpool that need no pool: python3 -m unittest test_fsmpool"""

import contextlib
import functools
import io
import json
import os
import random
import socket
import threading
import unittest

import fsmpool
from fsmpool import Channel, Frame, ProtocolError, Worker, decode, encode_head

VECTORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wire", "testdata", "vectors.json")
TYPES = {name: number for number, name in fsmpool.NAMES.items()}


def vectors(kind):
    with open(VECTORS, encoding="utf-8") as file:
        return json.load(file)[kind]


def frame_of(vector):
    payload = bytes.fromhex(vector.get("payload_hex", "")) or vector.get("payload", "").encode()
    return Frame(
        TYPES[vector["type"]],
        vector["id"],
        vector.get("command", ""),
        vector.get("session", ""),
        vector.get("generation", 0),
        vector.get("meta", "").encode(),
        payload,
    )


def encoded(frame):
    return encode_head(frame) + bytes(frame.payload)


class Peer(unittest.TestCase):
    """A channel and the socket at its other end."""

    def setUp(self):
        ours, self.socket = socket.socketpair()
        self.addCleanup(self.socket.close)
        self.channel = Channel(ours.detach(), fsmpool.DATA_LIMIT)
        self.addCleanup(self.channel._socket.close)

    def sends_and_hangs_up(self, data):
        sending = threading.Thread(target=self._send, args=(data,))
        sending.start()
        self.addCleanup(sending.join)

    def _send(self, data):
        with self.socket:
            self.socket.sendall(data)


class ValidVectors(Peer):
    def test_encode_writes_them(self):
        for vector in vectors("valid"):
            with self.subTest(vector["name"]):
                self.assertEqual(encoded(frame_of(vector)).hex(), vector["hex"])

    def test_decode_reads_them(self):
        for vector in vectors("valid"):
            with self.subTest(vector["name"]):
                self.assertEqual(decode(memoryview(bytes.fromhex(vector["hex"]))), frame_of(vector))

    def test_a_channel_reads_them_one_after_the_other(self):
        self.sends_and_hangs_up(b"".join(bytes.fromhex(vector["hex"]) for vector in vectors("valid")))
        for vector in vectors("valid"):
            with self.subTest(vector["name"]):
                self.assertEqual(self.channel.receive(), frame_of(vector))
        self.assertIsNone(self.channel.receive())


class InvalidVectors(unittest.TestCase):
    def test_a_channel_names_what_is_wrong(self):
        for vector in vectors("invalid"):
            with self.subTest(vector["name"]):
                self.assertEqual(self.field(vector), vector["field"])

    def field(self, vector):
        ours, theirs = socket.socketpair()
        with theirs:
            theirs.sendall(bytes.fromhex(vector["hex"]))
        channel = Channel(ours.detach(), vector.get("limit", fsmpool.DATA_LIMIT))
        with contextlib.closing(channel._socket), self.assertRaises(ProtocolError) as caught:
            channel.receive()
        return caught.exception.field


class Channels(Peer):
    def test_frames_of_all_sizes_arrive_whole(self):
        random.seed(1)
        sizes = [0, 1, 65_519, 65_520, 65_521, 200_000] + [random.randrange(70_000) for _ in range(40)]
        frames = [Frame(fsmpool.RESPONSE, i + 1, payload=os.urandom(size)) for i, size in enumerate(sizes)]
        self.sends_and_hangs_up(b"".join(map(encoded, frames)))
        for frame in frames:
            self.assertEqual(self.channel.receive(), frame)
        self.assertIsNone(self.channel.receive())

    def test_what_is_sent_can_be_received(self):
        frame = Frame(fsmpool.REQUEST, 7, "größe", "s", 3, b'{"k":1}', os.urandom(300_000))
        other = Channel(self.socket.detach(), fsmpool.DATA_LIMIT)
        self.addCleanup(other._socket.close)
        sending = threading.Thread(target=other.send, args=(frame,))
        sending.start()
        self.assertEqual(self.channel.receive(), frame)
        sending.join()

    def test_an_error_shows_the_bytes(self):
        self.sends_and_hangs_up(b"Traceback (most recent call last):")
        with self.assertRaisesRegex(ProtocolError, r"type: 101: allowed is HELLO 1.*Traceback \(most"):
            self.channel.receive()


class Decoding(unittest.TestCase):
    def test_garbage_is_a_protocol_error_or_a_frame_that_encodes_back(self):
        random.seed(2)
        frames = [bytes.fromhex(vector["hex"]) for vector in vectors("valid")]
        for _ in range(20_000):
            garbled = bytearray(random.choice(frames))
            for _ in range(random.randrange(4)):
                garbled[random.randrange(4, min(len(garbled), 40))] = random.randrange(256)
            del garbled[random.randrange(4, len(garbled)) + 1 :]
            try:
                frame = decode(memoryview(garbled))
            except ProtocolError:
                continue
            self.assertEqual(encoded(frame)[4:], garbled[4:])


class Sessions(unittest.TestCase):
    def setUp(self):
        self.sessions = fsmpool._Sessions()
        self.sessions.limit = 2

    def test_state_stays_with_its_session(self):
        self.sessions.state("a", 1)["n"] = 1
        self.assertEqual(self.sessions.state("b", 1), {})
        self.assertEqual(self.sessions.state("a", 1), {"n": 1})

    def test_a_new_generation_starts_afresh(self):
        self.sessions.state("a", 1)["n"] = 1
        self.assertEqual(self.sessions.state("a", 2), {})

    def test_no_session_keeps_nothing(self):
        self.sessions.state("", 0)["n"] = 1
        self.assertEqual(self.sessions.state("", 0), {})

    def test_the_one_not_used_for_longest_is_forgotten_aloud(self):
        self.sessions.state("a", 1)["n"] = 1
        self.sessions.state("b", 1)["n"] = 2
        self.sessions.state("a", 1)
        with contextlib.redirect_stderr(io.StringIO()) as said:
            self.sessions.state("c", 1)
        self.assertIn("session 'b' forgotten: the limit is 2", said.getvalue())
        self.assertEqual(self.sessions.state("a", 1), {"n": 1})


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

        self.assertEqual(list(self.worker._commands), ["one", "second"])
        self.assertEqual(one(1), 1)
        self.assertEqual(two(2, None), 2)

    def test_only_what_has_to_be_passed_decides_about_the_context(self):
        self.worker.command("plain")(lambda args, verbose=False: args)
        self.worker.command("context")(lambda args, ctx, verbose=False: args)
        self.worker.command("method")(Model().predict)
        self.worker.command("wrapped")(traced(lambda args, ctx: args))
        wants = {name: command.wants_context for name, command in self.worker._commands.items()}
        self.assertEqual(wants, {"plain": False, "context": True, "method": False, "wrapped": True})

    def test_a_handler_that_cannot_be_called_is_refused(self):
        async def sleepy(args):
            return args

        def streaming(args):
            yield args

        for function, complaint in [
            (lambda: None, "needs 0 arguments"),
            (lambda a, b, c: None, "needs 3 arguments"),
            (sleepy, "is no handler"),
            (streaming, "is no handler"),
            (print, "is no handler"),
        ]:
            with self.subTest(complaint), self.assertRaisesRegex(TypeError, complaint):
                self.worker.command("name")(function)

    def test_a_name_is_given_once(self):
        self.worker.command("same")(lambda args: args)
        with self.assertRaisesRegex(ValueError, "'same' exists already"):
            self.worker.command("same")(lambda args: args)


if __name__ == "__main__":
    unittest.main()
