"""CAP exchange for the screens: received messages, open questions, feeds in trouble."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from broadcast.alerts.cap.verdict import CapVerdict
from broadcast.alerts.lifecycle import OPEN
from broadcast.alerts.model import AlertId, AlertStatus
from cms.alerts.tables import AlertRow
from cms.audit.queries import events_of
from cms.exchange.model import CapFeed, ExchangeOutcome, FeedTrouble, ReceivedCap
from cms.exchange.repository.feeds import CapFeeds
from cms.exchange.tables import CapMessageRow
from cms.fleet.tables import DeviceRow
from cms.platform.store.paging import ResultPage, cursor_at, page_by_time, page_of
from cms.platform.store.rows import value_of
from cms.platform.store.tables import EventRow
from devices.model import DeviceId
from devices.protocol.messages import Code
from province.areas import AreaId

OPEN_MOST: Final = 200
BROKER_SUBJECT: Final = "cap_mqtt"
"""Subject of the events of the link to a warning centre's broker: there is one."""
_UNTAKEN: Final = (ExchangeOutcome.REFUSED, ExchangeOutcome.FAILED)
_CODES: Final = frozenset({Code.FOREIGN_INPUT.value, Code.FOREIGN_OUTPUT.value})
_EVENTS_READ: Final = 500
_FOREIGN = (
    select(EventRow.at, EventRow.detail, DeviceRow.id, DeviceRow.name, DeviceRow.area_id)
    .join(DeviceRow, DeviceRow.id == EventRow.subject_id)
    .where(EventRow.name == "device.security", EventRow.at >= bindparam("since"))
    .where(EventRow.detail.contains("FOREIGN_", autoescape=True))
    .order_by(EventRow.seq.desc())
    .limit(_EVENTS_READ)
)
"""Query of the health watch and of every page about devices, built once."""


@dataclass(frozen=True, slots=True)
class Question:
    """Message for a person to decide about, and the alert it asks to end or was drafted as."""

    message: ReceivedCap
    alert_id: AlertId
    headline: str


def cap_list(
    session: Session, verdicts: Collection[CapVerdict] = (), *, after: str = "", limit: int = 50
) -> ResultPage[ReceivedCap]:
    """List messages, received last first; ``verdicts`` empty: all."""
    query = select(CapMessageRow)
    if verdicts:
        query = query.where(CapMessageRow.verdict.in_(verdicts))
    found = session.scalars(page_by_time(query, CapMessageRow.received_at, CapMessageRow.id, after, limit))
    lines = [value_of(ReceivedCap, row) for row in found]
    return page_of(lines, limit, lambda line: cursor_at(line.received_at, line.id))


def cap_of_alert(session: Session, alert_id: AlertId) -> Sequence[ReceivedCap]:
    """List every message about this alert, oldest first: its origin, and requests to end it."""
    rows = session.scalars(
        select(CapMessageRow)
        .where(CapMessageRow.alert_id == alert_id)
        .order_by(CapMessageRow.received_at, CapMessageRow.id)
    )
    return [value_of(ReceivedCap, row) for row in rows]


def open_questions(session: Session) -> Sequence[Question]:
    """List the open questions, oldest first. Ending the alert answers a question, whichever way it ends."""
    rows = session.execute(
        select(CapMessageRow, AlertRow.id, AlertRow.headline)
        .join(AlertRow, AlertRow.id == CapMessageRow.alert_id)
        .where(CapMessageRow.outcome == ExchangeOutcome.ASKS, AlertRow.status.in_(OPEN))
        .order_by(CapMessageRow.received_at, CapMessageRow.id)
    )
    return [Question(value_of(ReceivedCap, row), alert_id, headline) for row, alert_id, headline in rows]


def open_drafts(session: Session) -> Sequence[Question]:
    """List drafts made from messages that were not submitted yet, oldest first."""
    rows = session.execute(
        select(CapMessageRow, AlertRow.id, AlertRow.headline)
        .join(AlertRow, AlertRow.id == CapMessageRow.alert_id)
        .where(CapMessageRow.outcome == ExchangeOutcome.DRAFTED, AlertRow.status == AlertStatus.DRAFT)
        .order_by(CapMessageRow.received_at, CapMessageRow.id)
        .limit(OPEN_MOST)
    )
    return [Question(value_of(ReceivedCap, row), alert_id, headline) for row, alert_id, headline in rows]


def open_refusals(session: Session) -> Sequence[ReceivedCap]:
    """List unusable messages of registered senders that no person has handled yet, newest first."""
    rows = session.scalars(
        select(CapMessageRow)
        .where(CapMessageRow.outcome.in_(_UNTAKEN))
        .order_by(CapMessageRow.received_at.desc(), CapMessageRow.id.desc())
        .limit(OPEN_MOST)
    )
    return [value_of(ReceivedCap, row) for row in rows]


def count_open(session: Session) -> int:
    """Count the messages that wait for a person: refused ones, requests to end an alert, and drafts to submit."""
    asks = and_(CapMessageRow.outcome == ExchangeOutcome.ASKS, AlertRow.status.in_(OPEN))
    drafted = and_(CapMessageRow.outcome == ExchangeOutcome.DRAFTED, AlertRow.status == AlertStatus.DRAFT)
    query = (
        select(func.count())
        .select_from(CapMessageRow)
        .join(AlertRow, AlertRow.id == CapMessageRow.alert_id)
        # Stated separately, so that the few open alerts are looked up first, not every message ever received.
        .where(AlertRow.status.in_(OPEN), or_(asks, drafted))
    )
    refused = select(func.count()).select_from(CapMessageRow).where(CapMessageRow.outcome.in_(_UNTAKEN))
    return (session.scalar(query) or 0) + (session.scalar(refused) or 0)


def is_broker_lost(session: Session) -> bool:
    """Return whether the link to the centre's MQTT broker was lost when something was last told of it."""
    return [each.name for each in events_of(session, BROKER_SUBJECT, 1)] == [f"{BROKER_SUBJECT}.lost"]


def feeds_in_trouble(session: Session) -> Sequence[CapFeed]:
    """List the feeds in trouble by name, as the last poll found them."""
    return [feed for feed in CapFeeds(session).all() if feed.trouble is not FeedTrouble.NONE]


@dataclass(frozen=True, slots=True)
class ForeignSound:
    """Foreign sound. ``code`` is FOREIGN_INPUT (muted) or FOREIGN_OUTPUT (heard); ``over_at`` None: it goes on."""

    device_id: DeviceId
    device_name: str
    area_id: AreaId
    code: str
    since_at: datetime
    over_at: datetime | None = None


def foreign_sounds(session: Session, areas: Collection[AreaId] | None, since_at: datetime) -> Sequence[ForeignSound]:
    """List the foreign sounds reported since then in these very areas (None: everywhere): ongoing first, then newest.

    Only the last one of each device and code.
    """
    found = session.execute(_FOREIGN, {"since": since_at}).all()
    last: dict[tuple[DeviceId, str], ForeignSound] = {}
    for at, text, device_id, name, area_id in reversed(found):
        told = msgspec.json.decode(text, type=dict[str, object])
        code, detail = str(told.get("code")), str(told.get("detail"))
        if code not in _CODES or (areas is not None and area_id not in areas):
            continue
        before = last.get((device_id, code))
        if detail == "since" or before is None:
            before = ForeignSound(device_id, name, area_id, code, at)
        last[device_id, code] = before if detail == "since" else replace(before, over_at=at)
    return sorted(last.values(), key=lambda each: (each.over_at is not None, -each.since_at.timestamp()))
