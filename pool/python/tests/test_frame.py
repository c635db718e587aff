"""The bytes of frames: the vectors that both languages read, and frames that are not allowed."""

import json
import os
import random
import socket
import threading
import unittest

from peer import ROOM

from fsmpool import protocol
from fsmpool.channel import Channel
from fsmpool.frame import Frame, check_fixed, decode, encode
from fsmpool.protocol import ProtocolError

WIRE = os.path.join(ROOM, "..", "wire", "testdata")
TYPES = {name: number for number, name in protocol.NAMES.items()}


def vectors(kind):
    with open(os.path.join(WIRE, "vectors.json"), encoding="utf-8") as file:
        return json.load(file)[kind]


def frame_of(vector):
    payload = bytes.fromhex(vector.get("payload_hex", "")) or vector.get("payload", "").encode()
    flags = (protocol.LAST if vector.get("last") else 0) | (protocol.SHARED if vector.get("shared") else 0)
    return Frame(
        TYPES[vector["type"]],
        vector["id"],
        vector.get("command", ""),
        vector.get("session", ""),
        vector.get("generation", 0),
        vector.get("meta", "").encode(),
        payload,
        flags,
    )


def decoded(data):
    """Reads a whole frame, as a channel does that has read it."""
    _, kind, frame_id = check_fixed(data)
    return decode(kind, frame_id, data)


def garbled(data):
    """Changes a few bytes behind the length, and cuts some off."""
    data = bytearray(data)
    for _ in range(random.randrange(4)):
        data[random.randrange(4, min(len(data), 48))] = random.randrange(256)
    del data[random.randrange(16, len(data) + 1) :]
    return bytes(data)


class Peer(unittest.TestCase):
    """A channel and the socket at its other end."""

    def setUp(self):
        ours, self.socket = socket.socketpair()
        self.addCleanup(self.socket.close)
        self.channel = Channel(ours.detach(), protocol.DATA_LIMIT)
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
                self.assertEqual(encode(frame_of(vector)).hex(), vector["hex"])

    def test_decode_reads_them(self):
        for vector in vectors("valid"):
            with self.subTest(vector["name"]):
                self.assertEqual(decoded(bytes.fromhex(vector["hex"])), frame_of(vector))

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
        channel = Channel(ours.detach(), vector.get("limit", protocol.DATA_LIMIT))
        with channel._socket, self.assertRaises(ProtocolError) as caught:
            channel.receive()
        return caught.exception.field


class Channels(Peer):
    def test_frames_of_all_sizes_arrive_whole(self):
        random.seed(1)
        sizes = [0, 1, 65_519, 65_520, 65_521, 200_000] + [random.randrange(70_000) for _ in range(40)]
        frames = [Frame(protocol.RESPONSE, i + 1, payload=os.urandom(size)) for i, size in enumerate(sizes)]
        self.sends_and_hangs_up(b"".join(map(encode, frames)))
        for frame in frames:
            self.assertEqual(self.channel.receive(), frame)
        self.assertIsNone(self.channel.receive())

    def test_what_is_sent_in_parts_is_received_whole(self):
        for size in 3, 60_000, 300_000:
            frame = Frame(protocol.REQUEST, 7, "größe", "s", 3, b'{"k":1}', os.urandom(size))
            data = encode(frame)
            other = Channel(os.dup(self.socket.fileno()), protocol.DATA_LIMIT)
            sending = threading.Thread(target=other.send, args=(data[:20], data[20:]))
            sending.start()
            self.assertEqual(self.channel.receive(), frame)
            sending.join()
            other._socket.close()

    def test_a_payload_stays_when_the_next_frame_comes(self):
        for size in 10, 100_000:
            frames = [Frame(protocol.RESPONSE, i, payload=bytes([i]) * size) for i in (1, 2)]
            self.sends(b"".join(map(encode, frames)))
            first = self.channel.receive()
            self.assertEqual(self.channel.receive(), frames[1])
            self.assertEqual(first, frames[0])

    def sends(self, data):
        sending = threading.Thread(target=self.socket.sendall, args=(data,))
        sending.start()
        self.addCleanup(sending.join)

    def test_an_error_shows_the_bytes(self):
        self.sends_and_hangs_up(b"Traceback (most recent call last):")
        with self.assertRaisesRegex(ProtocolError, r"type: 101: allowed is HELLO 1.*Traceback \(most"):
            self.channel.receive()

    def test_a_few_bytes_of_garbage_are_judged_though_no_more_come(self):
        self.socket.sendall(b"hello\n")
        with self.assertRaisesRegex(ProtocolError, "type: 111"):
            self.channel.receive()

    def test_four_gigabytes_are_refused_before_they_are_waited_for(self):
        self.socket.sendall(bytes.fromhex("ffffffff 05 00 0000 0000000000000001"))
        with self.assertRaisesRegex(ProtocolError, "frame: 4294967295 bytes: allowed is up to 67108864"):
            self.channel.receive()

    def test_an_offer_does_not_wait(self):
        while self.channel.offer(b"x" * 30_000):
            pass
        taken = self.socket.recv(1 << 20, socket.MSG_WAITALL | socket.MSG_DONTWAIT)
        self.assertEqual(len(taken) % 30_000, 0)


class EndOfReading(Peer):
    def setUp(self):
        super().setUp()
        self.done = False
        self.channel.end_when(lambda: self.done)

    def test_a_channel_that_waits_is_woken(self):
        got = []
        reading = threading.Thread(target=lambda: got.append(self.channel.receive()))
        reading.start()
        while not self.channel._waiting:
            pass
        self.done = True
        self.channel.wake()
        reading.join()
        self.assertEqual(got, [None])

    def test_what_has_arrived_is_read_first(self):
        frames = [Frame(protocol.RESPONSE, i, payload=b"x" * 40_000) for i in (1, 2, 3)]
        self.socket.sendall(b"".join(map(encode, frames)))
        self.done = True
        self.channel.wake()
        self.assertEqual([self.channel.receive() for _ in range(4)], [*frames, None])

    def test_no_frame_is_lost_however_waking_and_arriving_meet(self):
        for number in range(300):
            self.setUp()
            frame = encode(Frame(protocol.RESPONSE, number + 1))
            waking = threading.Thread(target=self.wake_in_a_while, args=(number % 30,))
            got = []
            reading = threading.Thread(target=lambda: got.extend(iter(self.channel.receive, None)))  # noqa: B023
            reading.start()
            waking.start()
            self.socket.sendall(frame)
            self.sent = True
            waking.join()
            reading.join()
            self.assertEqual([one.id for one in got], [number + 1])
            self.doCleanups()

    sent = False

    def wake_in_a_while(self, rounds):
        for _ in range(rounds * 20):
            pass
        while not self.sent:  # nothing is sent after it is over
            pass
        self.sent = False
        self.done = True
        self.channel.wake()


class Garbage(unittest.TestCase):
    def test_it_is_a_protocol_error_or_a_frame_that_encodes_back(self):
        random.seed(2)
        frames = [bytes.fromhex(vector["hex"]) for vector in vectors("valid")]
        for _ in range(20_000):
            self.check(garbled(random.choice(frames)))

    def check(self, data):
        data = max(0, len(data) - 4).to_bytes(4, "big") + data[4:]
        if len(data) < 16:
            return
        try:
            frame = decoded(data)
        except ProtocolError:
            return
        self.assertEqual(encode(frame), data)


if __name__ == "__main__":
    unittest.main()
