"""Events for webhooks: what happens to bulletins, airings, faults, tickets and alerts, each once for each subscriber.

Bulletins, tickets, alerts and incidents are read from the log of events; faults and airings, which it does not hold,
from their own records. No person is named.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy.orm import Session

from broadcast.alerts.model import AlertId
from broadcast.bulletins.deliveries import DeliveryState
from broadcast.bulletins.model import BulletinId
from cms.alerts.repository.alerts import Alerts
from cms.bulletins.repository.bulletins import Bulletins
from cms.exchange.model import Webhook, WebhookDelivery, WebhookKind
from cms.exchange.queries.events import faults_since
from cms.exchange.repository.outbound import WebhookRecords
from cms.notifications.queries import LoggedEvent, events_after
from cms.notifications.repository import EventCursors
from cms.platform.store.engine import reading
from cms.platform.store.uow import UowFactory
from cms.schedule.queries.airings import Airing, board
from cms.tickets.repository import TicketRecords
from devices.tickets.model import TicketId

LOG_CURSOR: Final = "webhooks"
WATCH_CURSOR: Final = "webhook_watch"
"""Cursor over faults and airings: the milliseconds since 1970 up to which they were read."""
EVENTS_MOST: Final = 200
LAGS_MOST: Final = 1000
FAULTS_MOST: Final = 2000
WATCHED_EVERY: Final = timedelta(minutes=1)
OVERLAP: Final = timedelta(minutes=5)
"""Time read again, for what is committed late; the key of a delivery keeps it from being sent twice."""
SETTLED_AFTER: Final = timedelta(minutes=2)
"""Time after its end within which connected devices have reported an airing."""
LONGEST_AIRING: Final = timedelta(hours=6)
_ALERT: Final = ("submitted", "approved", "cancelled", "expired", "all_clear_sent")
_BULLETIN: Final = ("submitted", "approved", "handed_down", "returned", "rejected", "withdrawn")
_TICKET: Final = ("opened", "taken", "finished", "dropped", "resolved")
_INCIDENT: Final = ("opened", "closed", "reopened")
LOGGED: Final[Mapping[str, WebhookKind]] = {
    **{f"bulletin.{each}": WebhookKind.BULLETIN for each in _BULLETIN},
    **{f"alert.{each}": WebhookKind.ALERT for each in _ALERT},
    **{f"ticket.{each}": WebhookKind.TICKET for each in _TICKET},
    **{f"incident.{each}": WebhookKind.FAULT for each in _INCIDENT},
}
TYPES: Final = (*LOGGED, "fault.opened", "fault.closed", "airing.played", "airing.missed")
"""Every type of event that a subscriber may get."""


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """Event as subscribers get it. ``key``: the same for the same event. ``path``: of the subject in the API."""

    key: str
    kind: WebhookKind
    type: str
    at: datetime
    path: str
    data: Mapping[str, Any]
    is_drill: bool = False

    @property
    def body(self) -> str:
        """Return the JSON that is sent."""
        said = {"id": self.key, "type": self.type, "at": self.at, "url": f"/api/v1{self.path}", "data": self.data}
        return msgspec.json.encode(said).decode()


@dataclass
class WebhookEventWriter:
    """Writer of deliveries. One process at a time; where two run, the cursor lets one of them write."""

    uow: UowFactory
    now: Callable[[], datetime]
    new_id: Callable[[], str]

    def step(self) -> int:
        """Write the deliveries of what happened since the last step; return their number."""
        now = self.now()
        with reading(self.uow.engine) as session:
            hooks = [each for each in WebhookRecords(session).all() if set(each.kinds) - {WebhookKind.CAP}]
            cursors = EventCursors(session)
            logged, watched = cursors.at(LOG_CURSOR), _instant(cursors.at(WATCH_CURSOR))
            rows, until = events_after(session, logged, LOGGED if hooks else (), EVENTS_MOST)
            is_watched = bool(hooks) and now - watched >= WATCHED_EVERY
            found = [*_logged(session, rows), *(_watched(session, watched, now) if is_watched else ())] if hooks else []
        deliveries = [each for event in found for each in self._deliveries(event, hooks, now)]
        if not (deliveries or is_watched or until - logged > LAGS_MOST):
            return 0
        with self.uow() as unit:
            if not unit[EventCursors].move(LOG_CURSOR, logged, until):
                return 0
            if is_watched:
                unit[EventCursors].move(WATCH_CURSOR, _milliseconds(watched), _milliseconds(now))
            unit[WebhookRecords].deliver_once(deliveries)
            unit.commit()
        return len(deliveries)

    def _deliveries(self, event: WebhookEvent, hooks: Sequence[Webhook], now: datetime) -> Iterator[WebhookDelivery]:
        for hook in hooks:
            # Nobody is sent what happened before it was added.
            is_wanted = event.kind in hook.kinds and event.at >= hook.added_at
            if is_wanted and (hook.wants_drills or not event.is_drill):
                yield WebhookDelivery(
                    self.new_id(), hook.id, None, 0, now, event=event.type, event_key=event.key, body=event.body
                )


def _logged(session: Session, rows: Sequence[LoggedEvent]) -> Iterator[WebhookEvent]:
    for row in rows:
        found = _SUBJECTS[row.name.partition(".")[0]](session, row)
        if found is not None:
            path, data, is_drill = found
            yield WebhookEvent(f"log-{row.seq}", LOGGED[row.name], row.name, row.at, path, data, is_drill)


_Subject = tuple[str, Mapping[str, Any], bool]


def _bulletin(session: Session, row: LoggedEvent) -> _Subject | None:
    found = Bulletins(session).find(BulletinId(row.subject_id))
    if found is None:
        return None
    data: dict[str, Any] = {"id": found.id, "title": found.title, "status": found.status, "areas": found.targets.areas}
    return f"/bulletins/{found.id}", {**data, "priority": found.priority, "version": found.version}, False


def _alert(session: Session, row: LoggedEvent) -> _Subject | None:
    found = Alerts(session).find(AlertId(row.subject_id))
    if found is None:
        return None
    data: dict[str, Any] = {"id": found.id, "headline": found.headline, "status": found.status, "level": found.level}
    data |= {"hazard": found.hazard, "is_drill": found.is_drill, "areas": found.audience.targets.areas}
    return f"/alerts/{found.id}", {**data, "expires_at": found.expires_at}, found.is_drill


def _ticket(session: Session, row: LoggedEvent) -> _Subject | None:
    found = TicketRecords(session).find(TicketId(row.subject_id))
    if found is None:
        return None
    data: dict[str, Any] = {
        "id": found.id,
        "state": found.state,
        "area_id": found.area_id,
        "device_id": found.device_id,
    }
    return f"/tickets/{found.id}", {**data, "fault": found.fault_kind, "opened_at": found.opened_at}, False


def _incident(_session: Session, row: LoggedEvent) -> _Subject:
    return f"/incidents/{row.subject_id}", {"id": row.subject_id, **row.detail}, False


_SUBJECTS: Final[Mapping[str, Callable[[Session, LoggedEvent], _Subject | None]]] = {
    "bulletin": _bulletin,
    "alert": _alert,
    "ticket": _ticket,
    "incident": _incident,
}


def _watched(session: Session, watched: datetime, now: datetime) -> Iterator[WebhookEvent]:
    """Yield faults and airings since the last look, some of them again."""
    since_at = max(watched, now - LONGEST_AIRING) - OVERLAP
    for each in faults_since(session, since_at, FAULTS_MOST):
        fault = each.fault
        data: dict[str, Any] = {
            "id": fault.id,
            "kind": fault.kind,
            "device_id": fault.device_id,
            "device_name": each.device_name,
        }
        data |= {"area_id": each.area_id, "since_at": fault.since_at}
        path = f"/devices/{fault.device_id}"
        for state, at in (("opened", fault.opened_at), ("closed", fault.closed_at)):
            if at is not None and at >= since_at:
                yield WebhookEvent(f"fault-{fault.id}-{state}", WebhookKind.FAULT, f"fault.{state}", at, path, data)
    settled_at = now - SETTLED_AFTER
    for airing in board(session, None, since_at - LONGEST_AIRING, settled_at):
        if airing.placed_areas and since_at <= airing.end_at <= settled_at:
            yield _airing(airing)


def _airing(airing: Airing) -> WebhookEvent:
    """Return the event of an airing that has ended: missed, where a device meant for it has not sounded it."""
    heard = airing.count(DeliveryState.DONE, DeliveryState.CUT, DeliveryState.STARTED)
    data: dict[str, Any] = {"id": airing.occurrence_id, "bulletin_id": airing.bulletin_id, "title": airing.title}
    data |= {"start_at": airing.start_at, "end_at": airing.end_at, "devices": airing.devices, "played": heard}
    data |= {"missed": airing.devices - heard, "cut": airing.count(DeliveryState.CUT)}
    kind = "airing.missed" if heard < airing.devices else "airing.played"
    path = f"/bulletins/{airing.bulletin_id}/deliveries"
    return WebhookEvent(f"airing-{airing.occurrence_id}", WebhookKind.AIRING, kind, airing.end_at, path, data)


def _instant(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)
