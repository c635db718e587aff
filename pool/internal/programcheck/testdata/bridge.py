"""A bridge as programs for an Erlang port have it: messages of JSON behind a length of four bytes, on standard input and
output, one at a time; what it has to say goes to standard error."""

import datetime
import json
import struct
import sys

SESSIONS = {}


def read_message():
    head = sys.stdin.buffer.read(4)
    if len(head) < 4:
        return None
    (length,) = struct.unpack(">I", head)
    return json.loads(sys.stdin.buffer.read(length).decode("utf-8"))


def write_message(message):
    data = json.dumps(message).encode("utf-8")
    sys.stdout.buffer.write(struct.pack(">I", len(data)) + data)
    sys.stdout.buffer.flush()


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat()


def handle(command, args):
    session = SESSIONS.setdefault(args.get("session_id", "anonymous"), {})
    if command == "ping":
        return {"status": "ok", "timestamp": now()}
    if command == "create_program":
        session[args["id"]] = args["signature"]
        return {"program_id": args["id"]}
    if command == "execute_program":
        if args["id"] not in session:
            raise ValueError("Program not found: " + args["id"])
        return {"outputs": {"answer": session[args["id"]] + "(" + json.dumps(args["inputs"]) + ")"}}
    if command == "cleanup_session":
        return {"removed": len(SESSIONS.pop(args["session_id"], {}))}
    if command == "shutdown":
        return {"status": "shutting_down"}
    raise ValueError("Unknown command: " + command)


def main():
    print("bridge is up", file=sys.stderr)
    while True:
        message = read_message()
        if message is None:
            return
        answer = {"id": message["id"], "timestamp": now()}
        try:
            answer["result"] = handle(message["command"], message.get("args", {}))
            answer["success"] = True
        except Exception as error:
            answer["success"] = False
            answer["error"] = str(error)
        write_message(answer)


main()
