"""Column types: aware instants, enums by value, and frozen values as JSON through one serializer."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from typing import Any

import msgspec
from sqlalchemy import ARRAY, BigInteger, DateTime, Dialect, Integer, String, Text
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator, TypeEngine

ID = String(40)


class Base(DeclarativeBase):
    """Base of every table; constraint names are fixed so that migrations can name them."""


Base.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


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
        stored = of.impl_instance if isinstance(of, TypeDecorator) else of
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
