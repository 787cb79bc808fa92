"""Ports for the servers of benches and tests, reserved so that no two of them get the same one at a time."""

from __future__ import annotations

import fcntl
import os
import random
import socket
from pathlib import Path
from typing import TextIO

# Below the ports that the kernel gives to outgoing connections: none of those takes the port of a server that is killed
# and started again.
_PORTS = range(20_000, 32_000)
_held: list[TextIO] = []


def free_port() -> int:
    """Reserve a free port of 127.0.0.1 for this process until it ends, also against other runs."""
    # One for all runs, wherever they have their files.
    folder = Path("/tmp") / f"loa-ports-{os.getuid()}"  # noqa: S108 - holds locks, no data
    folder.mkdir(exist_ok=True)
    # A generator of its own: a test or Hypothesis may have seeded the common one alike in several processes.
    for port in random.SystemRandom().sample(_PORTS, len(_PORTS)):
        lock = (folder / str(port)).open("a")
        if _is_locked(lock) and _is_free(port):
            _held.append(lock)
            return port
        lock.close()
    raise AssertionError("no port is free")


def _is_locked(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
