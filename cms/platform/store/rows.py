"""Row mapping: columns are named like the fields of the frozen value they store; a test compares the two."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar, cast

import msgspec
from sqlalchemy import ColumnElement, CursorResult, Delete, Update, select
from sqlalchemy.orm import QueryableAttribute, Session

from cms.platform.store.columns import Base
from province.areas import Point

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_decode_points = msgspec.json.Decoder(tuple[Point, ...]).decode
T = TypeVar("T", bound="DataclassInstance")
V = TypeVar("V")
# SQLite takes 32,766 values in a statement.
_PADDED_MAX = 16_384


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
