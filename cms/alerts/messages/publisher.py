"""Alert publisher: a sender thread of its own for alerts, which never waits behind a plan being computed.

::

    commit ──► notifier ──► publisher ──► a/{area}/alert     at once
                                │
                                ├─────► d/{id}/cmd         after 5 s and 20 s, to those who have not answered
                                └─────► d/{id}/cmd         at sync (see ``reconciling``), until it ends

If it is killed, the next start sends the same bytes of all rows not marked sent; retries are counted in the store.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from broadcast.alerts.model import OrderId
from broadcast.alerts.orders import Order, Stop, StopId
from cms.alerts.messages.alerts import AlertMessages, cleared, still_first
from cms.alerts.messages.sync import AlertRetries
from cms.alerts.queries.timings import published_event
from cms.alerts.repository.orders import Orders
from cms.alerts.repository.unknown_orders import UnknownEnd, UnknownOrders
from cms.areas.repository import Places
from cms.platform.context import Context
from cms.platform.gateway.messages import OutgoingMessage
from cms.platform.gateway.outbox_dispatcher import BrokerLink, post
from cms.platform.gateway.outbox_handlers import OutboxSender, kinds_of, whole
from cms.platform.gateway.outbox_notifier import OutboxNotifier
from cms.platform.store.engine import reading
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.outbox import Outbox, OutboxMessage
from devices.errors import LinkError, TooBigError
from devices.model import DeviceId
from devices.protocol.errors import ProtocolError
from media.errors import MediaError
from province.areas import AreaId
from province.errors import NotFoundError
from province.events import Event

log = logging.getLogger(__name__)

AT_ONCE: Final = 20
POLL_S: Final = 0.25
"""Interval of looks that no wake-up asked for."""
QUICK_POLL_S: Final = 0.05
QUICK_FOR_S: Final = 600.0
"""Time of quick looks after a row that no wake-up announced: its process may be on another machine."""
PUBACK_WAIT_S: Final = 10.0
EXPIRE_EVERY_S: Final = 1.0
RETRY_S: Final = 0.5

ExpireDue = Callable[[datetime], object]
"""Store the end of every order that has expired, in a transaction of its own."""


@dataclass(slots=True)
class _PostedAlert:
    message: OutboxMessage
    steps: dict[str, datetime]
    confirmed: list[Future[None]] = field(default_factory=list)
    order: Order | None = None
    refusal: str = ""


class AlertPublisher:
    """Sender thread of the alert messages.

    ``run`` is the thread's loop; ``step`` does all that is due now; ``also`` is other work that must be as quick.
    """

    def __init__(
        self,
        context: Context,
        link: BrokerLink,
        letters: AlertMessages,
        expire_due: ExpireDue,
        also: Callable[[], object] = lambda: None,
    ) -> None:
        self._context = context
        self._link = link
        self._letters = letters
        self._expire_due = expire_due
        self._also = also
        self._waves = AlertRetries(context, link, letters)
        # Each builds the messages by what the store holds now: an order that has ended or expired is not sent.
        # Messages for the most devices come first, and are published before the store is read for the others.
        self._handlers = whole(
            OutboxSender.ALERTS,
            {
                OutboxKind.ALERT: self._order,
                OutboxKind.ALERT_END: self._end,
                OutboxKind.STOP: self._stop,
                OutboxKind.UNKNOWN_END: self._unknown_end,
            },
        )
        self._expire_at_s = 0.0
        self._retry_at_s = 0.0

    def run(self, bell: OutboxNotifier, stopping: threading.Event, wake_others: Callable[[], object]) -> None:
        """Run ``step`` until stopped: at each wake-up, and at least once per ``POLL_S``."""
        is_woken, quick_until_s = True, 0.0
        while not stopping.is_set():
            try:
                if self.step() and not is_woken:
                    quick_until_s = time.monotonic() + QUICK_FOR_S
            except Exception:
                log.exception("the alert publisher failed; retry in %.1f s", RETRY_S)
                stopping.wait(RETRY_S)
            is_woken = bell.wait(QUICK_POLL_S if time.monotonic() < quick_until_s else POLL_S)
            if is_woken:
                self._retry_at_s = 0.0
                wake_others()

    def step(self) -> int:
        """Publish due rows, then run the alert retries and expiry; return the number of rows settled."""
        settled = self.send()
        now_s = time.monotonic()
        if now_s >= self._expire_at_s:
            self._expire_at_s = now_s + EXPIRE_EVERY_S
            self._expire_due(self._context.now())
        self._waves.step()
        self._also()
        return settled

    def send(self) -> int:
        """Publish every order, end and stop that is due, and mark as sent those that the broker has confirmed."""
        if not self._link.is_ready or time.monotonic() < self._retry_at_s:
            return 0
        with reading(self._context.engine) as session:
            now = self._context.now()
            due = Outbox(session).take(now, AT_ONCE, kinds_of(OutboxSender.ALERTS))
            if not due:
                return 0
            orders = Orders(session)
            posted = [self._post(message, orders, now) for message in due]
        wait([confirmed for one in posted for confirmed in one.confirmed], PUBACK_WAIT_S)
        settled = self._settle(posted)
        for one in posted:
            if one.order is not None:
                self._post_speech(one.order)
        return settled

    def _post(self, message: OutboxMessage, orders: Orders, now: datetime) -> _PostedAlert:
        posted = _PostedAlert(message, {"queued_at": message.created_at, "taken_at": now})
        try:
            for letter in self._handlers[message.kind](posted, orders, now):
                posted.confirmed.append(post(self._link, letter))
            posted.steps["built_at"] = self._context.now()
            if posted.confirmed:
                waited_ms = (posted.steps["built_at"] - message.created_at) / timedelta(milliseconds=1)
                log.info("%s of %s published %.0f ms after it was queued", message.kind, message.subject_id, waited_ms)
        except (NotFoundError, ProtocolError, TooBigError) as error:
            # Not retried: the subject is gone, or the message can never be sent. The approver has to know.
            log.error("%s of %s is dropped: %s", message.kind, message.subject_id, error)  # noqa: TRY400 - no bug of ours
            posted.refusal = str(error.code)
        except LinkError as error:
            lost: Future[None] = Future()
            lost.set_exception(error)
            posted.confirmed.append(lost)
        return posted

    def _order(self, posted: _PostedAlert, orders: Orders, now: datetime) -> Iterable[OutgoingMessage]:
        order = orders.get(OrderId(posted.message.subject_id))
        if not order.may_be_sent(now):
            return []
        posted.order = order
        return self._letters.order(order, now)

    def _end(self, posted: _PostedAlert, orders: Orders, now: datetime) -> Iterable[OutgoingMessage]:
        order = orders.get(OrderId(posted.message.subject_id))
        if order.ended_at is None and order.part_ends:
            return self._part_ended(order, orders.open(), now)
        return self._ended(order, orders, now)

    def _stop(self, posted: _PostedAlert, orders: Orders, now: datetime) -> Iterable[OutgoingMessage]:
        return self._stopped(orders.stop(StopId(posted.message.subject_id)), now)

    def _unknown_end(self, posted: _PostedAlert, _orders: Orders, now: datetime) -> Iterable[OutgoingMessage]:
        ends = self._unknown_ends(posted.message.subject_id)
        return [letter for end in ends for letter in self._letters.unknown_end(end, now)]

    def _ended(self, order: Order, orders: Orders, now: datetime) -> Iterator[OutgoingMessage]:
        ended_at = order.ended_at or min(now, order.expires_at)
        yield from self._letters.end(order, ended_at, now)
        for device_id in self._outside(order.id, order.audience.targets.areas):
            yield self._letters.end_at(order, ended_at, device_id, now)
        yield from cleared(order, orders.open())

    def _stopped(self, stop: Stop, now: datetime) -> Iterator[OutgoingMessage]:
        yield from self._letters.stop(stop, now)
        if stop.lifts is not None:
            for device_id in self._outside(stop.lifts, stop.areas):
                yield self._letters.lift_at(stop, device_id, now)

    def _part_ended(self, order: Order, others: Sequence[Order], now: datetime) -> Sequence[OutgoingMessage]:
        """Build the partial ends, and the retained messages that still cover the other areas."""
        gone = {area_id for end in order.part_ends for area_id in end.areas}
        kept = still_first(order, others)
        again = [letter for letter in self._letters.order(order, now) if letter.topic in kept]
        return [*self._letters.part_ends(order, now), *cleared(order, others, gone), *again]

    def _outside(self, name: str, areas: Sequence[AreaId]) -> Sequence[DeviceId]:
        """Return devices that were sent it and have moved out of these areas: the areas' topics do not reach them."""
        with reading(self._context.engine) as session:
            tree = Places(session).tree()
            below = {area.id for area_id in areas if area_id in tree for area in tree.subtree(area_id)}
            return Orders(session).outside(name, below)

    def _unknown_ends(self, order_id: str) -> Sequence[UnknownEnd]:
        with reading(self._context.engine) as session:
            return UnknownOrders(session).ends_of(order_id)

    def _settle(self, posted: Sequence[_PostedAlert]) -> int:
        """Mark confirmed rows as sent. The rest is retried soon: an alert is never delayed by a growing back-off."""
        now = self._context.now()
        sent = [one for one in posted if all(_is_confirmed(each) for each in one.confirmed)]
        if len(sent) < len(posted):
            self._retry_at_s = time.monotonic() + RETRY_S
        if not sent:
            return 0
        with self._context.uow() as unit:
            unit.outbox.mark_sent([row for one in sent for row in one.message.ids], now)
            for one in sent:
                if one.order is not None and not one.refusal:
                    unit.record(published_event(one.order, one.steps, now))
                if one.refusal:
                    detail: dict[str, object] = {"kind": one.message.kind.value, "code": one.refusal}
                    unit.record(Event("alert.not_sent", one.message.subject_id, now, "gateway", "gateway", detail))
            unit.commit()
        for one in sent:
            if one.order is not None:
                self._waves.begin(one.order, now)
        return len(sent)

    def _post_speech(self, order: Order) -> None:
        """Publish the speech after the command, while the siren sounds. A device that misses it fetches it."""
        try:
            for letter in self._letters.speech(order, self._context.now(), self._read):
                post(self._link, letter)
        except (LinkError, MediaError, OSError) as error:
            log.warning("the speech of %s was not published, devices fetch it: %s", order.id, error)

    def _read(self, sha256: str) -> bytes:
        return self._context.content.read_bytes(sha256)


def _is_confirmed(confirmed: Future[None]) -> bool:
    return confirmed.done() and confirmed.exception() is None
