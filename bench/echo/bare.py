"""The least that a Python process can do to echo: answers each frame with what a worker would answer, unread."""

import socket

ID = slice(4, 12)
PAYLOAD = slice(28, None)  # behind type, flags, id, the command echo, no session, and the generation


def serve(connection):
    frames = connection.makefile("rb", buffering=65536)
    while True:
        length = frames.read(4)
        if not length:
            return
        request = frames.read(int.from_bytes(length, "big"))
        response = b"\5\0\0\0" + request[ID] + request[PAYLOAD]
        connection.sendall(len(response).to_bytes(4, "big") + response)


serve(socket.socket(fileno=3))
