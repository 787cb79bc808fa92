"""Probes of the server, and its readiness as one process sees it.

The database is asked on a thread of its own with a deadline, and written to: one that is full or read-only still reads.
It keeps the heartbeats too, so one that cannot be written to is reported in place of the silence that it causes.
"""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from cms.platform.context import Context
from cms.platform.process import program_reports
from cms.platform.process.bounded_probe import BoundedProbe
from cms.platform.process.disk import Disk
from cms.platform.readiness import (
    SLOW,
    FindingSeverity,
    ReadinessFinding,
    ServerState,
    findings,
    look,
    of_backup,
    of_canary,
    of_certificate,
    of_clock,
    of_disk,
    of_programs,
    ranked,
    without_consequences,
)
from cms.platform.signer.officers import officers_in
from cms.platform.store.engine import UNREACHABLE, outage_of, reading
from cms.platform.store.heartbeats import PROBE, ProcessHeartbeat, write_heartbeat
from media.errors import ContentAwayError
from media.ports import ContentStore

log = logging.getLogger(__name__)

PROBE_DEADLINE_S: Final = 2.0
SLOW_COMMIT_S: Final = 0.15
"""A commit of one row takes some milliseconds on a sound disk; where it takes this long, writers queue up."""


class DatabaseProbe:
    """Probe that asks whether the database reads and writes."""

    def __init__(
        self,
        engine: Engine,
        *,
        deadline_s: float = PROBE_DEADLINE_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.engine = engine
        self._monotonic = monotonic
        self._probe: BoundedProbe[tuple[ServerState | None, str]] = BoundedProbe(
            "database-probe", deadline_s, monotonic
        )

    def ask(self, now: datetime) -> tuple[ServerState | None, str]:
        """Return the state, if it could be read, and the code of the database's outage; bounded by the deadline."""
        return self._probe.ask(lambda: self._look(now)) or (None, "DATABASE_SILENT")

    def _look(self, now: datetime) -> tuple[ServerState | None, str]:
        state, code = None, ""
        try:
            with reading(self.engine) as session:
                state = look(session, now)
            with Session(self.engine.execution_options(loa_uncounted=True)) as session:
                write_heartbeat(session, ProcessHeartbeat(PROBE, now, now))
                began_s = self._monotonic()
                session.commit()
                if self._monotonic() - began_s > SLOW_COMMIT_S:
                    code = SLOW
        except SQLAlchemyError as error:
            code = outage_of(error) or UNREACHABLE
            log.warning("the database failed its probe: %s", code)
        return state, code


class ContentProbe:
    """Probe that asks whether the content store answers."""

    def __init__(
        self,
        store: ContentStore,
        *,
        deadline_s: float = PROBE_DEADLINE_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store = store
        self._probe: BoundedProbe[bool] = BoundedProbe("content-probe", deadline_s, monotonic)

    def ask(self) -> Sequence[ReadinessFinding]:
        """Return the outage of the store as findings; bounded by the deadline."""
        return [] if self._probe.ask(self._look) else [ReadinessFinding("CONTENT_AWAY", FindingSeverity.FAULT)]

    def _look(self) -> bool:
        try:
            self.store.probe()
        except ContentAwayError as error:
            log.warning("the content store failed its probe: %s", error.detail)
            return False
        return True


class ServerReadiness:
    """Readiness of the server as one process sees it; its probes are shared by all who ask there."""

    def __init__(
        self,
        context: Context,
        is_queue_away: Callable[[], bool] = lambda: False,
        sync_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """Make it. ``sync_s``: how long the disk of LOA_HOME takes to store a byte."""
        self.context = context
        self._database = DatabaseProbe(context.engine)
        self._content = ContentProbe(context.content)
        self._is_queue_away = is_queue_away
        self._sync_s = sync_s

    def examine(self) -> Sequence[ReadinessFinding]:
        """Return all that is wrong, worst first: the database is written to, and every process is expected to run."""
        if self._sync_s() > SLOW_COMMIT_S:
            return self.known()  # a commit would wait behind those of all others, and tell nothing new
        now = self.context.now()
        state, found = of_server(self._database, self.context.disk(), now)
        return ranked([*found, *self._others(state, now)])

    def known(self) -> Sequence[ReadinessFinding]:
        """Return what is known to be wrong, worst first: the database is written to only if a process seems silent."""
        now = self.context.now()
        try:
            with reading(self.context.engine) as session:
                state = look(session, now)
        except SQLAlchemyError as error:
            return [ReadinessFinding(outage_of(error) or UNREACHABLE, FindingSeverity.FAULT)]
        found = findings(state, self.context.disk(), now)
        if any(each.code.endswith("_SILENT") for each in found):
            found = without_consequences(found, self._database.ask(now)[1])
        return ranked([*found, *self._others(state, now)])

    def _others(self, state: ServerState | None, now: datetime) -> Sequence[ReadinessFinding]:
        """Return what is wrong apart from the database, from the processes that report there, and from the disk."""
        settings = self.context.settings
        canary = [] if state is None else of_canary(state, now, is_on=settings.canary)
        queue = [ReadinessFinding("QUEUE_AWAY", FindingSeverity.WARNING)] if self._is_queue_away() else []
        programs = of_programs(program_reports.path_of(settings))
        slow = [ReadinessFinding(SLOW, FindingSeverity.WARNING)] if self._sync_s() > SLOW_COMMIT_S else []
        kept = [*of_backup(settings, now), *of_certificate(settings, now)]
        opened = officers_in(settings.trust_dir).opening(now)
        officers = [ReadinessFinding("SIGNATURES_OPEN", FindingSeverity.WARNING, opened)] if opened else []
        return [*programs, *officers, *canary, *of_clock(self.context.now), *queue, *slow, *self._content.ask(), *kept]


def of_server(probe: DatabaseProbe, disk: Disk, now: datetime) -> tuple[ServerState | None, Sequence[ReadinessFinding]]:
    """Return all that is wrong now, for machines: every process is expected to run."""
    state, code = probe.ask(now)
    if state is None:
        return None, [ReadinessFinding(code, FindingSeverity.FAULT), *of_disk(disk)]
    return state, without_consequences(findings(state, disk, now, are_all_expected=True), code)
