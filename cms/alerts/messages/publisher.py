"""Alert publisher: a sender thread of its own for alerts, which never waits behind a plan being computed.

::

    commit ──► notifier ──► publisher ──► a/{area}/alert     at once
                                │
                                ├─────► d/{id}/cmd         after 5 s and 20 s, to those who have not answered
                                └─────► d/{id}/cmd         at sync (see ``reconciling``), until it ends

The sender only reads and publishes, so that no order waits for the broker or for the database's lock: confirmations
are awaited and stored on a second thread. Of many orders the most urgent go first, and speech after all commands.

If it is killed, the next start sends the same bytes of all rows not marked sent; retries are counted in the store.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from broadcast.alerts.model import OrderId
from broadcast.alerts.orders import Order, Stop, StopId
from cms.alerts.messages.alerts import END_LASTS, AlertMessages, cleared, still_first
from cms.alerts.messages.orders_now import OrdersNow
from cms.alerts.messages.sync import AlertRetries
from cms.alerts.queries.timings import published_event
from cms.alerts.repository.orders import Orders
from cms.alerts.repository.unknown_orders import UnknownEnd, UnknownOrders
from cms.platform.context import Context
from cms.platform.gateway.messages import OutgoingMessage
from cms.platform.gateway.outbox_dispatcher import BrokerLink, post
from cms.platform.gateway.outbox_handlers import OutboxSender, kinds_of, whole
from cms.platform.gateway.outbox_notifier import OutboxNotifier
from cms.platform.process.commit_bell import CommitBell
from cms.platform.process.loops import until_turn_s
from cms.platform.store.engine import reading
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.outbox import Outbox, OutboxMessage
from cms.platform.store.pending_look import outbox_look
from devices.errors import LinkError, TooBigError
from devices.model import DeviceId
from devices.protocol.errors import ProtocolError
from media.errors import MediaError
from province.areas import AreaId
from province.errors import NotFoundError
from province.events import Event

log = logging.getLogger(__name__)

AT_ONCE: Final = 500
POLL_S: Final = 0.05
"""Interval of looks while an order is on its way, or commits on other hosts wake nobody here."""
IDLE_S: Final = 0.5
"""Interval of looks for a commit whose wake-up was lost."""
FOLLOW_S: Final = 0.25
FOLLOW_IDLE_S: Final = 1.0
"""Intervals of following up: while retries are due to come, and otherwise."""
PUBACK_WAIT_S: Final = 10.0
SPEECH_WAIT_S: Final = 1.0
"""Longest wait for the broker before the next speech: while it hands 48 KiB to thousands, others' commands wait."""
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
    """Sender of the alert messages.

    ``run`` and ``follow`` are the loops of its threads; ``step`` does all that is due now; ``also`` is other work that
    must be as quick.
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
                OutboxKind.CANARY: self._canary,
            },
        )
        self._look = outbox_look(context.engine, kinds_of(OutboxSender.ALERTS))
        self._may_be_stale = threading.Event()
        self._posted: deque[_PostedAlert] = deque()
        self._in_flight: set[int] = set()
        self._has_posted = threading.Event()
        self._speech: deque[tuple[OrderId, Iterator[OutgoingMessage]]] = deque()
        self._expire_at_s = 0.0
        self._retry_at_s = 0.0

    def connected(self) -> None:
        """Clear what a broker may still retain of ended orders. Called at each connection, from any thread."""
        self._may_be_stale.set()

    def run(
        self, bell: OutboxNotifier, stopping: threading.Event, wake_others: Callable[[], object], commits: CommitBell
    ) -> None:
        """Run ``publish`` until stopped: at each wake-up, and now and then. Others are woken after it.

        It looks for commits for them as well, as each thread that wakes for that by itself costs as much as this one:
        at the turn after a wake-up, when the alert is on its way.
        """
        look_at_s = 0.0
        while not stopping.is_set():
            has_rung = bell.wait(self._pause_s())
            if has_rung:
                self._retry_at_s = 0.0
                self._look.ask_again()
            try:
                self.publish()
                if not has_rung or time.monotonic() >= look_at_s:
                    commits.look()
                    look_at_s = time.monotonic() + IDLE_S
            except Exception:
                log.exception("the alert publisher failed; retry in %.1f s", RETRY_S)
                stopping.wait(RETRY_S)
            if has_rung:
                wake_others()

    def _pause_s(self) -> float:
        """Return the longest wait for the next wake-up."""
        is_idle = self._link.is_ready and not self._in_flight and time.monotonic() >= self._retry_at_s
        return until_turn_s(IDLE_S) if is_idle and not self._context.has_hosts else POLL_S

    def wake_follower(self) -> None:
        """Have ``follow`` look now; from any thread."""
        self._has_posted.set()

    def follow(self, stopping: threading.Event) -> None:
        """Run ``follow_up`` until stopped: after each publish, when it is woken, and now and then."""
        while not stopping.is_set():
            try:
                self.follow_up()
            except Exception:
                log.exception("alerts are not followed up; retry in %.1f s", RETRY_S)
                stopping.wait(RETRY_S)
            if not self._speech:
                self._has_posted.wait(FOLLOW_S if self._waves.are_due_to_come else until_turn_s(FOLLOW_IDLE_S))

    def step(self) -> int:
        """Do all that is due now; return the number of rows settled."""
        settled = self.send()
        self.follow_up()
        return settled

    def send(self) -> int:
        """Publish all that is due, settle it, and publish its speech; return the number of rows settled."""
        self.publish()
        settled = self._settle()
        while self._speech:
            self._post_speech()
        return settled

    def publish(self) -> None:
        """Publish every order, end and stop that is due, the most urgent first."""
        if not self._link.is_ready or time.monotonic() < self._retry_at_s or not self._look.may_be_due():
            return
        in_flight = frozenset(self._in_flight)  # before the snapshot, in which a row settled meanwhile is still due
        with reading(self._context.engine) as session:
            now = self._context.now()
            rows = Outbox(session).take(now, AT_ONCE, kinds_of(OutboxSender.ALERTS))
            due = [row for row in rows if in_flight.isdisjoint(row.ids)]
            if not due:
                return
            orders = OrdersNow(session)
            for row in sorted(due, key=orders.urgency_of):
                self._in_flight.update(row.ids)
                try:
                    self._posted.append(self._post(row, orders, now))
                except BaseException:
                    self._in_flight.difference_update(row.ids)
                    raise
        self._has_posted.set()

    def follow_up(self) -> None:
        """Settle published rows, publish one speech, and run retries and expiry: all that may wait for the database."""
        self._settle()
        if self._speech:
            self._post_speech()
        if self._may_be_stale.is_set() and self._link.is_ready:
            self._clear_ended()
        now_s = time.monotonic()
        if now_s >= self._expire_at_s:
            self._expire_at_s = now_s + EXPIRE_EVERY_S
            self._expire_due(self._context.now())
        self._waves.step()
        self._also()

    def _clear_ended(self) -> None:
        """Clear the retained messages of the orders that ended before their time. Raises LinkError."""
        self._may_be_stale.clear()
        now = self._context.now()
        with reading(self._context.engine) as session:
            orders = Orders(session)
            ended = [order for order in orders.ended_since(now - END_LASTS) if now < order.expires_at]
            letters = [letter for order in ended for letter in cleared(order, orders.open())]
        for letter in letters:
            post(self._link, letter)

    def _post(self, message: OutboxMessage, orders: OrdersNow, now: datetime) -> _PostedAlert:
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

    def _order(self, posted: _PostedAlert, orders: OrdersNow, now: datetime) -> Iterable[OutgoingMessage]:
        order = orders.get(posted.message.subject_id)
        if not order.may_be_sent(now):
            return []
        posted.order = order
        kept = still_first(order, orders.open)  # the newest is retained, and is not always sent last
        return [replace(letter, retain=letter.topic in kept) for letter in self._letters.order(order, now)]

    def _end(self, posted: _PostedAlert, orders: OrdersNow, now: datetime) -> Iterable[OutgoingMessage]:
        order = orders.get(posted.message.subject_id)
        if order.ended_at is None and order.part_ends:
            return self._part_ended(order, orders.open, now)
        return self._ended(order, orders, now)

    def _stop(self, posted: _PostedAlert, orders: OrdersNow, now: datetime) -> Iterable[OutgoingMessage]:
        return self._stopped(orders.all.stop(StopId(posted.message.subject_id)), orders, now)

    def _unknown_end(self, posted: _PostedAlert, _orders: OrdersNow, now: datetime) -> Iterable[OutgoingMessage]:
        ends = self._unknown_ends(posted.message.subject_id)
        return [letter for end in ends for letter in self._letters.unknown_end(end, now)]

    def _canary(self, posted: _PostedAlert, _orders: OrdersNow, now: datetime) -> Iterable[OutgoingMessage]:
        return self._letters.canary(posted.message.subject_id, now)

    def _ended(self, order: Order, orders: OrdersNow, now: datetime) -> Iterator[OutgoingMessage]:
        ended_at = order.ended_at or min(now, order.expires_at)
        yield from self._letters.end(order, ended_at, now)
        for device_id in self._outside(order.id, order.audience.targets.areas, orders):
            yield self._letters.end_at(order, ended_at, device_id, now)
        yield from cleared(order, orders.open)

    def _stopped(self, stop: Stop, orders: OrdersNow, now: datetime) -> Iterator[OutgoingMessage]:
        yield from self._letters.stop(stop, now)
        if stop.lifts is not None:
            for device_id in self._outside(stop.lifts, stop.areas, orders):
                yield self._letters.lift_at(stop, device_id, now)

    def _part_ended(self, order: Order, others: Sequence[Order], now: datetime) -> Sequence[OutgoingMessage]:
        """Build the partial ends, and the retained messages that still cover the other areas."""
        gone = {area_id for end in order.part_ends for area_id in end.areas}
        kept = still_first(order, others)
        sent = self._letters.order(order, now) if order.may_be_sent(now) else ()
        again = [letter for letter in sent if letter.topic in kept]
        return [*self._letters.part_ends(order, now), *cleared(order, others, gone), *again]

    def _outside(self, name: str, areas: Sequence[AreaId], orders: OrdersNow) -> Sequence[DeviceId]:
        """Return devices that were sent it and have moved out of these areas: the areas' topics do not reach them."""
        below = {area.id for area_id in areas if area_id in orders.tree for area in orders.tree.subtree(area_id)}
        return orders.all.outside(name, below)

    def _unknown_ends(self, order_id: str) -> Sequence[UnknownEnd]:
        with reading(self._context.engine) as session:
            return UnknownOrders(session).ends_of(order_id)

    def _settle(self) -> int:
        """Mark confirmed rows as sent. The rest is retried soon: an alert is never delayed by a growing back-off."""
        self._has_posted.clear()
        posted = [self._posted.popleft() for _ in range(len(self._posted))]
        wait([confirmed for one in posted for confirmed in one.confirmed], PUBACK_WAIT_S)
        now = self._context.now()
        sent = [one for one in posted if all(_is_confirmed(each) for each in one.confirmed)]
        if len(sent) < len(posted):
            self._retry_at_s = time.monotonic() + RETRY_S
        try:
            self._mark(sent, now)
        except Exception:
            self._posted.extendleft(reversed(posted))  # published: only the mark is missing
            raise
        self._in_flight.difference_update(row for one in posted for row in one.message.ids)
        for one in sent:
            if one.order is not None:
                self._waves.begin(one.order, now)
                self._speech.append((one.order.id, iter(self._letters.speech(one.order, now, self._read))))
        return len(sent)

    def _mark(self, sent: Sequence[_PostedAlert], now: datetime) -> None:
        if not sent:
            return
        with self._context.uow().urgent() as unit:
            unit.outbox.mark_sent([row for one in sent for row in one.message.ids], now)
            for one in sent:
                if one.order is not None and not one.refusal:
                    unit.record(published_event(one.order, one.steps, now))
                if one.refusal:
                    detail: dict[str, object] = {"kind": one.message.kind.value, "code": one.refusal}
                    unit.record(Event("alert.not_sent", one.message.subject_id, now, "gateway", "gateway", detail))
            unit.commit()

    def _post_speech(self) -> None:
        """Publish the next speech, one at a time, while the siren sounds. A device that misses it fetches it."""
        order_id, letters = self._speech[0]
        try:
            with reading(self._context.engine) as session:
                is_wanted = Orders(session).get(order_id).may_be_sent(self._context.now())
            letter = next(letters, None) if is_wanted else None
            if letter is not None:
                wait([post(self._link, letter)], SPEECH_WAIT_S)
                return
        except (LinkError, MediaError, OSError) as error:
            log.warning("the speech of %s was not published, devices fetch it: %s", order_id, error)
        self._speech.popleft()

    def _read(self, sha256: str) -> bytes:
        return self._context.content.read_bytes(sha256)


def _is_confirmed(confirmed: Future[None]) -> bool:
    return confirmed.done() and confirmed.exception() is None
