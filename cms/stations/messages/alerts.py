"""CAP documents for stations: the messages, by what the store holds at the moment of sending.

::

    order ──► document ──► outbox ──► d/{station}/cap/{document}     retained until it expires or is replaced
    end   ──► document ──► outbox ──► d/{station}/cap/{document}     retained until what it ends would have expired

A station gets every document whose areas touch its own, or those of a document that it replaces. If an alert
ends in a part, the document that ended it replaces it for the stations that lie wholly in that part. The bytes are the
same each time, so that sending one twice, or again at sync, does no harm.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy.orm import Session

from broadcast.alerts.model import Alert, AlertStatus, OrderId, Purpose
from broadcast.alerts.orders import Order
from broadcast.bulletins.targeting import reached
from cms.alerts.repository.alerts import Alerts
from cms.alerts.repository.orders import Orders
from cms.alerts.service.declaration_rights import HOURS_MAX
from cms.alerts.service.order_commands import jws_size
from cms.areas.repository import Places
from cms.exchange.model import CapDocument
from cms.exchange.repository.outbound import CapDocuments
from cms.fleet.repository.devices import Devices
from cms.platform.gateway.messages import OutgoingMessage, to_ms
from cms.platform.keyring import Keyring
from devices.model import Device, DeviceId, DeviceKind
from devices.protocol import codec, topics
from devices.protocol.errors import OversizeError
from devices.protocol.limits import MESSAGE_MAX_BYTES
from devices.protocol.messages import CapNotice, NoticeType
from media.ports import ContentStore
from province.areas import AreaId, AreaTree

_LINE_MAX: Final = 100
"""Limit for an alert that is updated very often: its first documents have long expired."""
_LAST_WORDS: Final = frozenset({AlertStatus.ACTIVE, AlertStatus.EXPIRED})
_LONGEST: Final = timedelta(hours=HOURS_MAX)
_TYPES: Final = {
    Purpose.WARNING: NoticeType.ALERT,
    Purpose.UPDATE: NoticeType.UPDATE,
    Purpose.ALL_CLEAR: NoticeType.ALL_CLEAR,
}


@dataclass(frozen=True, slots=True)
class _DueDocument:
    """Document with everything that decides whether it is sent.

    ``line``: the orders before it, newest first, and for one station those that ended with it in all its places.
    """

    document: CapDocument
    order: Order
    alert: Alert
    line: tuple[Order, ...]

    @property
    def replaces(self) -> tuple[OrderId, ...]:
        before = tuple(each.id for each in self.line)
        return (self.order.id, *before) if self.document.is_end else before

    @property
    def keep_at(self) -> datetime:
        """Return the instant from which no station can still hold a document that it replaces."""
        return max(each.expires_at for each in (self.order, *self.line))

    def may_be_told(self, now: datetime) -> bool:
        """Return whether to send it: by authority, expiry and order. One that replaces others outlasts its own end."""
        if self.document.error or now >= self.keep_at:
            return False
        if self.document.is_end:
            return self.alert.status is AlertStatus.CANCELLED and self.order.ended_at is not None
        is_last_word = self.alert.order_id == self.order.id and self.alert.status in _LAST_WORDS
        return is_last_word and (self.order.is_in_force(now) or bool(self.line))


class StationPublisher:
    """Publisher of CAP documents over one session, which sees one moment."""

    def __init__(self, session: Session, keyring: Keyring, content: ContentStore) -> None:
        self._documents = CapDocuments(session)
        self._orders = Orders(session)
        self._alerts = Alerts(session)
        self._places = Places(session)
        self._devices = Devices(session, self._places)
        self._keyring = keyring
        self._content = content

    def letters(self, document_id: str, now: datetime) -> Sequence[OutgoingMessage]:
        """Build the messages for every station it concerns: a notice if still valid, and the replaced ones cleared.

        Raises:
            NotFoundError: no such document.
        """
        document = self._told(self._documents.get(document_id))
        tree, recent = self._places.tree(), self._recent(now)
        found: list[OutgoingMessage] = []
        for station in self._devices.of_kind(DeviceKind.STATION):
            told = _at(document, station, tree, recent.values())
            if not _concerns(told, station, tree):
                continue
            if told.may_be_told(now):
                found.append(self._notice(told, station, now))
            found += [
                OutgoingMessage(_topic(station, order_id, is_drill=told.order.is_drill), b"", retain=True)
                for order_id in told.replaces
            ]
        return found

    def of_receiver(self, device_id: DeviceId, now: datetime) -> Sequence[OutgoingMessage]:
        """Build every message that may be retained for this device: the notice if it is targeted, else an empty one.

        Raises:
            NotFoundError: no such device.
        """
        station, tree = self._devices.get(device_id), self._places.tree()
        is_served, recent = station.retired_at is None, self._documents.recent(now - _LONGEST)
        orders = {order.id: order for _, order in recent}
        found: list[OutgoingMessage] = []
        for document, order in recent:
            told = _at(self._told(document), station, tree, orders.values())
            if is_served and told.may_be_told(now) and _concerns(told, station, tree):
                found.append(self._notice(told, station, now))
            else:
                found.append(OutgoingMessage(_topic(station, document.id, is_drill=order.is_drill), b"", retain=True))
        return found

    def missed(self, station: Device, now: datetime) -> Sequence[OutgoingMessage]:
        """Build the notices for a station that has just reconnected: everything valid for it, ends first."""
        tree = self._places.tree()
        recent = self._documents.recent(now - _LONGEST)
        orders = {order.id: order for _, order in recent}
        all_told = [_at(self._told(document), station, tree, orders.values()) for document, _ in recent]
        valid = [told for told in all_told if now < told.order.expires_at or told.line]
        mine = [told for told in valid if told.may_be_told(now) and _concerns(told, station, tree)]
        return [self._notice(told, station, now) for told in sorted(mine, key=lambda told: not told.document.is_end)]

    def _recent(self, now: datetime) -> dict[OrderId, Order]:
        return {order.id: order for _, order in self._documents.recent(now - _LONGEST)}

    def _told(self, document: CapDocument) -> _DueDocument:
        order = self._orders.get(document.order_id)
        return _DueDocument(document, order, self._alerts.get(document.alert_id), self._line(order))

    def _line(self, order: Order) -> tuple[Order, ...]:
        found: dict[OrderId, Order] = {}
        ahead = list(order.replaces)
        while ahead and len(found) < _LINE_MAX:
            before = self._orders.get(ahead.pop())
            found[before.id] = before
            ahead += [each for each in before.replaces if each not in found]
        return tuple(found.values())

    def _notice(self, told: _DueDocument, station: Device, now: datetime) -> OutgoingMessage:
        document, order = told.document, told.order
        text = self._content.read_bytes(document.sha256)
        notice = CapNotice(
            v=codec.VERSION,
            device=station.id,
            document=document.id,
            alert=document.alert_id,
            type=NoticeType.CANCEL if document.is_end else _TYPES[order.purpose],
            iat=to_ms(document.made_at),
            exp=to_ms(order.expires_at),
            sha256=document.sha256,
            bytes=len(text),
            level=int(order.level),
            drill=order.is_drill,
            replaces=list(told.replaces),
            keep=to_ms(told.keep_at) if told.replaces else 0,
            head=document.headline[:300],
        )
        payload = self._signed(_fitting(notice, text.decode()))
        expiry_s = max(1, int((told.keep_at - now).total_seconds()))
        topic = _topic(station, document.id, is_drill=order.is_drill)
        return OutgoingMessage(topic, payload, retain=True, expiry_s=expiry_s)

    def _signed(self, notice: CapNotice) -> bytes:
        return self._keyring.sign_drill(notice) if notice.drill else self._keyring.sign_alert(notice)


def _fitting(notice: CapNotice, text: str) -> CapNotice:
    """Return the notice with the document if both fit one signed message, else without: it is fetched by hash."""
    whole = msgspec.structs.replace(notice, cap=text)
    try:
        size = len(codec.encode(whole))
    except OversizeError:
        return notice
    return whole if jws_size(size) <= MESSAGE_MAX_BYTES else notice


def _concerns(told: _DueDocument, station: Device, tree: AreaTree) -> bool:
    """Return whether any place at or below the station's area is targeted, now or by a replaced order."""
    below = [area.id for area in tree.subtree(station.area_id)]
    audiences = (told.alert.audience, *(order.audience for order in told.line))
    return any(reached(audience.targets, tree, below) for audience in audiences)


