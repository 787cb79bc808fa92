"""Row mapping: columns are named like the fields of the frozen value they store; a test compares the two."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    Insert,
    Select,
    Table,
    bindparam,
    exists,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from cms.platform.store.columns import Base, Utc, ValueList, stored_type

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
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
_ROWS_OF_JSON = "(SELECT value FROM json_each({}))"
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


def is_any(session: Session, *where: ColumnElement[bool]) -> bool:
    """Return whether a row meets one of these conditions, each of which is about one table."""
    return bool(session.connection().scalar(select(or_(*(exists().where(each) for each in where)))))


@cache
def names_of(kind: type[DataclassInstance]) -> tuple[str, ...]:
    """Return the field names of a value's class; cached, as it is asked for every row of a province."""
    return tuple(field.name for field in fields(kind))


def values_of(session: Session, kind: type[T], table: type[Base], *where: ColumnElement[bool]) -> list[T]:
    """Read the frozen values of thousands of rows, by the columns of the primary key, past the ORM."""
    query = _all_of(kind, table)
    return [kind(*row) for row in session.connection().execute(query.where(*where) if where else query)]


@cache
def _all_of(kind: type[DataclassInstance], table: type[Base]) -> Select[Any]:
    return fields_of_rows(kind, table).order_by(*table.__table__.primary_key)


@cache
def fields_of_rows(kind: type[DataclassInstance], table: type[Base]) -> Select[Any]:
    """Build the query for a value's fields, once: building it takes longer than the database takes to answer."""
    columns = table.__table__.c
    return select(*(columns[name] for name in names_of(kind)))


def points_of(*written: str) -> tuple[Point, ...]:
    """Decode thousands of stored points at once; one text may hold several, separated by commas."""
    return _decode_points(f"[{','.join(written)}]")


def among(column: QueryableAttribute[V], values: Iterable[V]) -> ColumnElement[bool]:
    """Build ``column IN values``, for thousands of values: they are one parameter, and the statement always the same.

    With a parameter for each value a connection to SQLite kept 430 KB for every statement with 2,000 of them.
    """
    listed = _Listed(bindparam(None, list(values), ValueList(column.type), unique=True))
    return column.bool_op("IN")(listed)


class _Listed(FunctionElement[Any]):
    """Rows of a list that is one parameter, as a subquery."""

    inherit_cache = True


@compiles(_Listed)
def _rows_of_array(element: _Listed, compiler: SQLCompiler, **options: Any) -> str:
    return f"(SELECT unnest({compiler.process(element.clauses, **options)}))"


@compiles(_Listed, "sqlite")
def _rows_of_json(element: _Listed, compiler: SQLCompiler, **options: Any) -> str:
    return _ROWS_OF_JSON.format(compiler.process(element.clauses, **options))


def change(session: Session, statement: Update | Delete) -> int:
    """Run an UPDATE or DELETE, return its row count. Rows already read are not refreshed; repositories keep none."""
    result = session.execute(statement.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", result).rowcount


class TableCache(Generic[T]):
    """Cache of one table's frozen values: at most ``limit``, the least recently used go first."""

    def __init__(self, kind: type[T], table: type[Base], limit: int) -> None:
        columns = table.__table__.c
        self._kind = kind
        self._types = tuple(columns[name].type for name in names_of(kind))
        stored = (type_coerce(columns[name], stored_type(columns[name].type)) for name in names_of(kind))
        self._all = select(*stored).order_by(*table.__table__.primary_key)
        self._decoded: Callable[[Dialect, Stored], T] = lru_cache(limit)(self._decode)

    def values(self, session: Session, *where: ColumnElement[bool]) -> list[T]:
        """Read the values of these rows, by primary key."""
        dialect = session.connection().dialect
        return [self._decoded(dialect, row) for row in self.rows(session, *where)]

    def rows(self, session: Session, *where: ColumnElement[bool]) -> Sequence[Stored]:
        """Read the rows, not decoded: a key to values made from all of them together."""
        query = self._all.where(*where) if where else self._all
        return [tuple(row) for row in session.connection().execute(query)]

    def value(self, dialect: Dialect, row: Stored) -> T:
        return self._decoded(dialect, row)

    def _decode(self, dialect: Dialect, row: Stored) -> T:
        return self._kind(*(_read(kind, value, dialect) for kind, value in zip(self._types, row, strict=True)))


def _read(kind: TypeEngine[Any], value: Any, dialect: Dialect) -> Any:
    return kind.process_result_value(value, dialect) if isinstance(kind, TypeDecorator) else value


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Text of a statement, its columns in the text's order, and the converter of each that needs one."""

    sql: str
    order: Sequence[str]
    processes: Mapping[str, Callable[[object], object]]
    instants: frozenset[str]


def insert_columns(connection: Connection, statement: Insert, columns: Mapping[str, Sequence[object]]) -> None:
    """Execute ``statement`` once for each row. ``columns`` are the table's, by name, all of one length.

    Values are hashable: equal ones are prepared for the driver together. A statement that its caller keeps is compiled
    once; compiling takes as long as writing a hundred rows.
    """
    dialect = connection.dialect
    prepared = _prepared(statement, dialect, tuple(columns))
    instants: dict[object, object] = {}
    ready = {
        name: _ready(prepared.processes.get(name), values, instants if name in prepared.instants else {})
        for name, values in columns.items()
    }
    if dialect.positional:
        connection.exec_driver_sql(prepared.sql, list(_rows(ready[name] for name in prepared.order)))
    else:
        connection.exec_driver_sql(prepared.sql, [dict(zip(ready, row, strict=True)) for row in _rows(ready.values())])


@lru_cache(maxsize=32)
def _prepared(statement: Insert, dialect: Dialect, names: tuple[str, ...]) -> _Prepared:
    table = statement.table
    assert isinstance(table, Table)
    compiled = statement.compile(dialect=dialect, column_keys=list(names))
    processes = {name: table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names}
    return _Prepared(
        str(compiled),
        compiled.positiontup or (),
        {name: process for name, process in processes.items() if process is not None},
        frozenset(name for name in names if isinstance(table.c[name].type, Utc)),
    )


def _ready(
    process: Callable[[object], object] | None, values: Sequence[object], made: dict[object, object]
) -> Sequence[object]:
    """Convert these values to the form that the driver takes. ``made`` holds those that are converted already."""
    if process is None:
        return values
    for value in set(values).difference(made):
        made[value] = process(value)
    return [made[value] for value in values]


def _rows(columns: Iterable[Sequence[object]]) -> Iterable[tuple[object, ...]]:
    return zip(*columns, strict=True)
