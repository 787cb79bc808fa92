"""Unit of work: state, events and outbox in one transaction, and hooks that run only after the commit."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from sqlalchemy import Engine
from sqlalchemy.orm import Session
from ulid import ULID

import cms.tables  # noqa: F401 - foreign keys name tables of any feature
from cms.accounts.repository.people import SqlPeople
from cms.accounts.repository.sign_in_tallies import SqlSignInTallies
from cms.alerts.repository.alerts import SqlAlertPolicies, SqlAlerts, SqlDeclarations, SqlDrillPlans
from cms.alerts.repository.orders import SqlOrders
from cms.areas.repository import SqlPlaces
from cms.boards.repository import SqlBoardPlans
from cms.bulletins.repository.approvals import SqlApprovals
from cms.bulletins.repository.bulletins import SqlBulletins, SqlPlans, SqlTransmissions
from cms.bulletins.repository.chimes import SqlChimes
from cms.bulletins.repository.review_snapshots import SqlReviewSnapshots
from cms.bulletins.repository.sharing import SqlShares, SqlTemplates
from cms.feedback.repository import SqlFeedbackRegister
from cms.firmware.repository import SqlFirmware
from cms.fleet.repository.devices import SqlDevices
from cms.fleet.repository.lifecycle import SqlLifecycle
from cms.inbox.repository import SqlInbox
from cms.live.repository import SqlLiveSessions
from cms.platform.store import chain
from cms.platform.store.idempotency import SqlIdempotency
from cms.platform.store.jobs import SqlJobs
from cms.platform.store.outbox import SqlOutbox
from cms.relays.repository import SqlRelaySources
from cms.reports.repository.reports import SqlReports
from cms.schedule.repository import as_run_chain
from cms.schedule.repository.calendar_feeds import SqlCalendarFeeds
from cms.schedule.repository.date_sets import SqlDateSets
from cms.schedule.repository.deliveries import SqlDeliveries
from cms.schedule.repository.exemptions import SqlExemptions
from cms.schedule.repository.missed import SqlMissedAirings
from cms.schedule.repository.slots import SqlSlots
from cms.speech.repository.phrases import SqlPhrases
from cms.speech.repository.pronunciations import SqlPronunciations
from cms.stations.repository.offers import SqlOffers
from cms.stations.repository.stations import SqlProgrammes, SqlStationFeeds, SqlStations
from cms.tickets.repository import SqlTickets
from province.events import Event

log = logging.getLogger(__name__)


def utc_now() -> datetime:
    return datetime.now(UTC)


def new_ulid() -> str:
    return str(ULID()).lower()


@dataclass(frozen=True, slots=True)
class Committed:
    """Follow-up of a commit: ids of new jobs, some of them urgent, and whether the gateway has work."""

    job_ids: tuple[str, ...]
    has_outbox: bool
    urgent_job_ids: frozenset[str] = frozenset()


AfterCommit = Callable[[Committed], None]


class SqlUnitOfWork:
    """SQL implementation of ``UnitOfWork``, with the repositories that only the server needs.

    May be left and entered again; ``commit`` may be called once a block. Hooks run after the commit and cannot undo it:
    the polling of gateway and workers makes up for a hook that failed.
    """

    bulletins: SqlBulletins
    looks: SqlReviewSnapshots
    approvals: SqlApprovals
    slots: SqlSlots
    inbox: SqlInbox
    transmissions: SqlTransmissions
    places: SqlPlaces
    devices: SqlDevices
    plans: SqlPlans
    board_plans: SqlBoardPlans
    deliveries: SqlDeliveries
    missed: SqlMissedAirings
    alerts: SqlAlerts
    orders: SqlOrders
    declarations: SqlDeclarations
    alert_policy: SqlAlertPolicies
    drill_plans: SqlDrillPlans
    words: SqlPronunciations
    phrases: SqlPhrases
    chimes: SqlChimes
    templates: SqlTemplates
    shares: SqlShares
    date_sets: SqlDateSets
    exemptions: SqlExemptions
    feedback: SqlFeedbackRegister
    live: SqlLiveSessions
    lives: SqlLifecycle
    relays: SqlRelaySources
    calendar_feeds: SqlCalendarFeeds
    stations: SqlStations
    station_feeds: SqlStationFeeds
    programmes: SqlProgrammes
    offers: SqlOffers
    reports: SqlReports
    firmware: SqlFirmware
    tickets: SqlTickets
    outbox: SqlOutbox
    jobs: SqlJobs
    people: SqlPeople
    sign_in_tallies: SqlSignInTallies
    idempotency: SqlIdempotency

    def __init__(
        self,
        engine: Engine,
        hooks: Sequence[AfterCommit] = (),
        now: Callable[[], datetime] = utc_now,
        new_id: Callable[[], str] = new_ulid,
        *,
        only_reads: bool = False,
    ) -> None:
        self._engine = engine.execution_options(loa_reads=True) if only_reads else engine
        self._only_reads = only_reads
        self._hooks = hooks
        self._now = now
        self._new_id = new_id
        self._before_commit: list[Callable[[], None]] = []

    @property
    def session(self) -> Session:
        """Session for queries that must see this transaction's own changes."""
        return self._session

    def __enter__(self) -> Self:
        self._session = Session(self._engine, autoflush=False)
        self._events: list[Event] = []
        self.places = SqlPlaces(self._session)
        self.bulletins = SqlBulletins(self._session)
        self.looks = SqlReviewSnapshots(self._session)
        self.approvals = SqlApprovals(self._session)
        self.slots = SqlSlots(self._session)
        self.inbox = SqlInbox(self._session, self.places)
        self.transmissions = SqlTransmissions(self._session, self.places)
        self.devices = SqlDevices(self._session, self.places)
        self.plans = SqlPlans(self._session)
        self.board_plans = SqlBoardPlans(self._session)
        self.deliveries = SqlDeliveries(self._session)
        self.missed = SqlMissedAirings(self._session)
        self.alerts = SqlAlerts(self._session)
        self.orders = SqlOrders(self._session, self._now)
        self.declarations = SqlDeclarations(self._session)
        self.alert_policy = SqlAlertPolicies(self._session)
        self.drill_plans = SqlDrillPlans(self._session)
        self.words = SqlPronunciations(self._session)
        self.phrases = SqlPhrases(self._session)
        self.chimes = SqlChimes(self._session)
        self.templates = SqlTemplates(self._session)
        self.shares = SqlShares(self._session)
        self.date_sets = SqlDateSets(self._session)
        self.exemptions = SqlExemptions(self._session, self.places)
        self.feedback = SqlFeedbackRegister(self._session)
        self.live = SqlLiveSessions(self._session)
        self.lives = SqlLifecycle(self._session)
        self.relays = SqlRelaySources(self._session)
        self.calendar_feeds = SqlCalendarFeeds(self._session)
        self.stations = SqlStations(self._session)
        self.station_feeds = SqlStationFeeds(self._session)
        self.programmes = SqlProgrammes(self._session)
        self.offers = SqlOffers(self._session)
        self.reports = SqlReports(self._session)
        self.firmware = SqlFirmware(self._session)
        self.tickets = SqlTickets(self._session)
        self.outbox = SqlOutbox(self._session)
        self.jobs = SqlJobs(self._session, self._new_id, self._now)
        self.people = SqlPeople(self._session)
        self.sign_in_tallies = SqlSignInTallies(self._session)
        self.idempotency = SqlIdempotency(self._session)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    def record(self, event: Event) -> None:
        self._events.append(event)

    def before_commit(self, step: Callable[[], None]) -> None:
        """Run this step too in every transaction that ``commit`` closes; if it raises, nothing is committed."""
        self._before_commit.append(step)

    def commit(self) -> None:
        if self._only_reads:
            raise RuntimeError("opened for reading, it commits nothing")
        for step in self._before_commit:
            step()
        # The chains are written last: their lock is then the last one taken, and no two writers wait for each other.
        done = Committed(self.jobs.added, self.outbox.pending, self.jobs.urgent)
        if self._events or self.outbox.pending or self.deliveries.unsealed:
            chain.hold_commit_lock(self._session)
        if self.deliveries.unsealed:
            as_run_chain.seal(self._session, self.deliveries.unsealed)
            self.deliveries.unsealed = []
        if self._events:
            chain.append(self._session, self._events)
            self._events = []
        self.outbox.flush(self._now())
        self._session.commit()
        for hook in self._hooks:
            _run(hook, done)


@dataclass
class UowFactory:
    """Factory of units of work on one engine; ``hooks`` may be added to after it is made."""

    engine: Engine
    hooks: list[AfterCommit] = field(default_factory=list)
    now: Callable[[], datetime] = utc_now
    new_id: Callable[[], str] = new_ulid

    def __call__(self) -> SqlUnitOfWork:
        return SqlUnitOfWork(self.engine, self.hooks, self.now, self.new_id)

    def reading(self) -> SqlUnitOfWork:
        """Open a read-only unit. On SQLite it reads one snapshot, and neither waits for a writer nor blocks one."""
        return SqlUnitOfWork(self.engine, (), self.now, self.new_id, only_reads=True)


def make_uow_factory(engine: Engine, *hooks: AfterCommit) -> UowFactory:
    """Build the factory that ``bootstrap`` hands to use cases and entry points."""
    return UowFactory(engine, list(hooks))


def _run(hook: AfterCommit, done: Committed) -> None:
    try:
        hook(done)
    except Exception:  # the change is committed; its caller must not see a failure
        log.exception("a hook after the commit failed; polling makes up for it")
