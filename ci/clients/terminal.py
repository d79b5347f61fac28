"""bluetoothctl, its keyboard and its screen."""

import os
import pty
import re
import select
import subprocess
import time

ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x01\x02\r]")


class Terminal:
    def __init__(self, *options):
        self.keyboard, theirs = pty.openpty()
        environment = os.environ | {"TERM": "dumb", "COLUMNS": "200"}
        command = ["bluetoothctl", *options]
        self.process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
        os.close(theirs)
        self.screen = ""

    def shows(self, pattern, within=20):
        """Waits until PATTERN is on the screen; what is up to there has been read."""
        end = time.monotonic() + within
        while (found := re.search(pattern, self.screen)) is None:
            ready, _, _ = select.select([self.keyboard], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise SystemExit(f"bluetoothctl does not show {pattern!r} within {within} s, but\n{self.screen}")
            self.screen += ESCAPES.sub("", os.read(self.keyboard, 65536).decode(errors="replace"))
        self.screen = self.screen[found.end() :]
        return found

    def types(self, line, *patterns):
        """Types LINE, and waits for each of PATTERNS in turn."""
        os.write(self.keyboard, line.encode() + b"\n")
        for pattern in patterns:
            self.shows(pattern)

    def ends(self):
        self.types("quit")
        self.process.wait(timeout=10)
