"""Precedence of people's requests in one process over work that keeps its interpreter busy."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

GIVE_WAY_S: Final = 0.05
"""Longest wait of such work at one point, so that it ends however many requests there are."""


class Precedence:
    """Requests of people that are being answered here. One is shared by all threads of a process."""

    def __init__(self, wait_s: float = GIVE_WAY_S) -> None:
        self._wait_s = wait_s
        self._changed = threading.Condition()
        self._asking: set[int] = set()

    @contextmanager
    def request(self) -> Iterator[None]:
        """Count the calling thread's request within the block."""
        me = threading.get_ident()
        with self._changed:
            self._asking.add(me)
        try:
            yield
        finally:
            self._leave(me)

    def give_way(self) -> None:
        """Wait until no request is being answered, for ``wait_s`` at most; the caller's own no longer counts."""
        self._leave(threading.get_ident())
        with self._changed:
            self._changed.wait_for(lambda: not self._asking, self._wait_s)

    def _leave(self, thread: int) -> None:
        with self._changed:
            self._asking.discard(thread)
            self._changed.notify_all()


PRECEDENCE: Final = Precedence()
