"""Busy processes beside what is measured: a load of the machine that is the same each time."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

LASTS_S: Final = 3_600
"""End of a busy process by itself, should nobody end it."""
_SPIN: Final = """
import os, sys, time
parent, end = int(sys.argv[1]), time.monotonic() + int(sys.argv[2])
while os.getppid() == parent and time.monotonic() < end:
    sum(range(10_000))
"""


@contextmanager
def busy_processes(count: int, *, lasts_s: int = LASTS_S) -> Iterator[list[int]]:
    """Keep so many processes busy, at the priority of this one; yield their ids."""
    argv = [sys.executable, "-c", _SPIN, str(os.getpid()), str(lasts_s)]
    running = [subprocess.Popen(argv) for _ in range(count)]
    try:
        yield [each.pid for each in running]
    finally:
        for each in running:
            each.kill()
            each.wait()
