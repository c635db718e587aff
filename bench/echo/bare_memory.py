"""The least that a Python process can do to echo through shared memory: copies from one half of it to the other when a
byte arrives, and sends the byte back."""

import mmap
import os
import socket

connection = socket.socket(fileno=3)
memory = memoryview(mmap.mmap(4, os.fstat(4).st_size))
size = len(memory) // 2
question, answer = memory[:size], memory[size:]
while True:
    bell = connection.recv(1)
    if not bell:
        raise SystemExit
    answer[:] = question
    connection.send(bell)
