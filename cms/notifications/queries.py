"""Queries of notifications: events to work on, open bulletins, and whether a matter is settled."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.orm import Session

from broadcast.alerts.model import AlertId, AlertStatus
from broadcast.bulletins.model import BulletinId, BulletinStatus
from broadcast.inbox.model import HandedDownId, HandedDownState
from broadcast.notifications.model import Notification, NotificationChannel, NotificationKind
from broadcast.stations.model import Programme
from broadcast.user_tasks.model import OpenBulletin
from cms.accounts.repository import AccessRequests, Invitations, People, SignInTallies
from cms.accounts.service.throttle import ASKED_FROM, mark_of
from cms.alerts.repository.alerts import Alerts
from cms.alerts.tables import AlertRow
from cms.bulletins.tables.bulletins import BulletinRow
from cms.inbox.tables import HandedDownRow
from cms.notifications.tables import NotificationRow
from cms.platform.store.rows import is_any, names_of, value_of
from cms.platform.store.tables import EventRow
from cms.stations.tables import ProgrammeRow
from cms.tickets.tables import TicketRow
from devices.tickets.lifecycle import LIVING
from devices.tickets.model import TicketId
from province.people import UserId

TAKEN_ON: Final = "alert.taken_on"
"""Event of whoever decides on a waiting alert now."""
_HEAD = select(func.max(EventRow.seq))
_AFTER = (
    select(EventRow)
    .where(EventRow.seq > bindparam("seq"), EventRow.name.in_(bindparam("names", expanding=True)))
    .order_by(EventRow.seq)
    .limit(bindparam("most"))
)
_IS_OPEN = (NotificationRow.sent_at.is_(None), NotificationRow.given_up_at.is_(None))
_OPEN = select(NotificationRow.channel).where(*_IS_OPEN).where(NotificationRow.due_at <= bindparam("now")).distinct()


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """Event of the log, with its details read."""

    seq: int
    at: datetime
    name: str
    subject_id: str
    by: UserId
    by_name: str
    detail: dict[str, Any]


def events_after(session: Session, seq: int, names: Collection[str], most: int) -> tuple[Sequence[LoggedEvent], int]:
    """Return the next events of these names, and the number up to which the log is read by that."""
    head = session.scalar(_HEAD) or 0
    if head <= seq:
        return [], seq
    rows = session.scalars(_AFTER, {"seq": seq, "names": sorted(names), "most": most}).all()
    found = [
        LoggedEvent(
            row.seq, row.at, row.name, row.subject_id, UserId(row.by), row.by_name, msgspec.json.decode(row.detail)
        )
        for row in rows
    ]
    return found, found[-1].seq if len(found) == most else head


def last_event_by(session: Session, name: str, subject_id: str) -> UserId | None:
    """Return who last did this with the subject."""
    row = EventRow
    query = select(row.by).where(row.subject_id == subject_id, row.name == name).order_by(row.seq.desc()).limit(1)
    found = session.scalar(query)
    return None if found is None else UserId(found)


def taken_on(session: Session, alert_id: AlertId, since_at: datetime) -> dict[UserId, datetime]:
    """Return when each person took the alert on since then, the first time."""
    row = EventRow
    query = (
        select(row.by, row.at)
        .where(row.subject_id == alert_id, row.name == TAKEN_ON, row.at >= since_at)
        .order_by(row.seq)
    )
    found: dict[UserId, datetime] = {}
    for by, at in session.execute(query):
        found.setdefault(UserId(by), at)
    return found


def submitted_bulletins(session: Session) -> Sequence[OpenBulletin]:
    """List the bulletins that wait for approval."""
    lines = select(*(getattr(BulletinRow, name) for name in names_of(OpenBulletin)))
    rows = session.execute(lines.where(BulletinRow.status == BulletinStatus.SUBMITTED).order_by(BulletinRow.id))
    return [value_of(OpenBulletin, row) for row in rows]


def programme_of(session: Session, bulletin_id: BulletinId) -> Programme | None:
    """Return the programme made of the bulletin for stations, if there is one."""
    row = session.scalar(select(ProgrammeRow).where(ProgrammeRow.bulletin_id == bulletin_id))
    return None if row is None else value_of(Programme, row)


def open_channels(session: Session, now: datetime) -> frozenset[NotificationChannel]:
    """Return the channels on which something is due."""
    return frozenset(session.scalars(_OPEN, {"now": now}))


def is_any_waiting(session: Session) -> bool:
    """Return whether a notification is to be sent, now or later, or an alert or bulletin waits for a person."""
    is_submitted = (AlertRow.status == AlertStatus.SUBMITTED, BulletinRow.status == BulletinStatus.SUBMITTED)
    return is_any(session, and_(*_IS_OPEN), *is_submitted)


def is_settled(session: Session, notification: Notification, now: datetime) -> bool:
    """Return whether what the notification asks for is done already; one that asks for nothing is never settled."""
    subject_id = notification.event_key.split(":")[1]
    match notification.kind:
        case NotificationKind.REVIEW | NotificationKind.UNAPPROVED | NotificationKind.CHANGE:
            is_change = notification.kind is NotificationKind.CHANGE
            waits = BulletinRow.proposal.is_not(None) if is_change else BulletinRow.status == BulletinStatus.SUBMITTED
            wanted = select(BulletinRow.id).where(BulletinRow.id == BulletinId(subject_id), waits)
            is_done = session.scalar(wanted) is None
        case NotificationKind.ANSWER:
            row, asks = HandedDownRow, (HandedDownState.OFFERED, HandedDownState.COLLIDING)
            query = select(row.id).where(row.id == HandedDownId(subject_id), row.state.in_(asks))
            is_done = session.scalar(query) is None
        case NotificationKind.ALERT | NotificationKind.UNANSWERED | NotificationKind.UNSPOKEN:
            found = Alerts(session).find(AlertId(subject_id))
            is_done = found is None or found.status is not AlertStatus.SUBMITTED
        case NotificationKind.DRAFT:
            draft = Alerts(session).find(AlertId(subject_id))
            is_done = draft is None or draft.status is not AlertStatus.DRAFT
        case NotificationKind.TICKET:
            ticket = TicketRow
            going = select(ticket.id).where(ticket.id == TicketId(subject_id), ticket.state.in_(LIVING))
            is_done = session.scalar(going.where(ticket.over_at.is_(None))) is None
        case NotificationKind.ACCESS:
            request = AccessRequests(session).find(subject_id)
            is_done = request is None or request.decided_at is not None
        case NotificationKind.LOCKED:
            user = People(session).get_many([UserId(subject_id)]).get(UserId(subject_id))
            marks = SignInTallies(session).locks(now, ASKED_FROM)
            is_done = user is None or mark_of(user.login) not in marks
        case NotificationKind.INVITATION:
            invitation = Invitations(session).find(subject_id)
            is_done = invitation is not None and not invitation.is_open
        case _:
            is_done = False
    return is_done
