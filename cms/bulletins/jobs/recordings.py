"""Upkeep of recordings: those that nothing uses are deleted."""

import threading
from typing import Final

from cms.bulletins.service import recordings
from cms.platform.context import Context
from cms.platform.process.loops import keep_doing

FOLD_LOOK_S: Final = 600.0


class RecordingFolder:
    """Job that deletes recordings that were abandoned, or sent and not used; ``run`` is a thread's loop."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def step(self) -> int:
        return recordings.fold(self._context)

    def run(self, stopping: threading.Event) -> None:
        keep_doing(self.step, stopping, "deleting unused recordings", look_s=FOLD_LOOK_S)
