"""Lanes of the outbox: one sender for each kind of row, and the handlers of a lane as one mapping."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Final, TypeVar

from broadcast.ports.unit_of_work import OutboxKind

Handler = TypeVar("Handler")


class OutboxLane(StrEnum):
    """Senders of the gateway. An alert, live speech and a revocation wait behind nothing else."""

    PLANS = "plans"
    MESSAGES = "messages"
    ALERTS = "alerts"
    LIVE = "live"
    REVOCATIONS = "revocations"


LANES: Final[Mapping[OutboxKind, OutboxLane]] = MappingProxyType(
    {
        OutboxKind.PLAN: OutboxLane.PLANS,
        OutboxKind.MANIFEST: OutboxLane.MESSAGES,
        OutboxKind.DESIRED: OutboxLane.MESSAGES,
        OutboxKind.CANCEL: OutboxLane.MESSAGES,
        OutboxKind.RECEIPT: OutboxLane.MESSAGES,
        OutboxKind.STATIONS: OutboxLane.MESSAGES,
        OutboxKind.PROGRAMME: OutboxLane.MESSAGES,
        OutboxKind.RECEIVER: OutboxLane.MESSAGES,
        OutboxKind.INSTALL: OutboxLane.MESSAGES,
        OutboxKind.ALERT: OutboxLane.ALERTS,
        OutboxKind.ALERT_END: OutboxLane.ALERTS,
        OutboxKind.STOP: OutboxLane.ALERTS,
        OutboxKind.UNKNOWN_END: OutboxLane.ALERTS,
        OutboxKind.LIVE: OutboxLane.LIVE,
        OutboxKind.REVOCATION: OutboxLane.REVOCATIONS,
    }
)


@cache
def kinds_of(lane: OutboxLane) -> frozenset[OutboxKind]:
    """Return the kinds of rows that the lane's sender takes."""
    return frozenset(kind for kind, its_lane in LANES.items() if its_lane is lane)


def whole(lane: OutboxLane, handlers: Mapping[OutboxKind, Handler]) -> Mapping[OutboxKind, Handler]:
    """Return the handlers of a lane. Raises LookupError: a kind of it has none, or there is one of another lane."""
    wrong = kinds_of(lane) ^ handlers.keys()
    if wrong:
        raise LookupError(f"handlers of the lane {lane}: {', '.join(sorted(wrong))}")
    return handlers
