"""Counter of a computation's steps: calls and jumps of the interpreter, which every loop and recursion makes.

The number is the same on every machine, and a loop without an end passes any limit.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

_TOOL: Final = 4
_EVENTS: Final = sys.monitoring.events.JUMP | sys.monitoring.events.PY_START | sys.monitoring.events.PY_RESUME


class TooManyStepsError(BaseException):
    """Passes handlers of exceptions: what goes on without end may catch those."""


@dataclass
class Steps:
    taken: int = 0


@contextmanager
def at_most(limit: int) -> Iterator[Steps]:
    """Count the steps of the block, and stop it where it takes more than ``limit``."""
    steps = Steps()

    def count(*_: object) -> None:
        steps.taken += 1
        if steps.taken == limit + 1:  # once: what follows has to get out of the block
            raise TooManyStepsError(limit)

    watch = sys.monitoring
    watch.use_tool_id(_TOOL, "steps")
    for event in (watch.events.JUMP, watch.events.PY_START, watch.events.PY_RESUME):
        watch.register_callback(_TOOL, event, count)
    watch.set_events(_TOOL, _EVENTS)
    try:
        yield steps
    finally:
        watch.set_events(_TOOL, watch.events.NO_EVENTS)
        watch.free_tool_id(_TOOL)
