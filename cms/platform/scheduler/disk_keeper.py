"""Disk upkeep: the reserve that alerts can still use on a full disk."""

import threading
from typing import Final

from cms.platform.context import Context
from cms.platform.process.disk import DiskReserve
from cms.platform.process.log_rotation import cut
from cms.platform.process.loops import keep_doing

RESERVE_LOOK_S: Final = 5.0


class ReserveKeeper:
    """Job that keeps the disk reserve; ``run`` is a thread's loop. It needs no database, which may be full.

    It truncates the web front's access log as well: nothing else does where nginx is a unit of its own.
    """

    def __init__(self, context: Context) -> None:
        self._reserve = DiskReserve(context.settings, context.disk)
        self._requests = context.settings.log_dir / "access.log"

    def step(self) -> None:
        self._reserve.tend()
        cut(self._requests)

    def run(self, stopping: threading.Event) -> None:
        keep_doing(self.step, stopping, "keeping the disk's reserve", look_s=RESERVE_LOOK_S)
