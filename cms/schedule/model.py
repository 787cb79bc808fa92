"""Values of the schedule that only the server has."""

from dataclasses import dataclass
from datetime import datetime

from province.areas import AreaId
from province.people import UserId


@dataclass(frozen=True, slots=True)
class CalendarFeed:
    """Calendar feed; only the hash of its secret is stored."""

    id: str
    user_id: UserId
    area_id: AreaId
    secret_hash: str
    created_at: datetime
