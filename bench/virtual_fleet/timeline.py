"""Virtual time: the next call due happens next, and no time passes but between calls."""

import heapq
import itertools
from collections.abc import Callable


class Appointment:
    """Call that happens at ``at_ms``, unless it is cancelled before."""

    __slots__ = ("at_ms", "call")

    def __init__(self, at_ms: int, call: Callable[[], object]) -> None:
        self.at_ms = at_ms
        self.call: Callable[[], object] | None = call

    def cancel(self) -> None:
        self.call = None


class Timeline:
    """Timeline. ``now_ms``: milliseconds UTC of the simulated world. Calls due at one instant keep their order."""

    def __init__(self, start_ms: int) -> None:
        self.now_ms = start_ms
        self.happened = 0
        self._heap: list[tuple[int, int, Appointment]] = []
        self._order = itertools.count()

    def at(self, at_ms: int, call: Callable[[], object]) -> Appointment:
        """Schedule a call; one in the past happens now, after earlier calls for now."""
        appointment = Appointment(max(self.now_ms, at_ms), call)
        heapq.heappush(self._heap, (appointment.at_ms, next(self._order), appointment))
        return appointment

    def after(self, ms: float, call: Callable[[], object]) -> Appointment:
        return self.at(self.now_ms + round(ms), call)

    def run_until(self, until_ms: int) -> None:
        """Make all calls that are due by then."""
        heap = self._heap
        while heap and heap[0][0] <= until_ms:
            at_ms, _, appointment = heapq.heappop(heap)
            call = appointment.call
            if call is not None:
                self.now_ms = at_ms
                self.happened += 1
                call()
        self.now_ms = max(self.now_ms, until_ms)
