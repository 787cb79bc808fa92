"""Paging by cursor: stable while rows are added, and as fast on page 100 as on page 1."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, tuple_
from sqlalchemy.orm import QueryableAttribute

from province.errors import InvalidError, Problem

T = TypeVar("T")
Query = TypeVar("Query", bound=Select[*tuple[Any, ...]])


@dataclass(frozen=True, slots=True)
class ResultPage(Generic[T]):
    """Page of rows. ``next_cursor`` is empty on the last page."""

    rows: Sequence[T]
    next_cursor: str = ""


def page_of(rows: Sequence[T], limit: int, cursor: Callable[[T], str]) -> ResultPage[T]:
    """Build a page out of up to ``limit + 1`` rows read."""
    shown = rows[:limit]
    return ResultPage(shown, cursor(shown[-1]) if len(rows) > limit else "")


def cursor_at(at: datetime, row_id: str) -> str:
    return f"{at.timestamp():.6f}~{row_id}"


def page_by_time(
    query: Query, at: QueryableAttribute[datetime], row_id: QueryableAttribute[Any], after: str, limit: int
) -> Query:
    """Order a query by an instant and the row's id, the latest first, and take one page and a row from ``after`` on."""
    place = place_of(after)
    if place is not None:
        query = query.where(tuple_(at, row_id) < tuple_(*place))
    return query.order_by(at.desc(), row_id.desc()).limit(limit + 1)


def place_of(cursor: str) -> tuple[datetime, str] | None:
    """Decode a cursor; None for the first page. Raises InvalidError: it was not made here."""
    place = read_cursor_at(cursor)
    if cursor and place is None:
        raise not_a_cursor()
    return place


def not_a_cursor() -> InvalidError:
    """Return the error of a cursor that no page has given: the first page instead would be read twice."""
    return InvalidError([Problem("cursor", "NOT_A_CURSOR")])


def read_cursor_at(cursor: str) -> tuple[datetime, str] | None:
    """Decode a cursor; None for one that was not made here."""
    seconds, _, row_id = cursor.partition("~")
    try:
        return datetime.fromtimestamp(float(seconds), UTC), row_id
    except (ValueError, OverflowError, OSError):
        return None
