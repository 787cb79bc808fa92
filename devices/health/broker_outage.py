"""Broker outage: the gateway's own connection to the broker is lost, and the state of every device is unknown.

No will arrives then, and the silence of devices is no sign of a fault: it is one incident of the server, not one
fault of each device.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from devices.health.incidents import Cause, Incident, IncidentScope

OPENS_AFTER: Final = timedelta(minutes=1)
"""A broker that restarts is back within seconds."""
CLOSES_AFTER: Final = timedelta(minutes=1)
KEY: Final = "*"


@dataclass(frozen=True, slots=True)
class GatewayConnection:
    """The gateway's connection. ``lost_at``: when it was lost last; ``back_at``: when it was restored.

    None, None: it was never lost. With ``lost_at`` alone it is lost.
    """

    lost_at: datetime | None = None
    back_at: datetime | None = None

    @property
    def is_lost(self) -> bool:
        return self.lost_at is not None and self.back_at is None

    def deaf_until(self, now: datetime) -> datetime | None:
        """Return the time until which no device could be heard; None: devices could be heard all the time."""
        return now if self.is_lost else self.back_at


def outage(
    held: Incident | None,
    line: GatewayConnection,
    devices: int,
    now: datetime,
    new_id: Callable[[], str],
    *,
    scope: IncidentScope = IncidentScope.BROKER,
) -> Incident | None:
    """Return the incident after this check; None: there is none. ``held``: the last one, closed or not.

    ``devices``: how many are in service. An outage that comes back is the same incident, without a new notification.
    Doubt in the server's clock (``scope``) is handled in the same way: lost while it is in doubt.
    """
    cause = Cause.CLOCK if scope is IncidentScope.CLOCK else Cause.SERVER
    if line.is_lost and line.lost_at is not None:
        if now - line.lost_at < OPENS_AFTER:
            return held
        if held is None:
            return Incident(new_id(), scope, (KEY,), cause, line.lost_at, now, line.lost_at, devices, devices)
        return replace(held, members=max(held.members, devices), affected=devices, over_at=None)
    if held is None or held.over_at is not None or line.back_at is None or now - line.back_at < CLOSES_AFTER:
        return held
    return replace(held, affected=0, over_at=now)
