"""Royalties (nhuận bút): the province's table of rates, and what an author gets for a bulletin.

Decree 18/2014/NĐ-CP is the frame: a royalty is the item's coefficient times the value of one unit of coefficient.
The figures are the province's own. Money is in whole đồng.
"""

from dataclasses import dataclass
from datetime import date, datetime

from broadcast.bulletins.model import BulletinId
from province.people import UserId

_HUNDREDTHS = 100


@dataclass(frozen=True, slots=True)
class RoyaltyRate:
    """Rate of one kind of item in one grade: a coefficient in hundredths, or where that is None an amount."""

    genre: str
    grade: str
    coefficient: int | None = None
    amount_vnd: int = 0

    @property
    def key(self) -> str:
        return f"{self.genre}/{self.grade}"

    def royalty_vnd(self, unit_vnd: int) -> int:
        """Return the royalty, rounded to whole đồng; ``unit_vnd`` is the value of one unit of coefficient."""
        if self.coefficient is None:
            return self.amount_vnd
        return (self.coefficient * unit_vnd + _HUNDREDTHS // 2) // _HUNDREDTHS


@dataclass(frozen=True, slots=True)
class RoyaltyTable:
    """The province's table as one person saved it. Every version stays: a royalty names the one it follows.

    ``source`` is the decision that it follows, as lists cite it.
    """

    version: int
    source: str
    unit_vnd: int
    rates: tuple[RoyaltyRate, ...]
    changed_by: UserId
    changed_by_name: str
    changed_at: datetime

    def rate(self, key: str) -> RoyaltyRate | None:
        return next((each for each in self.rates if each.key == key), None)


@dataclass(frozen=True, slots=True)
class Royalty:
    """Royalty of a bulletin. ``approved_on`` is the local date of its first approval, by which months are listed."""

    bulletin_id: BulletinId
    author: str
    genre: str
    grade: str
    amount_vnd: int
    table_version: int
    approved_on: date
    recorded_by: UserId
    recorded_by_name: str
    recorded_at: datetime
    version: int = 1
