"""Bell for the threads of one process that wait for work in the store: one looks for commits, and wakes all."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from sqlalchemy import Engine

from cms.platform.process.loops import until_turn_s
from cms.platform.process.thread_watch import waiting
from cms.platform.store.pending_look import REST_S, CommitCounter

log = logging.getLogger(__name__)

LOOK_S: Final = 1.0
QUIET_S: Final = 12.0
"""Longest rest of a step while some of its work may fall due by time alone."""


class CommitBell:
    """Bell that rings after a commit. Where commits are not counted nobody rests: see ``CommitCounter``."""

    def __init__(self, engine: Engine) -> None:
        self._commits = CommitCounter(engine)
        self._rung = threading.Condition()
        self._is_over = False
        self.number: int | None = None

    def run(self, stopping: threading.Event) -> None:
        """Look until stopped, and then wake all; a look that failed is repeated."""
        try:
            while not stopping.is_set():
                try:
                    self.look()
                except Exception:
                    log.exception("looking for commits failed; retry in %.0f s", LOOK_S)
                stopping.wait(until_turn_s(LOOK_S))
        finally:
            self.end()

    def look(self) -> None:
        """Wake all that wait if anything was committed since the last look; on one thread only."""
        number = self._commits.look()
        if number != self.number:
            with self._rung:
                self.number = number
                self._rung.notify_all()

    def end(self) -> None:
        """Wake all that wait, for good."""
        with self._rung:
            self._is_over = True
            self._rung.notify_all()

    def wait(self, seen: int | None, timeout_s: float) -> None:
        """Wait while ``seen`` is the number of the last commit; not at all where there is none."""
        if seen is None or timeout_s <= 0:
            return
        with waiting(timeout_s), self._rung:
            self._rung.wait_for(lambda: self._is_over or self.number != seen, timeout_s)


class QuietStep:
    """Step that rests while nothing is committed: for ``quiet_s`` at most, or ``REST_S`` where nothing is pending.

    ``is_pending``: asked after the step whether work may fall due by time alone.
    """

    def __init__(
        self,
        step: Callable[[], object],
        bell: CommitBell,
        is_pending: Callable[[], bool] = lambda: True,
        quiet_s: float = QUIET_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._step = step
        self._bell = bell
        self._is_pending = is_pending
        self._quiet_s = quiet_s
        self._monotonic = monotonic
        self._done: tuple[int | None, float] = (None, 0.0)

    def __call__(self) -> None:
        # Of the last look, not of this moment: what is committed since is found by the next one.
        seen, self._done = self._bell.number, (None, 0.0)  # one that fails is tried again
        self._step()
        rest_s = self._quiet_s if self._is_pending() else REST_S
        self._done = (seen, self._monotonic() + rest_s)

    def rest(self) -> None:
        """Wait for a commit, or until the longest rest is over."""
        seen, until_s = self._done
        self._bell.wait(seen, until_s - self._monotonic())
