"""Senders of the outbox: which of them takes a kind of row, and its handlers as one mapping."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Final, TypeVar

from cms.platform.store.kinds import OutboxKind

Handler = TypeVar("Handler")


class OutboxSender(StrEnum):
    """Senders of the gateway. An alert, live speech and a revocation wait behind nothing else."""

    PLANS = "plans"
    MESSAGES = "messages"
    ALERTS = "alerts"
    LIVE = "live"
    REVOCATIONS = "revocations"


# Every other kind goes with the messages.
_SENDERS: Final[Mapping[OutboxKind, OutboxSender]] = MappingProxyType(
    {
        OutboxKind.PLAN: OutboxSender.PLANS,
        OutboxKind.ALERT: OutboxSender.ALERTS,
        OutboxKind.ALERT_END: OutboxSender.ALERTS,
        OutboxKind.STOP: OutboxSender.ALERTS,
        OutboxKind.UNKNOWN_END: OutboxSender.ALERTS,
        OutboxKind.LIVE: OutboxSender.LIVE,
        OutboxKind.REVOCATION: OutboxSender.REVOCATIONS,
    }
)


@cache
def kinds_of(sender: OutboxSender) -> frozenset[OutboxKind]:
    """Return the kinds of rows that the sender takes."""
    return frozenset(kind for kind in OutboxKind if _SENDERS.get(kind, OutboxSender.MESSAGES) is sender)


def whole(sender: OutboxSender, handlers: Mapping[OutboxKind, Handler]) -> Mapping[OutboxKind, Handler]:
    """Return a sender's handlers. Raises LookupError: a kind of it has none, or one of another has one."""
    wrong = kinds_of(sender) ^ handlers.keys()
    if wrong:
        raise LookupError(f"handlers of the sender {sender}: {', '.join(sorted(wrong))}")
    return handlers
