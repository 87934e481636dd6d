"""Runs a program on a terminal of its own and closes that terminal when it shows argv[1] (a pattern).
The rest is the command; exits with the program's status, 128 + N when signal N ended it."""
import os
import pty
import re
import sys

pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
shown = b""
while not re.search(sys.argv[1].encode(), shown):
    shown += os.read(terminal, 4096)
os.close(terminal)
_, status = os.waitpid(pid, 0)
code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)
