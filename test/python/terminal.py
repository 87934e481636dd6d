"""Runs a program on a terminal of its own: argv[1] is JSON of the answers, one per question that
ends in ": " or "] ", the rest is the command. Prints all that the terminal showed; exits with the
program's status."""
import json
import os
import pty
import re
import sys

answers = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
shown = b""
asked = 0
while True:
    try:
        part = os.read(terminal, 4096)
    except OSError:
        part = b""
    if not part:
        break
    shown += part
    # Behind a question the cursor may still be put into its place.
    text = re.sub(rb"\x1b\[[0-9;]*[A-Za-z]", b"", shown[asked:])
    if text.endswith((b": ", b"] ")) and answers:
        asked = len(shown)
        os.write(terminal, answers.pop(0).encode() + b"\r")
_, status = os.waitpid(pid, 0)
sys.stdout.write(shown.decode())
sys.exit(os.waitstatus_to_exitcode(status))
