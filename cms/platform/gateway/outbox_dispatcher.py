"""Outbox dispatcher: builds, signs and publishes due rows, and marks them sent once the broker has confirmed.

No message is stored: each is built from what the store holds at that moment, then signed. A crash
anywhere leaves the rows unsent, and the next gateway sends them again: manifests and desired states are the same or
newer, commands carry the same id, a replanned area is found unchanged.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.orm import Session

from cms.platform.context import Context
from cms.platform.feature import Feature
from cms.platform.gateway.messages import MessageBuilder, OutgoingMessage
from cms.platform.gateway.outbox_handlers import (
    MakeHandlers,
    OutboxHandler,
    OutboxMeans,
    OutboxSender,
    Reply,
    kinds_of,
    whole,
)
from cms.platform.signer.port import SigningRefusedError
from cms.platform.store.engine import reading
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.outbox import Outbox, OutboxMessage
from cms.platform.store.pending_look import outbox_look
from devices.errors import LinkError, TooBigError
from devices.protocol.errors import OversizeError
from media.errors import ContentAwayError
from province.areas import AreaId
from province.errors import NotFoundError, UnknownAreaError

log = logging.getLogger(__name__)

LETTERS_AT_ONCE = 200
# Few enough that a cancel never waits long behind a province being planned.
AREAS_AT_ONCE = 20
PUBACK_WAIT_S = 10.0

Replan = Callable[[AreaId], object]


class BrokerLink(Protocol):
    """Connection as the dispatcher needs it; see ``MqttDeviceLink``."""

    @property
    def is_ready(self) -> bool: ...

    def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, expiry_s: int | None = None
    ) -> Future[None]: ...


def post(link: BrokerLink, letter: OutgoingMessage) -> Future[None]:
    """Publish one message. Raises TooBigError, LinkError."""
    return link.publish(letter.topic, letter.payload, qos=letter.qos, retain=letter.retain, expiry_s=letter.expiry_s)


@dataclass(frozen=True, slots=True)
class _PostedRow:
    message: OutboxMessage
    reply: Reply
    confirmed: Sequence[Future[None]]


class OutboxDispatcher:
    """Dispatcher of the outbox. ``replan`` updates one area's plans and commits; repeating it changes nothing."""

    def __init__(
        self,
        context: Context,
        link: BrokerLink,
        letters: MessageBuilder,
        replan: Replan,
        features: Iterable[Feature],
    ) -> None:
        self._context = context
        self._link = link
        self._letters = letters
        self._replan = replan
        self._look = outbox_look(context.engine, kinds_of(OutboxSender.PLANS) | kinds_of(OutboxSender.MESSAGES))
        self._make: Sequence[MakeHandlers] = [each.resolve(each.outbox) for each in features if each.outbox]

    def step(self) -> int:
        """Do what is due now, messages before plans; return the number of rows settled."""
        return self.send_letters() + self.plan_areas() if self._look.may_be_due() else 0

    def plan_areas(self) -> int:
        """Replan areas that are due; one that fails is deferred and delays no other."""
        with reading(self._context.engine) as session:
            due = Outbox(session).take(self._context.now(), AREAS_AT_ONCE, kinds_of(OutboxSender.PLANS))
        if not due:
            return 0
        now = self._context.now()
        failed = {message.ids: error for message in due if (error := self._plan(message))}
        planned = [row for message in due if message.ids not in failed for row in message.ids]
        with self._context.uow() as unit:
            unit.outbox.mark_sent(planned, now)
            for rows, error in failed.items():
                unit.outbox.defer(rows, error, now)
            unit.commit()
        return len(planned)

    def send_letters(self) -> int:
        """Publish everything else that is due, all at once, and wait for the broker to confirm."""
        if not self._link.is_ready:
            return 0
        with reading(self._context.engine) as session:
            due = Outbox(session).take(self._context.now(), LETTERS_AT_ONCE, kinds_of(OutboxSender.MESSAGES))
            if not due:
                return 0
            posted = self._post_all(due, self._handlers(session))
        wait([confirmed for one in posted for confirmed in one.confirmed], PUBACK_WAIT_S)
        return self._settle(posted)

    def _plan(self, message: OutboxMessage) -> str:
        """Replan the area; return the error, empty if there is none."""
        try:
            self._replan(AreaId(message.subject_id))
        except Exception as error:
            log.exception("planning area %s failed", message.subject_id)
            return repr(error)
        return ""

    def _handlers(self, session: Session) -> Mapping[OutboxKind, OutboxHandler]:
        """Return the handlers of all kinds that go this way, over one session, which sees one moment."""
        means = OutboxMeans(self._context, session, self._letters)
        return whole(OutboxSender.MESSAGES, {kind: each for make in self._make for kind, each in make(means).items()})

    def _post_all(
        self, due: Sequence[OutboxMessage], handlers: Mapping[OutboxKind, OutboxHandler]
    ) -> Sequence[_PostedRow]:
        posted: list[_PostedRow] = []
        for message in due:
            now = self._context.now()
            try:
                reply = handlers[message.kind](message, now)
                posted.append(_PostedRow(message, reply, [post(self._link, letter) for letter in reply.letters]))
            except (NotFoundError, UnknownAreaError, TooBigError, OversizeError, SigningRefusedError) as error:
                # Not retried: its subject is gone, or it can never be sent.
                log.error("%s of %s is dropped: %s", message.kind, message.subject_id, error)  # noqa: TRY400 - no bug of ours
                posted.append(_PostedRow(message, Reply([]), []))
            except ContentAwayError as error:
                # Deferred alone: the others need no content.
                log.warning("outbox.deferred %s of %s: no content", message.kind, message.subject_id)
                posted.append(_PostedRow(message, Reply([]), [_failed(error)]))
            except LinkError:
                break
        return posted

    def _settle(self, posted: Sequence[_PostedRow]) -> int:
        """Mark confirmed rows as sent. Refused ones are deferred; the next connection sends those that were lost."""
        now = self._context.now()
        sent: list[_PostedRow] = []
        refused: list[_PostedRow] = []
        for one in posted:
            (sent if all(map(_is_confirmed, one.confirmed)) else refused).append(one)
        if not self._link.is_ready:
            refused = []
        if not sent and not refused:
            return 0
        rows = [row for one in sent for row in one.message.ids]
        with self._context.uow() as unit:
            unit.outbox.mark_sent(rows, now)
            for one in sent:
                one.reply.note_sent(unit, now)
            for one in refused:
                unit.outbox.defer(one.message.ids, "not confirmed by the broker, or no content", now)
            unit.commit()
        return len(rows)


def _failed(error: Exception) -> Future[None]:
    failed: Future[None] = Future()
    failed.set_exception(error)
    return failed


def _is_confirmed(confirmed: Future[None]) -> bool:
    return confirmed.done() and confirmed.exception() is None
