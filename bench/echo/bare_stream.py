"""The least that a Python process can do to stream: answers a byte with frames, each sent when it is made."""

import socket

PIECES, SIZE = 1000, 1024
connection = socket.socket(fileno=3)
piece = bytes(SIZE)
while connection.recv(1):
    for i in range(PIECES):
        connection.send(b"".join((len(piece).to_bytes(4, "big"), piece)))
