"""Audible self-tests at the configured hour: checked once a minute, on a thread of its own."""

import threading
from typing import Final

from cms.commands.service.self_tests import SelfTester
from cms.platform.context import Context
from cms.platform.process.loops import keep_doing

LOOK_S: Final = 60.0


class SelfTestJob:
    """Scheduler of self-tests; ``run`` is a thread's loop. ``CommandDesk`` sends the commands, as those of people."""

    def __init__(self, context: Context) -> None:
        self._tester = SelfTester(context.uow, context.now, context.new_id)

    def run(self, stopping: threading.Event) -> None:
        keep_doing(self._tester.step, stopping, "asking for self-tests", look_s=LOOK_S)
