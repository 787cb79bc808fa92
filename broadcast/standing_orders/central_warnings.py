"""Emergencies of the central source system as warnings for standing orders."""

from datetime import datetime, timedelta
from typing import Final

from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import Audience
from broadcast.exchange.central import CentralBulletin
from broadcast.standing_orders.cap_warnings import CENTRAL, hazard_named, is_denied
from broadcast.standing_orders.model import IncomingWarning, WarningSeverity

LASTS: Final = timedelta(hours=6)
"""As long as a CAP message without an end."""


def emergency_of(
    bulletin: CentralBulletin, audience: Audience, *, is_proved: bool, is_first: bool, is_whole: bool, sent_at: datetime
) -> IncomingWarning:
    """Build the warning. ``is_whole``: each of its codes is a place of ours. It has no grade: its class is the highest.

    ``sent_at``: the last contact before it came, as it says no time of its own.
    """
    hazard = hazard_named(bulletin.title)
    return IncomingWarning(
        sources=(CENTRAL,),
        proved=(CENTRAL,) if is_proved else (),
        identifier=f"{bulletin.central_id} {bulletin.central_version}",
        hazard=hazard or Hazard.OTHER,
        severity=WarningSeverity.EXTREME,
        severity_most=WarningSeverity.EXTREME,
        audience=audience,
        sent_at=sent_at,
        begins_at=sent_at,
        expires_at=sent_at + LASTS,
        is_drill=False,
        is_first=is_first,
        is_whole=is_whole,
        is_clear=hazard is not None and not is_denied(bulletin.title, is_drill=False),
    )
