"""INSERT … ON CONFLICT, which SQLite and PostgreSQL share and SQLAlchemy spells once for each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from cms.store.tables import Base

# Rows a statement: 20 columns of these stay far below the 32,766 parameters SQLite takes.
CHUNK_ROWS = 500


def insert_or(session: Session, table: type[Base]) -> postgresql.Insert:
    """An insert that knows ``on_conflict_do_update`` and ``on_conflict_do_nothing``."""
    if session.get_bind().dialect.name == "sqlite":
        # The two classes have the same methods; the type is told for one of them.
        return sqlite.insert(table)  # type: ignore[return-value]
    return postgresql.insert(table)


def in_chunks(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The rows in lists no longer than a statement bears."""
    for first in range(0, len(rows), CHUNK_ROWS):
        yield rows[first : first + CHUNK_ROWS]
