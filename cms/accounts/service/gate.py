"""Gate before password checks: each takes 64 MiB and a processor, and must not take every thread of the web.

Known browsers have a lane of their own, so that guesses from unknown ones cannot fill theirs.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from cms.accounts.errors import SignInBusyError

AT_ONCE: Final = 2
WAITING_MOST: Final = 2
WAIT_S: Final = 2.0


@dataclass
class Lane:
    """Lane with ``at_once`` concurrent checks, and as many that wait a moment; any further one is refused at once."""

    at_once: int = AT_ONCE
    waiting_most: int = WAITING_MOST
    wait_s: float = WAIT_S
    _inside: int = 0
    _turn: threading.Semaphore = field(init=False)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._turn = threading.Semaphore(self.at_once)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Hold a place in the lane. Raises SignInBusyError."""
        with self._guard:
            if self._inside >= self.at_once + self.waiting_most:
                raise SignInBusyError
            self._inside += 1
        try:
            if not self._turn.acquire(timeout=self.wait_s):
                raise SignInBusyError
            try:
                yield
            finally:
                self._turn.release()
        finally:
            with self._guard:
                self._inside -= 1


@dataclass
class Gate:
    """Lanes of one process: for known and for unknown browsers."""

    known: Lane = field(default_factory=Lane)
    strangers: Lane = field(default_factory=Lane)

    def lane(self, *, is_known: bool) -> Lane:
        return self.known if is_known else self.strangers
