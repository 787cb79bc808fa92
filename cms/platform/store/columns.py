"""Columns: aware instants, enums by value, frozen values as JSON; a value's fields become columns by their type."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from enum import IntEnum, StrEnum
from types import NoneType, UnionType
from typing import Any, Final, NewType, Union, get_args, get_origin, get_type_hints

import msgspec
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Dialect,
    Double,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    Time,
    text,
)
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import NULLTYPE, TypeDecorator, TypeEngine

ID = String(40)


class Base(DeclarativeBase):
    """Base of every table; constraint names are fixed so that migrations can name them.

    ``class StopRow(Base, table="stops", value=Stop)`` is a row of ``stops``, with a column for each field of ``Stop``:
    declared are those that queries name, and keys, indexes and lengths. A column without a type gets ``column_type``.
    """

    def __init_subclass__(cls, *, table: str, value: type[Any] | None = None, **kwargs: Any) -> None:
        cls.__tablename__ = table
        hints = {} if value is None else get_type_hints(value)
        hints |= {name: get_args(mapped)[0] for name, mapped in cls.__annotations__.items()}
        for name, hint in hints.items():
            kind = without_none(hint)
            column = cls.__dict__.get(name) or mapped_column(nullable=kind is not hint)
            if column.column.type is NULLTYPE:
                column.column.type = column_type(name, kind)
            setattr(cls, name, column)
        super().__init_subclass__(**kwargs)


Base.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def stored_type(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """Return the type that the database knows; a decorated one is only ours."""
    return kind.impl_instance if isinstance(kind, TypeDecorator) else kind


class Utc(TypeDecorator[datetime]):
    """Aware instant, stored in UTC; SQLite has no zone, so it holds the naive UTC time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime where an aware UTC instant is stored")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class EnumColumn(TypeDecorator[StrEnum]):
    """StrEnum stored by its value, so that a new member needs no migration."""

    impl = String(32)
    cache_ok = True

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        del dialect
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        del dialect
        return None if value is None else self.kind(value)


class Grade(TypeDecorator[IntEnum]):
    """IntEnum stored by its number, so that queries can compare it."""

    impl = Integer()
    cache_ok = True

    def __init__(self, kind: type[IntEnum]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: IntEnum | None, dialect: Dialect) -> int | None:
        del dialect
        return None if value is None else int(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> IntEnum | None:
        del dialect
        return None if value is None else self.kind(value)


class Frozen(TypeDecorator[Any]):
    """Value of ``kind`` (frozen dataclasses, tuples, plain types) as JSON text; decoding checks its shape."""

    impl = Text()
    cache_ok = True

    def __init__(self, kind: Any) -> None:
        super().__init__()
        self.kind = kind
        self._decode: Callable[[str], Any] = msgspec.json.Decoder(kind).decode

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        del dialect
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        del dialect
        return None if value is None else self._decode(value)


class ValueList(TypeDecorator[list[Any]]):
    """Parameter that is a list of texts or numbers as a column stores them: JSON for SQLite, an array elsewhere."""

    impl = Text()
    cache_ok = True

    def __init__(self, of: TypeEngine[Any]) -> None:
        super().__init__()
        self.of = of
        stored = stored_type(of)
        if not isinstance(stored, String | Integer):
            raise TypeError(f"a list of {stored!r} has no form in JSON that SQLite would compare")
        # Without a length: a longer value would be cut to it, and found.
        self._array = ARRAY(BigInteger() if isinstance(stored, Integer) else Text())

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else self._array)

    def process_bind_param(self, value: list[Any] | None, dialect: Dialect) -> str | list[Any]:
        values = value or []
        if isinstance(self.of, TypeDecorator):
            values = [self.of.process_bind_param(each, dialect) for each in values]
        return msgspec.json.encode(values).decode() if dialect.name == "sqlite" else values


_PLAIN: Final[dict[Any, TypeEngine[Any]]] = {
    bool: Boolean(),
    int: Integer(),
    float: Double(),
    bytes: LargeBinary(),
    datetime: Utc(),
    date: Date(),
    time: Time(),
}
_TEXTS: Final[dict[str, TypeEngine[Any]]] = {
    "id": ID,
    "by": ID,
    "name": String(200),
    "title": String(300),
    "origin": String(300),
    "topic": String(80),
    "genre": String(40),
    "language": String(40),
    "code": String(64),
    "version": String(80),
    "boot": String(80),
    "refusal": String(80),
    "hash": String(64),
    "sha256": String(64),
}
"""Types of text by the last word of the field's name; all other text is ``Text``."""


def column_type(name: str, kind: Any) -> TypeEngine[Any]:
    """Choose the type of the column in which a field of this name and type is stored."""
    if isinstance(kind, NewType):
        return ID
    if kind is str:
        return _TEXTS.get(name.rpartition("_")[2], Text())
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return EnumColumn(kind)
    if isinstance(kind, type) and issubclass(kind, IntEnum):
        return Grade(kind)
    return _PLAIN[kind] if kind in _PLAIN else Frozen(kind)


def without_none(hint: Any) -> Any:
    """Return the type of a field that may be None, without None; any other type unchanged."""
    args = get_args(hint)
    if get_origin(hint) not in (UnionType, Union) or NoneType not in args:
        return hint
    return Union[tuple(each for each in args if each is not NoneType)]  # noqa: UP007 - of types known only here


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """Build an index over the rows for which this condition holds."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))
