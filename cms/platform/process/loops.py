"""Outermost loop of a thread that polls for work, and survives any error in it."""

import logging
import threading
from collections.abc import Callable
from typing import Final

log = logging.getLogger(__name__)

LOOK_S: Final = 2.0
RETRY_S: Final = 10.0


def keep_doing(
    step: Callable[[], object],
    stopping: threading.Event,
    what: str,
    *,
    look_s: float = LOOK_S,
    retry_s: float = RETRY_S,
) -> None:
    """Run ``step`` again and again until stopped; after a failure, logged as ``what``, only after ``retry_s``."""
    while not stopping.is_set():
        try:
            step()
        except Exception:
            log.exception("%s failed; retry in %.0f s", what, retry_s)
            stopping.wait(retry_s)
        stopping.wait(look_s)
