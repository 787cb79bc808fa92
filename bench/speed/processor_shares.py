"""Processor time of everything that a bench has started, by program."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from bench.speed.field import cpu_ms


def cpu_by_program(names: Mapping[str, str]) -> dict[str, float]:
    """Return the processor time so far, in ms, of our descendants by program.

    ``names``: part of a command line → program; the others are left out, and what a program has started counts as its.
    """
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
    found = dict.fromkeys(names.values(), 0.0)
    for pid in parents:
        # From the process up to us: the first that has a name gives it.
        line, at = [], pid
        while at not in {os.getpid(), 0, 1} and at in parents:
            line.append(at)
            at = parents[at]
        if at != os.getpid():
            continue
        with suppress(OSError):
            told = [Path(f"/proc/{each}/cmdline").read_bytes().replace(b"\0", b" ").decode() for each in line]
            name = next((names[part] for words in told for part in names if part in words), None)
            if name is not None:
                found[name] += cpu_ms(pid)
    return found
