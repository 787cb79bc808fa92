"""Outbox handlers: the messages for a row, from what the store holds at this moment, and which sender takes it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Final, TypeVar

from sqlalchemy.orm import Session

from cms.platform.context import Context
from cms.platform.gateway.messages import MessageBuilder, OutgoingMessage
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.outbox import OutboxMessage
from cms.platform.store.uow import UnitOfWork

NoteSent = Callable[[UnitOfWork, datetime], object]
Handler = TypeVar("Handler")


def _nothing(_unit: UnitOfWork, _now: datetime) -> None:
    """Note nothing."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Messages that settle a row; ``note_sent`` stores what else the broker's confirmation means."""

    letters: Sequence[OutgoingMessage]
    note_sent: NoteSent = _nothing


@dataclass(frozen=True, slots=True)
class OutboxMeans:
    """Means of the handlers of one step: a session, which sees one moment, and the builder of messages."""

    context: Context
    session: Session
    letters: MessageBuilder


OutboxHandler = Callable[[OutboxMessage, datetime], Reply]
"""Builds the messages for a row; none if it is too late for it. Raises NotFoundError, UnknownAreaError."""
BySubject = Callable[[str, datetime], Sequence[OutgoingMessage]]
"""Builds the messages about a subject, by what the store holds now."""
MakeHandlers = Callable[[OutboxMeans], Mapping[OutboxKind, OutboxHandler]]
"""Makes the handlers of one feature; a feature names it as its ``outbox``."""


def of_subject(build: BySubject) -> OutboxHandler:
    """Return the handler of rows that name a subject and nothing more."""
    return lambda message, now: Reply(build(message.subject_id, now))


class OutboxSender(StrEnum):
    """Senders of the gateway. An alert, live speech and a revocation wait behind nothing else."""

    PLANS = "plans"
    MESSAGES = "messages"
    ALERTS = "alerts"
    LIVE = "live"
    REVOCATIONS = "revocations"


# Every other kind goes with the messages.
_SENDERS: Final[Mapping[OutboxKind, OutboxSender]] = {
    OutboxKind.PLAN: OutboxSender.PLANS,
    OutboxKind.ALERT: OutboxSender.ALERTS,
    OutboxKind.ALERT_END: OutboxSender.ALERTS,
    OutboxKind.STOP: OutboxSender.ALERTS,
    OutboxKind.UNKNOWN_END: OutboxSender.ALERTS,
    OutboxKind.CANARY: OutboxSender.ALERTS,
    OutboxKind.LIVE: OutboxSender.LIVE,
    OutboxKind.REVOCATION: OutboxSender.REVOCATIONS,
}


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
