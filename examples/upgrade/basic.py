"""A worker that knows nothing of pools: JSON behind its length on standard input and output, as Erlang ports have it."""

import json
import struct
import sys


def handle(command, args):
    if command == "ping":
        return {"status": "ok"}
    if command == "squares":
        return {"sum": sum(n * n for n in args["numbers"])}
    raise LookupError("unknown command " + command)


def main():
    while True:
        head = sys.stdin.buffer.read(4)
        if len(head) < 4:
            return
        request = json.loads(sys.stdin.buffer.read(struct.unpack(">I", head)[0]))
        answer = {"id": request["id"], "success": True}
        try:
            answer["result"] = handle(request["command"], request.get("args") or {})
        except Exception as error:
            answer.update(success=False, error=str(error))
        body = json.dumps(answer).encode()
        sys.stdout.buffer.write(struct.pack(">I", len(body)) + body)
        sys.stdout.buffer.flush()
        if request["command"] == "shutdown":
            return


if __name__ == "__main__":
    main()
