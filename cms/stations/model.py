"""Values of stations that only the server has."""

from dataclasses import dataclass
from datetime import datetime

from broadcast.stations.model import StationId
from province.people import UserId


@dataclass(frozen=True, slots=True)
class StationFeed:
    """Station feed; only the hash of its secret is stored."""

    station_id: StationId
    secret_hash: str
    made_at: datetime
    made_by: UserId
