"""The server hears nobody: its own connection to the broker is gone, and nothing is known of any device.

No will comes then, and what devices did not say is no sign of anything: that is one incident of the server, not one
fault of each device.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from devices.health.incidents import Cause, Incident, Scope

OPENS_AFTER: Final = timedelta(minutes=1)
"""A broker that is started anew is back within seconds."""
CLOSES_AFTER: Final = timedelta(minutes=1)
KEY: Final = "*"


@dataclass(frozen=True, slots=True)
class Line:
    """The gateway's connection. ``lost_at``: when it was lost last; ``back_at``: when it was there again.

    None, None: it was never lost. With ``lost_at`` alone it is lost.
    """

    lost_at: datetime | None = None
    back_at: datetime | None = None

    @property
    def is_lost(self) -> bool:
        return self.lost_at is not None and self.back_at is None

    def deaf_until(self, now: datetime) -> datetime | None:
        """Up to when nobody could be heard; None: nobody was kept from it."""
        return now if self.is_lost else self.back_at


def outage(
    held: Incident | None,
    line: Line,
    devices: int,
    now: datetime,
    new_id: Callable[[], str],
    *,
    scope: Scope = Scope.BROKER,
) -> Incident | None:
    """The incident as it is after this look; None: there is none. ``held``: the last one, over or not.

    ``devices``: how many are in service. One that comes back is the same, and nobody is told anew. The server's
    clock (``scope``) is told of in the same way: lost while it is in doubt.
    """
    cause = Cause.CLOCK if scope is Scope.CLOCK else Cause.SERVER
    if line.is_lost and line.lost_at is not None:
        if now - line.lost_at < OPENS_AFTER:
            return held
        if held is None:
            return Incident(new_id(), scope, (KEY,), cause, line.lost_at, now, line.lost_at, devices, devices)
        return replace(held, members=max(held.members, devices), affected=devices, over_at=None)
    if held is None or held.over_at is not None or line.back_at is None or now - line.back_at < CLOSES_AFTER:
        return held
    return replace(held, affected=0, over_at=now)
