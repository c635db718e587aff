"""One request at a time, JSON behind a length of four bytes."""

import json
import os
import struct
import sys
import time

while True:
    head = sys.stdin.buffer.read(4)
    if len(head) < 4:
        break
    m = json.loads(sys.stdin.buffer.read(struct.unpack(">I", head)[0]))
    command, answer = m["command"], {"id": m["id"], "success": True, "result": None}
    if command == "echo":
        answer["result"] = m["args"]
    elif command == "wait":
        time.sleep(3600)
    elif command == "die":
        os._exit(7)
    elif command not in ("ping", "meet", "shutdown"):
        answer.update(success=False, error="told to")
    out = json.dumps(answer).encode()
    sys.stdout.buffer.write(struct.pack(">I", len(out)) + out)
    sys.stdout.buffer.flush()
