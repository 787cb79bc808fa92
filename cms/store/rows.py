"""Rows hold columns named like the fields of the frozen value they store; a test compares the two."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sqlalchemy import CursorResult, Delete, Update
from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")


def columns_of(value: DataclassInstance) -> dict[str, Any]:
    """The fields of a frozen value, shallow, by name."""
    return {field.name: getattr(value, field.name) for field in fields(value)}


def value_of(kind: type[T], row: object) -> T:
    """The frozen value a row holds."""
    return kind(**{field.name: getattr(row, field.name) for field in fields(kind)})


def change(session: Session, statement: Update | Delete) -> int:
    """How many rows an UPDATE or DELETE touched. Rows already read are not refreshed: repositories keep none."""
    result = session.execute(statement.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", result).rowcount