def _at(told: _DueDocument, station: Device, tree: AreaTree, orders: Iterable[Order]) -> _DueDocument:
    """Return the document for this station: with the orders that ended, with it, in every place of the station's."""
    below = [area.id for area in tree.subtree(station.area_id)]
    known = {each.id for each in (told.order, *told.line)}
    instants = {each.issued_at for each in (told.order, *told.line)}
    also = [
        each
        for each in orders
        if each.id not in known
        and each.kind is told.order.kind
        and any(_ended_here(each, at, tree, below) for at in instants)
    ]
    return replace(told, line=(*told.line, *also)) if also else told


def _ended_here(order: Order, at: datetime, tree: AreaTree, below: Sequence[AreaId]) -> bool:
    """Return whether it targeted one of these places, and since that very instant targets none of them."""
    is_whole = order.ended_at == at
    if not is_whole and all(end.at != at for end in order.part_ends):
        return False
    gone = [area_id for end in order.part_ends if end.at <= at for area_id in end.areas]
    left = not is_whole and reached(order.audience.without(gone).targets, tree, below)
    return bool(reached(order.audience.targets, tree, below)) and not left


def _topic(station: Device, document_id: str, *, is_drill: bool) -> str:
    return topics.device_drill(station.id, document_id) if is_drill else topics.device_cap(station.id, document_id)
