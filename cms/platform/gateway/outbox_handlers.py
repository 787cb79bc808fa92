"""Outbox handlers: the messages for an outbox row, built from what the store holds at this moment."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from cms.platform.context import Context
from cms.platform.gateway.messages import MessageBuilder, OutgoingMessage
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.outbox import OutboxMessage
from cms.platform.store.uow import UnitOfWork

NoteSent = Callable[[UnitOfWork, datetime], object]


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
