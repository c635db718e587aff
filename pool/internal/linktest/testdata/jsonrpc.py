"""JSON-RPC 2.0, a message a line, that prints in between and does not answer what was cancelled."""

import json
import os
import sys
import threading

lock, cancelled = threading.Lock(), {}
print("ready", flush=True)


def send(message):
    with lock:
        print(json.dumps(message), flush=True)


def serve(m, stopped):
    method = m["method"]
    answer = {"jsonrpc": "2.0", "id": m["id"]}
    if method == "echo":
        answer["result"] = m["params"]
    elif method in ("meet", "ping"):
        answer["result"] = {}
    elif method == "wait":
        stopped.wait()
        return
    elif method == "die":
        os._exit(7)
    else:
        answer["error"] = {"code": -32601, "message": "told to"}
    send(answer)


for line in sys.stdin:
    m = json.loads(line)
    if m["method"] == "cancel":
        cancelled.pop(m["params"]["id"], threading.Event()).set()
    elif "id" in m:
        event = cancelled[m["id"]] = threading.Event()
        threading.Thread(target=serve, args=(m, event), daemon=True).start()
