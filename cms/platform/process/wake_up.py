"""Wake-up of a loop that waits for files of the kernel, as for the ends of processes."""

import os
import select
from collections.abc import Iterable
from contextlib import suppress


class WakeUp:
    """Wake-up of one loop; ``set`` may be called in a signal handler and on any thread."""

    def __init__(self) -> None:
        self._file = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)

    def __del__(self) -> None:
        os.close(self._file)

    def set(self) -> None:
        os.eventfd_write(self._file, 1)

    def wait(self, files: Iterable[int], timeout_s: float) -> None:
        """Wait until it is set, one of these is readable, or the timeout."""
        poll = select.poll()
        for file in (self._file, *files):
            poll.register(file, select.POLLIN)
        poll.poll(max(0.0, timeout_s) * 1000)
        with suppress(BlockingIOError):
            os.eventfd_read(self._file)
