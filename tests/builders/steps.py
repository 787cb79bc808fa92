"""Counter of a computation's steps: calls and jumps of the interpreter, which every loop and recursion makes.

The number is the same on every machine, and a loop without an end passes any limit.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed import TraceFunction

_TOOL: Final = 4


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

    with _counted(count):
        yield steps


if sys.version_info >= (3, 12):

    @contextmanager
    def _counted(count: Callable[..., None]) -> Iterator[None]:
        watch = sys.monitoring
        events = (watch.events.JUMP, watch.events.PY_START, watch.events.PY_RESUME)
        watch.use_tool_id(_TOOL, "steps")
        for event in events:
            watch.register_callback(_TOOL, event, count)
        watch.set_events(_TOOL, sum(events))
        try:
            yield
        finally:
            watch.set_events(_TOOL, watch.events.NO_EVENTS)
            watch.free_tool_id(_TOOL)

else:

    @contextmanager
    def _counted(count: Callable[..., None]) -> Iterator[None]:
        # Lines instead of jumps, which are more: its limits are generous.
        def trace(_frame: FrameType, _event: str, _argument: object) -> TraceFunction:
            count()
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            yield
        finally:
            sys.settrace(before)
