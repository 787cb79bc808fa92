"""Open files that go to a process which a server forks."""

from __future__ import annotations

from multiprocessing import reduction
from typing import IO, Any


class OpenStream:
    """Open file that goes with a program to its process."""

    def __init__(self, file: int | IO[bytes] | IO[str]) -> None:
        self.number = file if isinstance(file, int) else file.fileno()

    def __reduce__(self) -> tuple[object, ...]:
        return _received, (reduction.DupFd(self.number),)


def _received(duplicate: Any) -> OpenStream:
    return OpenStream(duplicate.detach())
