"""A worker that a fork server can make: the least that the SDK does, without the SDK.

usage: forkserver.py MODE [SOURCE...]

Served is a line at a time on the data connection: a word and what belongs to it.
"""

import array
import fcntl
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time

RIGHTS = (socket.SOL_SOCKET, socket.SCM_RIGHTS)
GATE = 6


def receive(conn):
    message, control, _, _ = conn.recvmsg(1 << 17, socket.CMSG_SPACE(5 * 4))
    fds = array.array("i")
    for level, kind, data in control:
        if (level, kind) == RIGHTS:
            fds.frombytes(data)
    return message, list(fds)


def send(conn, message, *fds):
    control = [RIGHTS + (array.array("i", fds),)] if fds else []
    conn.sendmsg([json.dumps(message).encode()], control)


def become(order, fds, gate):
    """Makes the forked process what one that was started would be, and waits until it may run."""
    os.setpgid(0, 0)
    high = [fcntl.fcntl(fd, fcntl.F_DUPFD, 16) for fd in [*fds, gate]]
    for fd, number in zip(high, [3, 4, 5, 1, 2, GATE]):
        os.dup2(fd, number)
    os.closerange(GATE + 1, 1 << 12)
    for name in order.get("unset", []):
        os.environ.pop(name, None)
    os.environ.update(order.get("set", {}))
    if order.get("cwd"):
        os.chdir(order["cwd"])
    if not os.read(GATE, 1):
        os._exit(1)
    os.close(GATE)


def fork(conn, order, fds, gates):
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        become(order, fds, reading)
        return True
    try:
        os.setpgid(pid, pid)
    except OSError:
        pass  # it has done so itself
    os.close(reading)
    for fd in fds:
        os.close(fd)
    gates[order["fork"]] = writing
    pidfd = os.pidfd_open(pid)
    send(conn, {"forked": order["fork"], "pid": pid}, pidfd)
    os.close(pidfd)
    return False


def reap(conn, pid):
    _, status, usage = os.wait4(pid, 0)
    send(conn, {"exited": pid, "status": status, "rusage": [usage.ru_utime, usage.ru_stime, usage.ru_maxrss]})


def fork_server(conn, mode, sources):
    """Returns in each process that is forked."""
    if threading.active_count() > 1:
        send(conn, {"refused": "threads run", "sources": sources})
        os._exit(0)
    send(conn, {"ready": True, "pid": os.getpid(), "sources": sources})
    gates = {}
    while True:
        message, fds = receive(conn)
        if not message:
            os._exit(0)
        order = json.loads(message)
        if "go" in order:
            gate = gates.pop(order["go"])
            os.write(gate, b"g")
            os.close(gate)
        elif "reap" in order:
            reap(conn, order["reap"])
        elif mode == "fails":
            for fd in fds:
                os.close(fd)
            send(conn, {"failed": order["fork"], "reason": "no more processes"})
        elif mode == "silent":
            time.sleep(1000)
        elif mode == "babbles":
            conn.send(b"not json")
        elif fork(conn, order, fds, gates):
            return


def start(*command, **options):
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, **options).pid


def serve(word, rest):
    if word == "exit":
        os._exit(int(rest))
    if word == "print":
        print(rest, flush=True)
        return "printed"
    answers = {
        "echo": lambda: rest,
        "env": lambda: os.environ.get(rest, ""),
        "cwd": os.getcwd,
        "open": lambda: " ".join(sorted(os.listdir("/proc/self/fd"), key=int)),
        "imported": lambda: str(IMPORTED),
        "group": lambda: str(os.getpgid(0)),
        "limit": lambda: str(resource.getrlimit(resource.RLIMIT_NOFILE)[0]),
        "ignore": lambda: str(signal.signal(int(rest), signal.SIG_IGN)),
        "nice": lambda: str(os.nice(0)),
        "child": lambda: str(start("sleep", "1000")),
        "daemon": lambda: str(start("sleep", "1000", start_new_session=True)),
    }
    return answers[word]()


def main(mode, *sources):
    if mode == "threads":
        threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
    if mode == "raises":
        raise RuntimeError("no model")
    if mode == "slow":
        print("importing", flush=True)
        time.sleep(1000)
    if "FSMPOOL_FORKSERVER" in os.environ:
        conn = socket.socket(fileno=int(os.environ["FSMPOOL_FORKSERVER"]))
        fork_server(conn, mode, [os.path.abspath(__file__), *sources])
    if mode == "announces":
        print("ready", start("sleep", "1000"), os.getpid(), flush=True)
    with socket.socket(fileno=3) as data, data.makefile("rw") as lines:
        for line in lines:
            word, _, rest = line.rstrip("\n").partition(" ")
            print(serve(word, rest), file=lines, flush=True)


IMPORTED = time.monotonic_ns()
main(*sys.argv[1:])
