"""Watch of threads that wake at least once a second: if one hangs, its process ends, and is started again.

A thread that has not run since the last look, and waits for neither the processor nor a disk, has slept all the while;
so a busy or suspended machine ends nothing. What waits for longer by a deadline of its own says so; what a tracer holds
does not wait.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Final

from cms.platform.process.kernel_tasks import Task, activity_of
from cms.platform.process.liveness import STEP_MAX_S

EVERY_S: Final = 0.5
"""Three looks at one that hangs: fewer wake-ups than shorter intervals, and no later on average."""
HANGS_AFTER_S: Final = 1.3
EXIT_STATUS: Final = 70
log = logging.getLogger(__name__)
_waiting: dict[int, float] = {}


@contextmanager
def waiting(limit_s: float) -> Iterator[None]:
    """Exempt the calling thread within the block, for so long at most."""
    me = threading.get_native_id()
    _waiting[me] = time.monotonic() + limit_s
    try:
        yield
    finally:
        del _waiting[me]


class ThreadWatch:
    """Watch over the threads of this process that ``names`` names; it is asked at each look."""

    def __init__(
        self,
        names: Callable[[], Collection[str]],
        end: Callable[[int], object] = os._exit,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._names = names
        self._end = end
        self._monotonic = monotonic
        self._seen: dict[int, tuple[Task, object, float]] = {}
        self._looked_s = monotonic()

    def start(self) -> None:
        """Look on a thread of its own, for as long as the process lives."""
        threading.Thread(target=self._run, name="thread-watch", daemon=True).start()

    def look(self) -> None:
        """Count one step for each thread; end the process where one of them hangs."""
        now_s = self._monotonic()
        step_s, self._looked_s = min(now_s - self._looked_s, STEP_MAX_S), now_s
        names, seen = self._names(), self._seen
        self._seen = {}
        for thread in threading.enumerate():
            task = thread.native_id
            if thread.name not in names or task is None:
                continue
            kernel, before, slept_s = seen.get(task) or (Task(f"self/task/{task}"), None, 0.0)
            state = kernel.look()
            activity = activity_of([state])
            if activity is None:
                continue
            is_due = now_s >= _waiting.get(task, now_s) or state.is_traced
            slept_s = slept_s + step_s if activity == before and is_due else 0.0
            self._seen[task] = (kernel, activity, slept_s)
            if slept_s > HANGS_AFTER_S:
                log.critical("thread %s hangs: it has slept for %.1f s; the process ends", thread.name, slept_s)
                self._end(EXIT_STATUS)

    def _run(self) -> None:
        while True:
            time.sleep(EVERY_S)
            self.look()
