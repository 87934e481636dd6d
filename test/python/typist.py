"""A terminal of its own at which somebody types: prints its device, and after each line of input
types a key there that the program on it reads; prints "typed" when it was read."""
import os
import pty
import sys

pid, terminal = pty.fork()
if pid == 0:
    os.execvp("sh", ["sh", "-c", "stty -echo; tty; exec cat"])


def line():
    text = b""
    while not text.endswith(b"\n"):
        text += os.read(terminal, 1)
    return text.decode().strip()


print(line(), flush=True)
for _ in sys.stdin:
    os.write(terminal, b"x\n")
    line()
    print("typed", flush=True)
