"""Row mapping: columns are named like the fields of the frozen value they store; a test compares the two."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Dialect, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeDecorator, TypeEngine

from cms.platform.store.columns import Base

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
from collections.abc import Iterable
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, cast

import msgspec
from sqlalchemy import CursorResult, Delete, Update
from sqlalchemy.orm import QueryableAttribute

from province.areas import Point

_decode_points = msgspec.json.Decoder(tuple[Point, ...]).decode
T = TypeVar("T", bound="DataclassInstance")
V = TypeVar("V")
# SQLite takes 32,766 values in a statement.
_PADDED_MAX = 16_384
Stored = tuple[Any, ...]
"""Row as the database returns it, in the order of the value's fields."""


def columns_of(value: DataclassInstance) -> dict[str, Any]:
    """Return the fields of a frozen value, shallow, by name."""
    return {name: getattr(value, name) for name in names_of(type(value))}


def columns_of_all(values: Sequence[DataclassInstance]) -> dict[str, list[Any]]:
    """Return the fields of many frozen values of one kind, and at least one, column by column."""
    names = names_of(type(values[0]))
    return dict(zip(names, map(list, zip(*map(attrgetter(*names), values), strict=True)), strict=True))


def value_of(kind: type[T], row: object) -> T:
    """Build the frozen value of a row."""
    return kind(**{name: getattr(row, name) for name in names_of(kind)})


@cache
def names_of(kind: type[DataclassInstance]) -> tuple[str, ...]:
    """Return the field names of a value's class; cached, as it is asked for every row of a province."""
    return tuple(field.name for field in fields(kind))


def values_of(session: Session, kind: type[T], table: type[Base], *where: ColumnElement[bool]) -> list[T]:
    """Read the frozen values of thousands of rows, by the columns of the primary key, past the ORM."""
    columns = table.__table__.c
    query = select(*(columns[name] for name in names_of(kind))).where(*where).order_by(*table.__table__.primary_key)
    return [kind(*row) for row in session.connection().execute(query)]


def points_of(*written: str) -> tuple[Point, ...]:
    """Decode thousands of stored points at once; one text may hold several, separated by commas."""
    return _decode_points(f"[{','.join(written)}]")


def among(column: QueryableAttribute[V], values: Iterable[V]) -> ColumnElement[bool]:
    """Build ``column IN values``, for thousands of values.

    A connection to SQLite keeps the statements it has compiled, 430 KB each with 2,000 values. Padded to a power of two
    they are a dozen at most, and not one for every count of values: a gateway grew by 10 MB with each alert.
    """
    wanted = list(values)
    if 0 < len(wanted) <= _PADDED_MAX:
        wanted += wanted[-1:] * ((1 << (len(wanted) - 1).bit_length()) - len(wanted))
    return column.in_(wanted)


def change(session: Session, statement: Update | Delete) -> int:
    """Run an UPDATE or DELETE, return its row count. Rows already read are not refreshed; repositories keep none."""
    result = session.execute(statement.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", result).rowcount


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
