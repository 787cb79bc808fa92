"""Event log as a hash chain: a changed or removed line breaks every later one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, func, insert, select, text
from sqlalchemy.orm import Session

from cms.platform.store.rows import columns_of
from cms.platform.store.tables import EventRow
from province.events import Event

GENESIS = "0" * 64
# Key of the advisory lock, the same in every process: its holder may append.
COMMIT_LOCK = 0x10A
PAGE_ROWS = 1000
_PAGE = (
    select(*EventRow.__table__.columns).where(EventRow.seq > bindparam("after")).order_by(EventRow.seq).limit(PAGE_ROWS)
)
# Queries of every transaction and of the gateway's watch, built once.
_HEAD = select(EventRow.seq, EventRow.hash).order_by(EventRow.seq.desc()).limit(1)
_HASH_AT = select(EventRow.hash).where(EventRow.seq == bindparam("sought"))


def hold_commit_lock(session: Session) -> None:
    """Lock appending of events and outbox rows until the transaction ends (SQLite has one writer anyway)."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": COMMIT_LOCK})


def append(session: Session, events: Sequence[Event]) -> None:
    """Append the events; the commit lock must be held."""
    last_seq, previous = head(session)
    previous = previous or GENESIS
    rows = []
    for seq, event in enumerate(events, start=last_seq + 1):
        detail = msgspec.json.encode(event.detail, order="deterministic").decode()
        linked = {"seq": seq, "detail": detail, "previous_hash": previous, "hash": link(previous, seq, event, detail)}
        rows.append({**columns_of(event), **linked})
        previous = str(linked["hash"])
    session.execute(insert(EventRow), rows)


def link(previous: str, seq: int, event: Event | Row[Any], detail: str) -> str:
    """Hash one line: SHA-256 over a JSON list of the previous hash and every field."""
    return digest([previous, seq, micros(event.at), event.name, event.subject_id, event.by, event.by_name, detail])


def digest(fields: Sequence[object]) -> str:
    """Hash a JSON list of plain values with SHA-256 (lower-case hex)."""
    return sha256(msgspec.json.encode(fields)).hexdigest()


@dataclass(frozen=True, slots=True)
class ChainLink:
    """Line up to which a chain holds, by its number and hash; at first the genesis."""

    seq: int = 0
    hash: str = GENESIS


def verify_page(session: Session, held: ChainLink) -> tuple[ChainLink, bool, bool]:
    """Verify the next page of the log.

    Return the last line that holds, whether the one after it does not, and whether the log ends there.
    """
    rows = session.execute(_PAGE, {"after": held.seq}).all()
    for row in rows:
        follows = row.seq == held.seq + 1 and row.previous_hash == held.hash
        if not follows or row.hash != link(held.hash, row.seq, row, row.detail):
            return held, True, False
        held = ChainLink(row.seq, row.hash)
    return held, False, len(rows) < PAGE_ROWS


def first_break(session: Session) -> int | None:
    """Return the first ``seq`` that does not follow from the line before it; None if the whole log holds."""
    held, is_broken, is_over = ChainLink(), False, False
    while not (is_broken or is_over):
        held, is_broken, is_over = verify_page(session, held)
    return held.seq + 1 if is_broken else None


def micros(at: datetime) -> int:
    """Return microseconds since 1970, without the rounding of a float."""
    return int(at.timestamp()) * 1_000_000 + at.microsecond


def lines(
    session: Session, first: int, last: int | None, since_at: datetime | None, until_at: datetime | None
) -> Iterator[dict[str, object]]:
    """Yield the log's lines within these bounds, oldest first, as plain values; read a page at a time."""
    expected = first
    while rows := session.scalars(
        select(EventRow)
        .where(EventRow.seq >= expected)
        .where(*([] if last is None else [EventRow.seq <= last]))
        .where(*([] if since_at is None else [EventRow.at >= since_at]))
        .where(*([] if until_at is None else [EventRow.at < until_at]))
        .order_by(EventRow.seq)
        .limit(PAGE_ROWS)
    ).all():
        for row in rows:
            line = {column.key: getattr(row, column.key) for column in EventRow.__table__.columns}
            yield {**line, "at": row.at.isoformat(), "detail": msgspec.json.decode(row.detail)}
        expected = rows[-1].seq + 1
        session.expunge_all()


def head(session: Session) -> tuple[int, str]:
    """Return number and hash of the last event; 0 and empty where there is none."""
    last = session.execute(_HEAD).first()
    return (last.seq, last.hash) if last else (0, "")


def hash_at(session: Session, seq: int) -> str | None:
    """Return the hash of the event of this number."""
    return session.scalar(_HASH_AT, {"sought": seq})


def newest_at(session: Session) -> datetime | None:
    """Return the latest instant of any event, wherever it stands in the chain."""
    return session.scalar(select(func.max(EventRow.at)))
