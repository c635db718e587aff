"""What of a value would not come back from JSON, found by comparing."""

import collections
import enum
import json
import unittest

import peer  # noqa: F401 - finds the package

from fsmpool.command import Hook, ImportHook
from fsmpool.roundtrip import difference, renamed_key
from fsmpool.session import NotExportable, SessionCodec


class Colour(enum.IntEnum):
    RED = 1


class Text(str):
    pass


class Unprintable(list):
    def __repr__(self):
        raise ValueError("no")


Point = collections.namedtuple("Point", "x y")
SHARED = [1]


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


class Comparing(unittest.TestCase):
    def test_what_comes_back_as_it_was_is_no_difference(self):
        for value in [
            None, True, 0, -1, 2**70, 1.5, -0.0, 1e308, "", "ä\u2028", "half \ud83d", [], {}, [[], []], {"": {"a": [None, "b"]}},
            {"b": 1, "a": 2}, ["same", "same"], {"a": SHARED, "b": [SHARED]}, nested(300),
        ]:  # fmt: skip
            with self.subTest(str(value)[:50]):
                self.assertEqual(difference(value, json.loads(json.dumps(value)), "state"), "")

    def test_the_first_difference_is_named_with_its_path(self):
        for value, said in [
            ({"users": {7: 1}}, "state['users']: a key 7 (int) would come back as '7'"),
            ({True: 1}, "state: a key True (bool) would come back as 'true'"),
            ({None: 1}, "state: a key None (NoneType) would come back as 'null'"),
            ({1.5: 1}, "state: a key 1.5 (float) would come back as '1.5'"),
            ({7: 1, "7": 2}, "state: a key 7 (int) would come back as '7'"),
            ({Text("k"): 1}, "state: a key 'k' (Text) would come back as 'k'"),
            ({Colour.RED: 1}, "state: a key <Colour.RED: 1> (Colour) would come back as '1'"),
            ([0, (1, 2)], "state[1]: (1, 2) (tuple) would come back as [1, 2] (list)"),
            ({"p": Point(1, 2)}, "state['p']: Point(x=1, y=2) (Point) would come back as [1, 2] (list)"),
            ({"c": Colour.RED}, "state['c']: <Colour.RED: 1> (Colour) would come back as 1 (int)"),
            ([Text("t")], "state[0]: 't' (Text) would come back as 't' (str)"),
            (collections.OrderedDict(), "state: OrderedDict() (OrderedDict) would come back as {} (dict)"),
            ({"d": collections.defaultdict(int)}, "state['d']: defaultdict(<class 'int'>, {}) (defaultdict) would come back"),
            (["\ud83d\ude00"], "state[0]: '\\ud83d\\ude00' would come back as '\U0001f600'"),
            ([Unprintable([1])], "state[0]: a Unprintable (Unprintable) would come back as [1] (list)"),
        ]:
            with self.subTest(said):
                self.assertIn(said, difference(value, json.loads(json.dumps(value)), "state"))

    def test_values_of_one_type_are_compared_to_the_bit(self):
        for value, back in [(0.0, -0.0), (1, 2), ("a", "b"), ([1], [2]), ({"a": 1, "b": 2}, {"b": 2, "a": 1})]:
            self.assertNotEqual(difference(value, back, "state"), "", value)
        nan = float("nan")
        self.assertEqual(difference([nan], [nan], "state"), "")

    def test_a_message_is_short_whatever_the_state_is(self):
        value = {"k" * 10_000: {5: ["x" * 100_000]}}
        self.assertLess(len(difference(value, json.loads(json.dumps(value)), "state")), 300)


class Hooks(unittest.TestCase):
    def test_a_key_that_would_come_back_as_another_one_is_named(self):
        for value, said in [
            ({7: 1}, "x: a key 7 (int) would come back as a string"),
            ([{"a": ({None: 1},)}], "x[0]['a'][0]: a key None (NoneType) would come back as a string"),
            ({"a": {"b": 1}, "c": collections.Counter([1])}, "x['c']: a key 1 (int) would come back as a string"),
        ]:
            with self.subTest(said):
                self.assertEqual(renamed_key(value, None, "x"), said)

    def test_what_an_import_hook_can_undo_is_left_to_it(self):
        for value in [(1, 2), [("a", 1)], {"p": Point(1, 2)}, {"c": Colour.RED}, {Text("k"): Text("t")}, [SHARED, SHARED]]:
            with self.subTest(str(value)):
                self.assertEqual(renamed_key(value, None, "x"), "")

    def test_pairs_carry_a_dict_with_any_keys(self):
        codec = SessionCodec({
            "export_session": Hook("export_session", lambda state: list(state.items()), 1, False),
            "import_session": ImportHook(lambda snapshot: {key: value for key, value in snapshot}),
        })  # fmt: skip
        _, payload = codec.pack({7: 2, "7": 3})
        self.assertEqual(codec.unpack("application/json", payload), {7: 2, "7": 3})

    def test_a_snapshot_with_keys_that_json_changes_is_not_exportable(self):
        codec = SessionCodec({"export_session": Hook("export_session", lambda state: state, 1, False)})
        with self.assertRaisesRegex(NotExportable, r"returned\['users'\]: a key 7 \(int\) .* keys that are strings"):
            codec.pack({"users": {7: 2}})


class Packing(unittest.TestCase):
    def test_bytes_come_back_and_their_relatives_do_not(self):
        codec = SessionCodec({})
        meta, payload = codec.pack(b"\0\xff")
        self.assertEqual(codec.unpack(json.loads(meta)["content_type"], payload), b"\0\xff")
        for state in bytearray(b"a"), memoryview(b"a"), type("Blob", (bytes,), {})(b"a"):
            with self.assertRaisesRegex(NotExportable, r"would come back as b'a' \(bytes\): @worker.export_session"):
                codec.pack(state)

    def test_what_cannot_be_encoded_is_told_too(self):
        endless = {}
        endless["me"] = endless
        for state in {1}, object(), float("nan"), endless, 10**5000, nested(100_000):
            with self.assertRaisesRegex(NotExportable, "@worker.export_session"):
                SessionCodec({}).pack(state)


if __name__ == "__main__":
    unittest.main()
