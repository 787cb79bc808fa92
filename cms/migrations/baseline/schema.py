"""Short forms of the baseline's tables and columns; keys and constraints are named by the naming convention."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine


def columns(kind: TypeEngine[Any], names: str, *, default: Any = None) -> list[sa.Column[Any]]:
    """Make columns of one type. ``names`` are separated by spaces; one that ends with a question mark may be null."""
    return [
        sa.Column(name.rstrip("?"), kind, nullable=name.endswith("?"), server_default=default) for name in names.split()
    ]


def strings(length: int, names: str, *, default: str | None = None) -> list[sa.Column[Any]]:
    return columns(sa.String(length), names, default=default)


texts = partial(columns, sa.Text())
instants = partial(columns, sa.DateTime(timezone=True))
integers = partial(columns, sa.Integer())
big_integers = partial(columns, sa.BigInteger())
booleans = partial(columns, sa.Boolean())
doubles = partial(columns, sa.Double())
dates = partial(columns, sa.Date())
times = partial(columns, sa.Time())
binaries = partial(columns, sa.LargeBinary())


def unique(names: str) -> list[sa.UniqueConstraint]:
    return [sa.UniqueConstraint(*names.split())]


def create(
    table: str,
    *parts: Iterable[sa.schema.SchemaItem],
    key: str = "id",
    options: Mapping[str, Any] | None = None,
    **refers: str,
) -> None:
    """Create a table. ``key``: its primary key; ``refers``: the column of another table that a column refers to."""
    found = [item for part in parts for item in part]
    keys = [sa.ForeignKeyConstraint([name], [other]) for name, other in refers.items()]
    op.create_table(table, *found, *keys, sa.PrimaryKeyConstraint(*key.split()), **(options or {}))


def indexes(table: str, *columns_of_each: str) -> None:
    """Create an index on each of these columns or lists of columns."""
    for names in columns_of_each:
        index(f"ix_{table}_{names.replace(' ', '_')}", table, names)


def index(name: str, table: str, names: str, *, is_unique: bool = False, where: str | None = None) -> None:
    """Create an index, ``where`` given of the rows that fulfil it."""
    part: dict[str, Any] = {} if where is None else {"sqlite_where": sa.text(where), "postgresql_where": sa.text(where)}
    op.create_index(name, table, names.split(), unique=is_unique, **part)
