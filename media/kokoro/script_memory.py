"""Memory of spoken scripts: an alert is spoken again after each change of its places, and once more for its repeats."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from math import inf
from typing import Final

from media.kokoro.model import joined
from media.kokoro.prosody import Floats
from media.kokoro.script import Script

KEPT: Final = 32
"""Scripts whose sound is kept: half a megabyte each, and a few alerts long."""


class ScriptMemory:
    """Speaker of scripts, so many at once, which keeps the last of them. ``say`` returns the samples of one."""

    def __init__(self, say: Callable[[Script, float], Floats], at_once: int) -> None:
        self._say = say
        self._threads = ThreadPoolExecutor(at_once)
        self._kept: dict[tuple[Script, float], Future[Floats]] = {}

    def say_all(self, scripts: Iterable[Script], rate: float, until_s: float = inf) -> Floats:
        """Return 24 kHz samples of scripts, with silence after each.

        One that is not ready by ``until_s`` of the monotonic clock is kept as soon as it is, and one that was not begun
        by then is dropped: so a text that came too late is there the next time.

        Raises:
            ValueError: they were not ready in time.
        """
        wanted = [self._spoken(script, rate) for script in scripts]
        late = wait(wanted, None if until_s == inf else max(0.0, until_s - time.monotonic())).not_done
        if late:
            for each in late:
                each.cancel()
            raise ValueError(f"{len(late)} of {len(wanted)} scripts were not ready in time")
        return joined(each.result() for each in wanted)

    def _spoken(self, script: Script, rate: float) -> Future[Floats]:
        """Return the sound of a script, which is perhaps still being made; the oldest is forgotten."""
        key = script, rate
        found = self._kept.pop(key, None)
        if found is None or found.cancelled() or (found.done() and found.exception()):
            found = self._threads.submit(self._say, script, rate)
        self._kept[key] = found
        if len(self._kept) > KEPT:
            del self._kept[next(iter(self._kept))]
        return found
