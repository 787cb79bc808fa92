"""Reports of a span of days and an area: the span, who asked for which, and the files that were made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from province.areas import AreaId
from province.people import UserId

ReportId = NewType("ReportId", str)
SubscriptionId = NewType("SubscriptionId", str)


class Period(StrEnum):
    """Period of a report subscription."""

    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"


class ReportState(StrEnum):
    """MAKING: a job runs · READY · FAILED: see ``error``."""

    MAKING = "making"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Span:
    """Local dates, both included."""

    first_on: date
    last_on: date

    @property
    def days(self) -> int:
        return (self.last_on - self.first_on).days + 1


@dataclass(frozen=True, slots=True)
class MadeReport:
    """A report as a workbook and as documents, and how far the making is. Names are frozen copies.

    ``subscription_id`` is empty where a person asked for this one. Its figures count up to ``counted_at``; ``seen_at``
    is when the person who asked first opened it.
    """

    id: ReportId
    area_id: AreaId
    area_name: str
    first_on: date
    last_on: date
    asked_by: UserId
    asked_by_name: str
    asked_at: datetime
    subscription_id: str = ""
    job_id: str = ""
    state: ReportState = ReportState.MAKING
    xlsx_sha256: str = ""
    pdf_sha256: str = ""
    docx_sha256: str = ""
    made_at: datetime | None = None
    counted_at: datetime | None = None
    seen_at: datetime | None = None
    error: str = ""

    @property
    def span(self) -> Span:
        return Span(self.first_on, self.last_on)

    @property
    def files(self) -> Mapping[str, str]:
        """Hashes of the files that were made, by their form; reports made by earlier versions have no ``docx``."""
        every = {"docx": self.docx_sha256, "pdf": self.pdf_sha256, "xlsx": self.xlsx_sha256}
        return {form: sha256 for form, sha256 in every.items() if sha256}


@dataclass(frozen=True, slots=True)
class Subscription:
    """A person has the report of an area made after each period that ends on ``since_on`` or later."""

    id: SubscriptionId
    user_id: UserId
    user_name: str
    area_id: AreaId
    period: Period
    since_on: date
    asked_at: datetime
