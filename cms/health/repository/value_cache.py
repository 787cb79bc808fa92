"""Cache of decoded values that every page reads by the hundred and that seldom change, one cache a process.

Each value is keyed by the very row it was made from. A row that was changed, by any process, is another key: nothing
needs invalidation, and nothing can be stale.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Dialect, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeDecorator, TypeEngine

from cms.platform.store.columns import Base
from cms.platform.store.rows import names_of

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")
Stored = tuple[Any, ...]
"""Row as the database returns it, in the order of the value's fields."""


class TableCache(Generic[T]):
    """Cache of one table's frozen values: at most ``limit``, the least recently used go first."""

    def __init__(self, kind: type[T], table: type[Base], limit: int) -> None:
        columns = table.__table__.c
        self._kind = kind
        self._key = tuple(table.__table__.primary_key)
        self._types = tuple(columns[name].type for name in names_of(kind))
        self._select = select(*(type_coerce(columns[name], _plain(columns[name].type)) for name in names_of(kind)))
        self._decoded: Callable[[Dialect, Stored], T] = lru_cache(limit)(self._decode)

    def values(self, session: Session, *where: ColumnElement[bool]) -> list[T]:
        """Read the values of these rows, by primary key."""
        dialect = session.connection().dialect
        return [self._decoded(dialect, row) for row in self.rows(session, *where)]

    def rows(self, session: Session, *where: ColumnElement[bool]) -> Sequence[Stored]:
        """Read the rows, not decoded: a key to values made from all of them together."""
        query = self._select.where(*where).order_by(*self._key)
        return [tuple(row) for row in session.connection().execute(query)]

    def value(self, dialect: Dialect, row: Stored) -> T:
        return self._decoded(dialect, row)

    def _decode(self, dialect: Dialect, row: Stored) -> T:
        return self._kind(*(_read(kind, value, dialect) for kind, value in zip(self._types, row, strict=True)))


def _plain(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    return kind.impl_instance if isinstance(kind, TypeDecorator) else kind


def _read(kind: TypeEngine[Any], value: Any, dialect: Dialect) -> Any:
    return kind.process_result_value(value, dialect) if isinstance(kind, TypeDecorator) else value
