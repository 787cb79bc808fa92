"""Bulk inserts of thousands of rows with one statement, past SQLAlchemy's work for each row.

It takes 10 µs to prepare one row for the driver, and 5 µs for the driver to write it. A province that answers an alert
sends ten thousand within a second: here each column is prepared at once, and equal values only once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, Dialect, Insert, Table
from sqlalchemy.types import TypeEngine


def insert_columns(connection: Connection, statement: Insert, columns: Mapping[str, Sequence[object]]) -> None:
    """Execute ``statement`` once for each row. ``columns`` are the table's, by name, all of one length.

    Values are hashable: equal ones are prepared for the driver together.
    """
    table, dialect = statement.table, connection.dialect
    assert isinstance(table, Table)
    compiled = statement.compile(dialect=dialect, column_keys=list(columns))
    ready = {name: _ready(table.c[name].type, dialect, values) for name, values in columns.items()}
    if dialect.positional:
        connection.exec_driver_sql(str(compiled), list(_rows(ready[name] for name in compiled.positiontup or ())))
    else:
        connection.exec_driver_sql(str(compiled), [dict(zip(ready, row, strict=True)) for row in _rows(ready.values())])


def _ready(kind: TypeEngine[object], dialect: Dialect, values: Sequence[object]) -> Sequence[object]:
    """Convert these values to the form that the driver takes."""
    process = kind.dialect_impl(dialect).bind_processor(dialect)
    if process is None:
        return values
    made = {value: process(value) for value in set(values)}
    return [made[value] for value in values]


def _rows(columns: Iterable[Sequence[object]]) -> Iterable[tuple[object, ...]]:
    return zip(*columns, strict=True)
