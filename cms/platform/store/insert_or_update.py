"""Upserts (INSERT … ON CONFLICT), which SQLite and PostgreSQL share and SQLAlchemy spells once for each."""

from sqlalchemy import Dialect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from cms.platform.store.columns import Base


def insert_or(session: Session, table: type[Base]) -> postgresql.Insert:
    """Build an insert that knows ``on_conflict_do_update`` and ``on_conflict_do_nothing``."""
    return insert_for(session.get_bind().dialect, table)


def insert_for(dialect: Dialect, table: type[Base]) -> postgresql.Insert:
    """Build the same insert, for a statement that outlives its session."""
    if dialect.name == "sqlite":
        # The two classes have the same methods; the return type names one of them.
        return sqlite.insert(table)  # type: ignore[return-value]
    return postgresql.insert(table)
