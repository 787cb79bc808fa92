"""Audible self-tests at the hour that people chose: looked at once a minute, on a thread of its own."""

from __future__ import annotations

import threading
from typing import Final

from cms.acting.testing import SelfTester
from cms.context import Context
from cms.workers.loops import keep_doing

LOOK_S: Final = 60.0


class SelfTestDesk:
    """``run`` is a thread's work. What it asks for is sent by ``CommandDesk``, as what people ask for is."""

    def __init__(self, context: Context) -> None:
        self._tester = SelfTester(context.uow, context.now, context.new_id)

    def run(self, stopping: threading.Event) -> None:
        keep_doing(self._tester.step, stopping, "asking for self-tests", look_s=LOOK_S)
