"""A month of the past, as an address names it."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, order=True)
class Month:
    year: int
    month: int

    @staticmethod
    def of(on: date) -> Month:
        return Month(on.year, on.month)

    @staticmethod
    def read(text: str) -> Month | None:
        """``2026-11``; None where it is no month."""
        try:
            return Month.of(date.fromisoformat(f"{text}-01")) if len(text) == len("2026-11") else None
        except ValueError:
            return None

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
