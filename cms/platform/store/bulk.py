"""Bulk inserts of thousands of rows with one statement, past SQLAlchemy's work for each row.

It takes 10 µs to prepare one row for the driver, and 5 µs for the driver to write it. A province that answers an alert
sends ten thousand within a second: here each column is prepared at once, and equal values only once.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Connection, Dialect, Insert, Table

from cms.platform.store.columns import Utc


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
