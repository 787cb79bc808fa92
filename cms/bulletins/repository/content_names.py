"""Rows that name content: every text that the database holds is searched for hashes, but for those listed here.

So a new column is searched without anybody thinking of it, and bytes that anything names are kept.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from sqlalchemy import Column, String, Table, Text, literal, select, tuple_, type_coerce

from cms.platform.store.columns import stored_type
from cms.platform.store.uow import UnitOfWork
from cms.tables import Base

HASH_CHARS: Final = 64
NAMES_NOTHING: Final = {
    "aired_audiences": "names airings",
    "as_run_seals": "hashes of records, of no content",
    "as_runs": "what was aired is held by approvals, orders and live addresses",
    "bulletin_sounds": "who may fetch what is or once was a bulletin's",
    "deliveries": "names airings, for each loudspeaker",
    "events": "the audit log; what an event is about is held by its own row",
    "missed_airings": "names airings, for each loudspeaker",
    "plan_items": "lines of plans, which hold them",
    "reaches": "names orders, for each loudspeaker",
    "sent_recordings": "what people sent in, to be deleted where nothing else names it",
    "telemetry_batches": "measurements",
}
"""Tables that hold no content, whatever they mention, with the reason."""
_HEX: Final = re.compile(rf"[0-9a-f]{{{HASH_CHARS},}}")
_PAGE_ROWS: Final = 100


def naming_columns() -> Iterator[tuple[Table, list[Column[Any]]]]:
    """Yield each table that may name content, with its columns that are long enough for a hash."""
    for table in Base.metadata.sorted_tables:
        columns = [each for each in table.columns if _takes_hash(each)]
        if columns and table.name not in NAMES_NOTHING:
            yield table, columns


def strike_named(reading: Callable[[], UnitOfWork], unnamed: set[str]) -> Iterator[None]:
    """Remove the hashes that any row names; yields after each page of rows, each of which is one short transaction."""
    for table, columns in naming_columns():
        keys = list(table.primary_key.columns)
        page = select(*keys, *(type_coerce(each, Text) for each in columns)).order_by(*keys).limit(_PAGE_ROWS)
        query = page
        while unnamed:
            with reading() as unit:
                rows = unit.session.execute(query).all()
            for row in rows:
                for text in row[len(keys) :]:
                    for run in _HEX.findall(text or ""):
                        unnamed.difference_update(run[n : n + HASH_CHARS] for n in range(len(run) - HASH_CHARS + 1))
            yield
            if len(rows) < _PAGE_ROWS:
                break
            last = [literal(value, key.type) for key, value in zip(keys, rows[-1], strict=False)]
            query = page.where(tuple_(*keys) > tuple_(*last))


def _takes_hash(column: Column[Any]) -> bool:
    kind = stored_type(column.type)
    return isinstance(kind, String) and (kind.length is None or kind.length >= HASH_CHARS)
