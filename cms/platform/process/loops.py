"""Outermost loop of a thread that polls for work, and survives any error in it."""

import logging
import math
import threading
import time
from collections.abc import Callable
from typing import Final

log = logging.getLogger(__name__)

LOOK_S: Final = 2.0
RETRY_S: Final = 10.0


def until_turn_s(every_s: float) -> float:
    """Return the seconds to the next instant at which all that wait for ``every_s`` wake.

    Threads that wake together find the processor awake and its caches filled by each other.
    """
    left_s = every_s - math.fmod(time.monotonic(), every_s) if every_s else 0.0
    return left_s if left_s > every_s / 4 else left_s + every_s


def keep_doing(
    step: Callable[[], object],
    stopping: threading.Event,
    what: str,
    *,
    look_s: float = LOOK_S,
    retry_s: float = RETRY_S,
    rest: Callable[[], object] = lambda: None,
) -> None:
    """Run ``step`` again and again until stopped; after a failure, logged as ``what``, only after ``retry_s``.

    ``rest``: waits, once ``look_s`` is over, until there may be something to do.
    """
    while not stopping.is_set():
        try:
            step()
        except Exception:
            log.exception("%s failed; retry in %.0f s", what, retry_s)
            stopping.wait(retry_s)
        if not stopping.wait(look_s):
            rest()
