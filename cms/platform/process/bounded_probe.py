"""Questions whose answer may never come, as to a database or a store."""

import threading
from collections.abc import Callable
from typing import Final, Generic, TypeVar

Answer = TypeVar("Answer")
PROBE_AGE_S: Final = 1.0


class BoundedProbe(Generic[Answer]):
    """Question that is asked on a thread of its own, with a deadline; shared by the requests of one process.

    One question is under way at most, however many ask, and an answer is good for ``PROBE_AGE_S``.
    """

    def __init__(self, name: str, deadline_s: float, monotonic: Callable[[], float]) -> None:
        self._name = name
        self._deadline_s = deadline_s
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._answer: tuple[float, Answer] | None = None

    def ask(self, question: Callable[[], Answer]) -> Answer | None:
        """Return the answer; None: there is none by the deadline."""
        with self._lock:
            if self._answer is not None and self._monotonic() - self._answer[0] < PROBE_AGE_S:
                return self._answer[1]
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._ask, args=(question,), name=self._name, daemon=True)
                self._thread.start()
            asked = self._thread
        asked.join(self._deadline_s)
        return None if asked.is_alive() or self._answer is None else self._answer[1]

    def _ask(self, question: Callable[[], Answer]) -> None:
        answer = question()
        self._answer = (self._monotonic(), answer)
