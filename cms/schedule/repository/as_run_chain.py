"""As-run log as a hash chain: each record is sealed when it is received, with the names it was received under.

A seal names its record and covers its whole content: a change or removal of either breaks every later seal. Records
come late and are repeated; they are sealed in the order in which they are stored, each once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import and_, func, insert, select
from sqlalchemy.orm import Session

from broadcast.bulletins.deliveries import AsRun
from broadcast.relays.model import RelayRun
from cms.platform.store import chain
from cms.platform.store.rows import insert_columns, value_of
from cms.schedule.tables import AsRunRow, AsRunSealRow

SEALED: Final = (
    *("device_id", "device_name", "record_id", "occurrence_id", "transmission_id", "title", "sha256"),
    *("planned_at", "started_at", "ended_at", "result", "reason", "volume_pct", "received_at", "area_id", "area_name"),
)
"""Sealed fields, whose order never changes: a field added later is sealed in a chain of its own, or not at all."""


@dataclass(frozen=True, slots=True)
class ChainVerdict:
    """Result of a check. ``first_break``: the first seal that does not hold. ``unsealed``: records that no seal names.

    ``head`` is the last seal's hash: written down elsewhere, it also tells whether the log's end was cut off.
    """

    sealed: int
    unsealed: int
    first_break: int | None
    head: str

    @property
    def holds(self) -> bool:
        return self.first_break is None and not self.unsealed


_INSERT = insert(AsRunSealRow)


def seal(session: Session, runs: Sequence[AsRun]) -> None:
    """Append seals of these records; the commit lock must be held."""
    last = session.execute(
        select(AsRunSealRow.seq, AsRunSealRow.hash).order_by(AsRunSealRow.seq.desc()).limit(1)
    ).first()
    seq, previous = (last.seq, last.hash) if last else (0, chain.GENESIS)
    hashes: list[str] = []
    for number, run in enumerate(runs, seq + 1):
        previous = link(previous, number, run)
        hashes.append(previous)
    columns = {
        "seq": range(seq + 1, seq + 1 + len(runs)),
        "device_id": [run.device_id for run in runs],
        "record_id": [run.record_id for run in runs],
        "hash": hashes,
    }
    insert_columns(session.connection(), _INSERT, columns)


def link(previous: str, seq: int, run: AsRun) -> str:
    """Hash a seal: SHA-256 over a JSON list of the previous hash, the number and the ``SEALED`` fields; times in µs.

    A relay's outcome comes last, and an alert's round; all other records are sealed unchanged.
    """
    more: list[object] = [] if run.relayed is None else [_relayed(run.relayed)]
    if run.round:
        more.append(["round", run.round])
    return chain.digest([previous, seq, *(_plain(getattr(run, name)) for name in SEALED), *more])


def verify(session: Session) -> ChainVerdict:
    """Verify the whole log, a page at a time."""
    previous, expected, first_break = chain.GENESIS, 1, None
    is_of = and_(AsRunRow.device_id == AsRunSealRow.device_id, AsRunRow.record_id == AsRunSealRow.record_id)
    while first_break is None:
        seals = session.scalars(
            select(AsRunSealRow).where(AsRunSealRow.seq >= expected).order_by(AsRunSealRow.seq).limit(chain.PAGE_ROWS)
        ).all()
        if not seals:
            break
        named = select(AsRunRow).join(AsRunSealRow, is_of).where(AsRunSealRow.seq.between(expected, seals[-1].seq))
        runs = {(row.device_id, row.record_id): value_of(AsRun, row) for row in session.scalars(named)}
        for row in seals:
            run = runs.get((row.device_id, row.record_id))
            if row.seq != expected or run is None or row.hash != link(previous, row.seq, run):
                first_break = expected
                break
            previous, expected = row.hash, expected + 1
        session.expunge_all()
    sealed = session.scalar(select(func.count()).select_from(AsRunSealRow)) or 0
    unsealed = session.scalar(
        select(func.count()).select_from(AsRunRow).outerjoin(AsRunSealRow, is_of).where(AsRunSealRow.seq.is_(None))
    )
    return ChainVerdict(sealed, unsealed or 0, first_break, previous)


def _plain(value: object) -> object:
    return chain.micros(value) if isinstance(value, datetime) else value


def _relayed(relayed: RelayRun) -> list[object]:
    parts = [[part.what, chain.micros(part.started_at), chain.micros(part.ended_at)] for part in relayed.parts]
    return [relayed.source_id, relayed.stream_ms, relayed.fallback_ms, parts]


def knows(session: Session, digest: str) -> bool:
    """Return whether a seal has this hash: a head that was written down stays in the chain."""
    return session.scalar(select(AsRunSealRow.seq).where(AsRunSealRow.hash == digest)) is not None
