"""Date sets: named dates on which a rule can be set to keep silent: holidays, a festival, a week of mourning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import NewType

from province.areas import AreaId
from province.people import UserId

DateSetId = NewType("DateSetId", str)


@dataclass(frozen=True, slots=True)
class DateSet:
    """An area's own set, for itself and everything below it. ``dates`` are local, in order, each once."""

    id: DateSetId
    area_id: AreaId
    name: str
    dates: tuple[date, ...]
    changed_at: datetime
    changed_by: UserId
    changed_by_name: str
