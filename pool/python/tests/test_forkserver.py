"""The fork server, as a pool drives it."""

import array
import json
import os
import select
import signal
import socket
import subprocess
import tempfile
import unittest

from peer import HANG, PYTHON, Process, environment

from fsmpool import protocol

SCRIPT = """
import os, random, sys
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import beside
from fsmpool import worker
imported_by = os.getpid()
opened = open(__file__)
{more}

@worker.command
def who(args):
    print("out of", os.getpid())
    print("err of", os.getpid(), file=sys.stderr)
    return {{"pid": os.getpid(), "imported_by": imported_by, "group": os.getpgid(0), "cwd": os.getcwd(),
            "env": dict(os.environ), "descriptors": sorted(map(int, os.listdir("/proc/self/fd")))[:-1],
            "random": random.random(), "opened": os.fstat(opened.fileno()).st_size > 0}}

@worker.command
def leave(args):
    os._exit(args)

worker.run()
"""


@unittest.skipUnless(hasattr(os, "pidfd_open"), "no pidfd")
class ForkServer(unittest.TestCase):
    def start(self, more="", stdout=None):
        self.room = tempfile.TemporaryDirectory()
        self.addCleanup(self.room.cleanup)
        self.script = os.path.join(self.room.name, "script.py")
        for name, code in (self.script, SCRIPT.format(more=more)), (os.path.join(self.room.name, "beside.py"), ""):
            with open(name, "w") as file:
                file.write(code)
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.addCleanup(self.socket.close)
        self.socket.settimeout(HANG)
        self.server = subprocess.Popen(
            [*PYTHON, self.script],
            pass_fds=[theirs.fileno()],
            env=environment(FSMPOOL_FORKSERVER=str(theirs.fileno())),
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
        )
        theirs.close()
        self.addCleanup(self.stop, self.server)
        return self.hear()[0]

    @staticmethod
    def stop(server):
        server.kill()
        server.wait()
        server.stderr.close()

    def hear(self):
        """Returns the next message and the descriptor that came with it."""
        message, ancillary, _, _ = self.socket.recvmsg(1 << 17, socket.CMSG_SPACE(4))
        received = array.array("i")
        for _, _, data in ancillary:
            received.frombytes(data)
        return (json.loads(message) if message else None), (received[0] if received else None)

    def say(self, words, *sent):
        socket.send_fds(self.socket, [json.dumps(words).encode()], list(sent))

    def fork(self, number, unset=(), **variables):
        """Has a child forked and returns it: it waits for its go."""
        child = Child()
        self.addCleanup(child.close)
        order = {"fork": number, "set": {"FSMPOOL_PROTOCOL": "1", **variables}, "unset": ["FSMPOOL_FORKSERVER", *unset]}
        self.say({**order, "cwd": self.room.name}, *child.theirs())
        answer, child.pidfd = self.hear()
        self.assertEqual((answer["forked"], child.pidfd is not None), (number, True))
        child.pid = answer["pid"]
        self.addCleanup(self.end, child)
        child.hand_over()
        return child

    @staticmethod
    def end(child):
        try:
            os.kill(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def ended(self, child):
        """Waits until a child is gone, and returns its status, reaped by the server."""
        child.wait()
        self.say({"reap": child.pid})
        answer, _ = self.hear()
        self.assertEqual(answer["exited"], child.pid)
        self.assertEqual([type(number) for number in answer["rusage"]], [float, float, int])
        return os.waitstatus_to_exitcode(answer["status"])

    def test_it_says_what_it_was_made_of(self):
        ready = self.start()
        self.assertEqual((ready["ready"], ready["pid"]), (True, self.server.pid))
        self.assertEqual([os.path.basename(path) for path in ready["sources"]], ["beside.py", "script.py"])

    def test_children_of_a_server_that_prints_to_a_file_print_to_their_own_output(self):
        with tempfile.TemporaryFile() as file:
            self.start("print('imported')", stdout=file)
            for number in 1, 2:
                child = self.fork(number)
                self.say({"go": number})
                child.greet()
                child.ask("who")
                self.assertEqual(child.printed(), [f"out of {child.pid}\n", f"err of {child.pid}\n"])
            file.seek(0)
            self.assertEqual(file.read(), b"imported\n")

    def test_children_are_workers_of_their_own(self):
        self.start()
        children = [self.fork(number, ["HOME"], NUMBER=str(number)) for number in (1, 2)]
        told = []
        for number, child in enumerate(children, 1):
            self.say({"go": number})
            child.greet()
            who = child.ask("who")
            told.append(who)
            self.assertEqual((who["pid"], who["group"], who["imported_by"]), (child.pid, child.pid, self.server.pid))
            self.assertEqual((who["cwd"], who["opened"]), (os.path.realpath(self.room.name), True))
            self.assertEqual({key: who["env"].get(key) for key in ("NUMBER", "FSMPOOL_FDS", "HOME")},
                             {"NUMBER": str(number), "FSMPOOL_FDS": None, "HOME": None})  # fmt: skip
            self.assertEqual(child.printed(), [f"out of {child.pid}\n", f"err of {child.pid}\n"])
        self.assertNotEqual(told[0]["random"], told[1]["random"])
        # Standard ones, what the author has open, data, control, lifeline: nothing of the server or a sibling.
        self.assertEqual([len(who["descriptors"]) for who in told], [7, 7])
        for child in children:
            child.shutdown()
            self.assertEqual(self.ended(child), 0)

    def test_children_have_the_environment_of_the_server_with_what_the_pool_changes(self):
        self.start("os.environ.update(IMPORTED='yes', CHANGED='before'); del os.environ['PYTHONWARNINGS']")
        for number, changed in (1, "one"), (2, None):
            child = self.fork(number, **({"CHANGED": changed} if changed else {}))
            self.say({"go": number})
            child.greet()
            env = child.ask("who")["env"]
            names = "IMPORTED", "CHANGED", "PYTHONWARNINGS", "PATH", "FSMPOOL_FORKSERVER"
            self.assertEqual([env.get(name) for name in names],
                             ["yes", changed or "before", None, os.environ["PATH"], None])  # fmt: skip

    def test_the_signals_of_a_service_manager_are_left_to_the_pool(self):
        self.start()
        for number in signal.SIGTERM, signal.SIGINT, signal.SIGHUP:
            self.server.send_signal(number)
        children = [self.fork(number) for number in (1, 2)]
        for number, child in enumerate(children, 1):
            self.say({"go": number})
            child.greet()
            for process in self.server.pid, child.pid:
                os.kill(process, signal.SIGTERM)
                os.kill(process, signal.SIGHUP)
            self.assertEqual(child.ask("who")["pid"], child.pid)
            child.shutdown()
            self.assertEqual(self.ended(child), 0)
        os.kill(self.fork(3).pid, signal.SIGTERM)
        self.assertIsNone(self.server.poll())

    def test_a_child_does_nothing_before_its_go(self):
        self.start()
        child = self.fork(1)
        self.assertFalse(select.select([child.data._socket], [], [], 0)[0])
        os.kill(child.pid, signal.SIGKILL)
        self.assertEqual(self.ended(child), -signal.SIGKILL)

    def test_a_child_that_waits_ends_with_the_server(self):
        self.start()
        child = self.fork(1)
        self.stop(self.server)
        child.wait()
        self.assertIsNone(child.data.receive())

    def test_a_child_that_serves_outlives_the_server(self):
        self.start()
        child = self.fork(1)
        self.say({"go": 1})
        child.greet()
        self.stop(self.server)
        self.assertEqual(child.ask("who")["pid"], child.pid)

    def test_the_server_ends_with_the_pool(self):
        self.start()
        self.socket.close()
        self.assertEqual(self.server.wait(HANG), 0)

    def test_a_status_comes_back(self):
        self.start()
        child = self.fork(1)
        self.say({"go": 1})
        child.greet()
        child.send("leave", 7)
        self.assertEqual(self.ended(child), 7)

    def test_what_makes_forking_unsafe_is_refused_with_the_reason(self):
        thread = "import threading; threading.Thread(target={}, args=(99,), daemon=True, name='mine').start()"
        cuda = "import types; torch = sys.modules['torch'] = types.ModuleType('torch'); torch.cuda = {}"
        for more, reason in [
            (thread.format("__import__('time').sleep"), r"1 more threads run \(mine\)"),
            (cuda.format("types.SimpleNamespace(is_initialized=lambda: True)"), "CUDA is initialised"),
        ]:
            with self.subTest(reason):
                refused = self.start(more)
                self.assertRegex(refused["refused"], reason)
                self.assertTrue(refused["sources"])
                self.assertEqual(self.server.wait(HANG), 0)

    def test_a_fork_that_has_become_unsafe_fails_and_leaves_nothing(self):
        self.start(
            "import signal, threading\n"
            "signal.signal(signal.SIGUSR1, lambda *_: threading.Thread(target=signal.pause, daemon=True).start())"
        )
        os.kill(self.server.pid, signal.SIGUSR1)
        while len(os.listdir(f"/proc/{self.server.pid}/task")) == 1:
            pass
        held = len(os.listdir(f"/proc/{self.server.pid}/fd"))
        child = Child()
        self.addCleanup(child.close)
        self.say({"fork": 4, "cwd": ""}, *child.theirs())
        answer, _ = self.hear()
        self.assertEqual(answer["failed"], 4)
        self.assertIn("more threads run", answer["reason"])
        self.assertEqual(len(os.listdir(f"/proc/{self.server.pid}/fd")), held)


class Child(Process):
    """The pool's end of a child."""

    def __init__(self):
        self.id = 0
        self.pidfd = None
        self.data, self._data = self._channel(protocol.DATA_LIMIT)
        self.control, self._control = self._channel(protocol.CONTROL_LIMIT)
        lifeline, self.lifeline = os.pipe()
        self.out, out = os.pipe()
        self.err, err = os.pipe()
        self._given = [lifeline, out, err]

    def theirs(self):
        lifeline, out, err = self._given
        return self._data.fileno(), self._control.fileno(), lifeline, out, err

    def hand_over(self):
        """Closes what the child has now."""
        self._data.close()
        self._control.close()
        for descriptor in self._given:
            os.close(descriptor)
        self._given = []

    def greet(self):
        self.welcome({}, None)

    def ask(self, command, args=None, **more):
        name, got = super().ask(command, args, **more)
        if name != "RESPONSE":
            raise AssertionError(f"{name}: {got}")
        return got

    def printed(self):
        return [os.read(descriptor, 1000).decode() for descriptor in (self.out, self.err)]

    def shutdown(self):
        self.control.send(b"\0\0\0\x0c\x12\0\0\0" + (9).to_bytes(8, "big"))

    def wait(self):
        if not select.select([self.pidfd], [], [], HANG)[0]:
            raise AssertionError("the child lives on")

    def close(self):
        self.hand_over()
        for descriptor in (self.out, self.err, self.lifeline, self.pidfd):
            if descriptor is not None:
                os.close(descriptor)
        self.data._socket.close()
        self.control._socket.close()


if __name__ == "__main__":
    unittest.main()
