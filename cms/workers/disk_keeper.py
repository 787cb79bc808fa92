"""The disk's keepers: the reserve that alerts go on with, and recordings that nothing came to use."""

from __future__ import annotations

import threading
from typing import Final

from cms import recordings
from cms.context import Context
from cms.disk import DiskReserve
from cms.long_logs import cut
from cms.workers.loops import keep_doing

RESERVE_LOOK_S: Final = 5.0
FOLD_LOOK_S: Final = 600.0


class ReserveKeeper:
    """``run`` is a thread's work; it asks the disk alone, so that a full database does not keep it from its work.

    It cuts the front's log of requests as well: nginx as a unit of its own has nobody else to do it.
    """

    def __init__(self, context: Context) -> None:
        self._reserve = DiskReserve(context.settings, context.disk)
        self._requests = context.settings.log_dir / "access.log"

    def step(self) -> None:
        self._reserve.tend()
        cut(self._requests)

    def run(self, stopping: threading.Event) -> None:
        keep_doing(self.step, stopping, "keeping the disk's reserve", look_s=RESERVE_LOOK_S)


class RecordingFolder:
    """``run`` is a thread's work: recordings that were begun and left, or sent and not used, are deleted."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def step(self) -> int:
        return recordings.fold(self._context)

    def run(self, stopping: threading.Event) -> None:
        keep_doing(self.step, stopping, "deleting unused recordings", look_s=FOLD_LOOK_S)
