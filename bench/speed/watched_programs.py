"""Programs of a set under the supervisor that watches them in production."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from cms.platform.cli.supervisor import Program, Supervisor
from cms.platform.process import heartbeats, program_reports
from cms.platform.settings import Settings
from cms.platform.store.engine import file_of


@contextmanager
def watched_programs(
    settings: Settings, chosen: Sequence[Program], report: Callable[[str], None] = lambda _: None
) -> Iterator[Supervisor]:
    """Run these programs until the end of the block; yield their supervisor once all are ready.

    ``report`` is called with what it says of them, their starts included.
    """
    supervisor = Supervisor(
        chosen,
        settings.log_dir,
        report=report,
        heartbeats=heartbeats.socket_of(settings),
        reports=program_reports.path_of(settings),
        database=file_of(settings.effective_database_url),
    )
    supervisor.start()
    watching = threading.Thread(target=supervisor.run, name="supervisor")
    watching.start()
    try:
        yield supervisor
    finally:
        supervisor.stop()
        watching.join()
