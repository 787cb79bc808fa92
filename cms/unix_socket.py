"""Datagrams between our own processes on one machine."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def listening(path: Path) -> socket.socket:
    """A socket that never waits, bound to ``path`` for our own user only, in the place of an earlier process's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    bound.settimeout(0)
    with _short_address(path) as address:
        bound.bind(address)
    path.chmod(0o600)
    return bound


def send(path: Path, data: bytes) -> bool:
    """One datagram. False: nobody listens there, or whoever does has enough waiting."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.settimeout(0)
        try:
            with _short_address(path) as address:
                sender.sendto(data, address)
        except OSError:
            return False
    return True


@contextmanager
def _short_address(path: Path) -> Iterator[str]:
    """A short name of the same socket: a path of more than 107 bytes is none, and LOA_HOME may lie deep."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
