"""Audience job: freeze the audience of each airing as it begins, one transaction each."""

import threading
from typing import Final

from cms.platform.context import Context
from cms.platform.process.loops import keep_doing
from cms.platform.store.engine import reading
from cms.schedule.repository.audiences import begun, freeze

LOOK_S: Final = 5.0
AT_ONCE: Final = 20
"""A small batch: no alert waits while a province's airings are counted."""


class AudienceJob:
    """Job that freezes audiences; ``run`` is a thread's loop."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def step(self) -> int:
        """Freeze the audiences that are due; return the number of airings."""
        now = self._context.now()
        with reading(self._context.engine) as session:
            found = begun(session, now, AT_ONCE)
        for airing in found:
            with self._context.uow() as unit:
                freeze(unit.session, airing, now)
                unit.commit()
        return len(found)

    def run(self, stopping: threading.Event) -> None:
        keep_doing(self.step, stopping, "freezing the audience of airings", look_s=LOOK_S)
