"""Unit of work: state, events and outbox in one transaction, and hooks that run only after the commit."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from sqlalchemy import Engine, Select
from sqlalchemy.orm import Session
from ulid import ULID

import cms.tables  # noqa: F401 - foreign keys name tables of any feature
from cms.platform.store import chain
from cms.platform.store.jobs import Jobs
from cms.platform.store.outbox import Outbox
from cms.platform.store.rows import value_of
from province.errors import NotFoundError
from province.events import Event
from province.machine_clock import utc_now

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

log = logging.getLogger(__name__)
T = TypeVar("T", bound="DataclassInstance")


def new_ulid() -> str:
    return str(ULID()).lower()


class Repository:
    """Base of repositories: values of one kind, kept in the rows that one session sees."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @classmethod
    def within(cls, unit: UnitOfWork) -> Self:
        """Make the repository of this unit; a subclass that needs more than the session takes it from the unit here."""
        return cls(unit.session)

    def _found(self, kind: type[T], query: Select[Any], **bound: object) -> T | None:
        """Return the value of the query's first row, if it has any; ``bound``: parameters of a query that is kept."""
        row = self._session.scalar(query, bound)
        return None if row is None else value_of(kind, row)

    def _got(self, kind: type[T], query: Select[Any], noun: str, key: str, **bound: object) -> T:
        """Return the value of the query's first row. Raises NotFoundError about this key of this noun."""
        found = self._found(kind, query, **bound)
        if found is None:
            raise NotFoundError(noun, key)
        return found

    def _listed(self, kind: type[T], query: Select[Any], **bound: object) -> list[T]:
        """Return the values of the query's rows."""
        return [value_of(kind, row) for row in self._session.scalars(query, bound)]


R = TypeVar("R", bound=Repository)


@dataclass(frozen=True, slots=True)
class Committed:
    """Follow-up of a commit: ids of new jobs, some of them urgent, and whether the gateway has work."""

    job_ids: tuple[str, ...]
    has_outbox: bool
    urgent_job_ids: frozenset[str] = frozenset()


AfterCommit = Callable[[Committed], None]


class UnitOfWork:
    """One transaction, which gives any repository on it: ``uow[Bulletins]``. Left without ``commit`` it rolls back.

    May be left and entered again; ``commit`` may be called once a block. Hooks run after the commit and cannot undo it:
    the polling of gateway and workers makes up for a hook that failed.
    """

    outbox: Outbox
    jobs: Jobs

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
        self.now = now
        self.new_id = new_id
        self._before_commit: list[Callable[[], None]] = []

    def urgent(self) -> Self:
        """Let it write before all that are not urgent: for what makes loudspeakers sound an alert or ends it."""
        self._engine = self._engine.execution_options(loa_urgent=True)
        return self

    def at_once(self) -> Self:
        """Let it write only where nobody writes at this moment: for what no reader of a page or call may wait for.

        Else beginning it raises OperationalError.
        """
        self._engine = self._engine.execution_options(loa_urgent=True, loa_at_once=True)
        return self

    def uncounted(self) -> Self:
        """Let its commit wake no poller, on SQLite: for signs of life, from which no work follows."""
        self._engine = self._engine.execution_options(loa_uncounted=True)
        return self

    def looking(self) -> UnitOfWork:
        """Make a unit beside this one that only reads: for what is looked up before the write lock is taken."""
        return UnitOfWork(self._engine, (), self.now, self.new_id, only_reads=True)

    @property
    def session(self) -> Session:
        """Session for queries that must see this transaction's own changes."""
        return self._session

    def __getitem__(self, kind: type[R]) -> R:
        """Return the repository of this kind: one for each block, made when it is first asked for."""
        known = self._repositories.get(kind)
        if not isinstance(known, kind):
            known = self._repositories[kind] = kind.within(self)
        return known

    def __enter__(self) -> Self:
        self._session = Session(self._engine, autoflush=False)
        self._repositories: dict[type[Repository], Repository] = {}
        self._events: list[Event] = []
        self._seals: list[Callable[[], None]] = []
        self.outbox = Outbox(self._session)
        self.jobs = Jobs(self._session, self.new_id, self.now)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    def record(self, event: Event) -> None:
        """Append to the hash-chained log in the same transaction."""
        self._events.append(event)

    def before_commit(self, step: Callable[[], None]) -> None:
        """Run this step too in every transaction that ``commit`` closes; if it raises, nothing is committed."""
        self._before_commit.append(step)

    def seal_at_commit(self, step: Callable[[], None]) -> None:
        """Run this step when this block commits, under the lock of the chains, before the events are appended."""
        self._seals.append(step)

    def commit(self) -> None:
        if self._only_reads:
            raise RuntimeError("opened for reading, it commits nothing")
        for step in self._before_commit:
            step()
        # The chains are written last: their lock is then the last one taken, and no two writers wait for each other.
        done = Committed(self.jobs.added, self.outbox.pending, self.jobs.urgent)
        if self._events or self.outbox.pending or self._seals:
            chain.hold_commit_lock(self._session)
        for seal in self._seals:
            seal()
        self._seals = []
        if self._events:
            chain.append(self._session, self._events)
            self._events = []
        self.outbox.flush(self.now())
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

    def __call__(self) -> UnitOfWork:
        return UnitOfWork(self.engine, self.hooks, self.now, self.new_id)

    def reading(self) -> UnitOfWork:
        """Open a read-only unit. On SQLite it reads one snapshot, and neither waits for a writer nor blocks one."""
        return UnitOfWork(self.engine, (), self.now, self.new_id, only_reads=True)


def make_uow_factory(engine: Engine, *hooks: AfterCommit) -> UowFactory:
    """Build the factory that ``bootstrap`` hands to use cases and entry points."""
    return UowFactory(engine, list(hooks))


def _run(hook: AfterCommit, done: Committed) -> None:
    try:
        hook(done)
    except Exception:  # the change is committed; its caller must not see a failure
        log.exception("a hook after the commit failed; polling makes up for it")
