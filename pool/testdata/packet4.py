"""A worker that knows nothing of pools: JSON behind its length on standard input and output, as Erlang ports have it."""

import json
import struct
import sys

sessions = {}


def handle(command, args):
    if command == "ping":
        return {"status": "ok"}
    if command == "count":
        session = args.get("session_id", "")
        sessions[session] = sessions.get(session, 0) + 1
        return {"count": sessions[session]}
    if command == "fail":
        raise ValueError(args["message"])
    raise KeyError("unknown command " + command)


while True:
    head = sys.stdin.buffer.read(4)
    if len(head) < 4:
        break
    request = json.loads(sys.stdin.buffer.read(struct.unpack(">I", head)[0]))
    try:
        answer = {"id": request["id"], "success": True, "result": handle(request["command"], request.get("args") or {})}
    except Exception as e:
        answer = {"id": request["id"], "success": False, "error": str(e)}
    body = json.dumps(answer).encode()
    sys.stdout.buffer.write(struct.pack(">I", len(body)) + body)
    sys.stdout.buffer.flush()
