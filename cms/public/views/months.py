"""A past month, as in a URL."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

_YEARS: Final = (1970, 2200)


@dataclass(frozen=True, order=True)
class Month:
    year: int
    month: int

    @staticmethod
    def of(on: date) -> Month:
        return Month(on.year, on.month)

    @staticmethod
    def read(text: str) -> Month | None:
        """Read ``2026-11``; None if it is no month of these centuries, each of which has a month before and after."""
        try:
            on = date.fromisoformat(f"{text}-01") if len(text) == len("2026-11") else None
        except ValueError:
            return None
        return Month.of(on) if on is not None and _YEARS[0] <= on.year <= _YEARS[1] else None

    @property
    def first_on(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last_on(self) -> date:
        return date(self.year, self.month, calendar.monthrange(self.year, self.month)[1])

    @property
    def before(self) -> Month:
        return Month.of(self.first_on - timedelta(days=1))

    @property
    def after(self) -> Month:
        return Month.of(self.last_on + timedelta(days=1))

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"
