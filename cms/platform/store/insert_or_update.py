"""Inserts and upserts (INSERT … ON CONFLICT), which SQLite and PostgreSQL share and SQLAlchemy spells once for each."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import Dialect, insert
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


def add_rows(session: Session, table: type[Base], rows: Iterable[Mapping[str, object]]) -> None:
    """Insert these new rows, if there are any, past the ORM: a province has thousands of devices."""
    if new := list(rows):
        session.connection().execute(insert(table), new)


def put_rows(
    session: Session, table: type[Base], rows: Sequence[Mapping[str, object]], keep: Collection[str] = ()
) -> None:
    """Insert the rows; one whose primary key exists replaces those columns of it, except the ones to ``keep``."""
    if rows:
        word, keys = insert_or(session, table), [column.name for column in table.__table__.primary_key]
        changed = {name: word.excluded[name] for name in rows[0] if name not in keys and name not in keep}
        session.connection().execute(word.on_conflict_do_update(index_elements=keys, set_=changed), list(rows))


def add_row(session: Session, table: type[Base], row: Mapping[str, object]) -> bool:
    """Insert the row; return False where one of the same key exists, which stays."""
    word = insert_or(session, table).values(row).on_conflict_do_nothing()
    key = next(iter(table.__table__.primary_key))
    return session.connection().execute(word.returning(key)).first() is not None
