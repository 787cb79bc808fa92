"""Siren of an order on the wire: its tone, and its pattern for devices that know patterns."""

from typing import Any, Final

from broadcast.alerts.lifecycle import pattern_of
from broadcast.alerts.orders import Order
from devices.protocol.messages import Blasts

TONE_MAX_MS: Final = 30_000
"""Longest tone of a device that knows no patterns."""
TIMES: Final = 3
"""Sayings of the words in one round."""


def siren_fields(order: Order, plain_ms: int) -> dict[str, Any]:
    """Return the fields of AlertContent; ``plain_ms``: length of a siren to which the table of hazards gives none.

    A device that knows no patterns sounds one blast instead.
    """
    siren = pattern_of(order)
    blasts = None
    if not siren.is_plain or siren.on_ms > TONE_MAX_MS:
        blasts = Blasts(count=siren.count, on_ms=siren.on_ms, off_ms=siren.off_ms, series=siren.series)
    return {
        "tone": siren.tone,
        "tone_ms": min(siren.on_ms, TONE_MAX_MS) or plain_ms,
        "times": max(TIMES, siren.series),
        "blasts": blasts,
    }
