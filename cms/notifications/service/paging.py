"""Paging for a live alert that waits: who is called now and next, who has seen it, and who has taken it on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.model import Alert, AlertId, AlertStatus
from broadcast.notifications.model import Notification, NotificationKind, NotificationUrgency
from broadcast.user_tasks import paging
from broadcast.user_tasks.model import RightHolder
from broadcast.user_tasks.rules import by_level
from cms.alerts.repository.alerts import Alerts
from cms.areas.repository import Places
from cms.bulletins.queries import Approver, approvers
from cms.notifications.queries import TAKEN_ON, taken_on
from cms.notifications.repository import Notifications
from cms.notifications.service import news
from cms.notifications.service.news import News
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaTree
from province.call import Call
from province.errors import NotAllowedError, NotPossibleError
from province.people import Action, UserId

_UNANSWERED: Final = "unanswered"


@dataclass(frozen=True, slots=True)
class PagedPerson:
    """Person with the right to approve the alert.

    ``calls``: how often they were called, the first time at ``called_at``. ``channels``: those by which a message went
    out, ``failed``: those that were given up. ``due_at``: when their turn comes, if they were not called yet.
    """

    approver: Approver
    calls: int
    called_at: datetime | None
    channels: Sequence[str]
    failed: Sequence[str]
    seen_at: datetime | None
    taken_on_at: datetime | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class AlertPaging:
    """Paging of one alert as it stands. ``next_at``: the next step; None after the last one."""

    people: Sequence[PagedPerson]
    step: int
    next_at: datetime | None
    is_unanswered: bool

    def of(self, user_id: UserId) -> PagedPerson | None:
        return next((each for each in self.people if each.approver.user_id == user_id), None)


def approvers_by_level(
    session: Session, alert: Alert, tree: AreaTree, now: datetime
) -> tuple[Sequence[Sequence[RightHolder]], Mapping[UserId, Approver]]:
    """Return the people who may be its second person, by level, the nearest first, and each of them by id."""
    besides, areas = {alert.author_id, alert.submitter_id}, alert.audience.targets.areas
    level = AlertLevel.ONE if alert.is_drill else alert.level
    able = {each.user_id: each for each in approvers(session, areas, tree, now, besides) if each.level >= level}
    holders = (RightHolder(each.user_id, each.name, each.depths[level], each.is_signed_in) for each in able.values())
    return by_level(holders), able


def told(session: Session, alert: Alert, tree: AreaTree, now: datetime) -> Sequence[tuple[Sequence[UserId], News]]:
    """Return whom to tell what at the step that is due; the same of one step, whenever it is asked for."""
    levels, _able = approvers_by_level(session, alert, tree, now)
    taken = taken_on(session, alert.id, _since(alert))
    step = paging.step_at(_since(alert), now, taken)
    where, path = news.places(alert.audience.targets.areas, tree), f"/alerts/{alert.id}"
    title, text = news.alert(alert.headline, alert.submitter_name, where, alert.expires_at, now, call=step + 1)
    kind, urgency = NotificationKind.ALERT, NotificationUrgency.URGENT
    found: list[tuple[Sequence[UserId], News]] = [
        (paging.called(levels, step), News(_key(alert, step), kind, urgency, title, text, path, alert.expires_at, step))
    ]
    if paging.is_unanswered(levels, step, taken):
        title, text = news.unanswered(alert.headline, sum(map(len, levels)), _since(alert), now)
        key = f"{_prefix(alert)}:{_UNANSWERED}"
        found.append(
            (_senders(alert), News(key, NotificationKind.UNANSWERED, urgency, title, text, path, alert.expires_at))
        )
    return [(people, what) for people, what in found if people]


def unspoken(session: Session, alert: Alert, tree: AreaTree, now: datetime) -> tuple[Sequence[UserId], News]:
    """Return whom to tell that its speech could not be made: who sent it, and who was called by now."""
    levels, _able = approvers_by_level(session, alert, tree, now)
    step = paging.step_at(_since(alert), now, taken_on(session, alert.id, _since(alert)))
    title, text = news.unspoken(alert.headline, news.places(alert.audience.targets.areas, tree))
    urgency = NotificationUrgency.NORMAL if alert.is_drill else NotificationUrgency.URGENT
    key, path = f"{_prefix(alert)}:unspoken", f"/alerts/{alert.id}"
    what = News(key, NotificationKind.UNSPOKEN, urgency, title, text, path, alert.expires_at)
    return [*_senders(alert), *paging.called(levels, step)], what


def _senders(alert: Alert) -> Sequence[UserId]:
    return [each for each in dict.fromkeys((alert.submitter_id, alert.author_id)) if each is not None]


def paging_of(session: Session, alert: Alert, tree: AreaTree, now: datetime) -> AlertPaging:
    """Return how far the paging has come, for the alert's page."""
    levels, able = approvers_by_level(session, alert, tree, now)
    taken = taken_on(session, alert.id, _since(alert))
    step, next_at = paging.step_at(_since(alert), now, taken), paging.next_step_at(_since(alert), now, taken)
    keys = [_key(alert, each) for each in range(step + 1)]
    written: dict[UserId, list[Notification]] = {}
    for each in Notifications(session).of_events(keys):
        written.setdefault(each.user_id, []).append(each)
    people = [
        _person(able[holder.user_id], written.get(holder.user_id, ()), taken.get(holder.user_id), _turn(next_at, ahead))
        for ahead, level in enumerate(levels, -step)
        for holder in level
    ]
    return AlertPaging(people, step, next_at, paging.is_unanswered(levels, step, taken))


def take_on(uow: UnitOfWork, alert_id: AlertId, *, call: Call) -> None:
    """Note that the person decides on the alert now: nobody else is called meanwhile. A second time changes nothing.

    Raises:
        NotFoundError: no such alert.
        NotPossibleError: it waits for nobody.
        NotAllowedError: the person may not be its second person.
    """
    with uow:
        alert, tree, me = uow[Alerts].get(alert_id), uow[Places].tree(), call.actor.user_id
        if alert.status is not AlertStatus.SUBMITTED:
            raise NotPossibleError(alert.status, "take_on")
        _levels, able = approvers_by_level(uow.session, alert, tree, call.now)
        if me not in able:
            raise NotAllowedError(Action.ALERT_APPROVE, "", alert.audience.targets.areas)
        if me in taken_on(uow.session, alert.id, _since(alert)):
            return
        _see(uow, alert, call)
        uow.record(call.event(TAKEN_ON, alert.id))
        uow.commit()


def see(uow: UnitOfWork, alert_id: AlertId, *, call: Call) -> None:
    """Note that the person has seen what they were called for."""
    with uow:
        alert = uow[Alerts].get(alert_id)
        if alert.status is AlertStatus.SUBMITTED:
            _see(uow, alert, call)
            uow.commit()


def _see(uow: UnitOfWork, alert: Alert, call: Call) -> None:
    uow[Notifications].acknowledge_all(call.actor.user_id, f"{_prefix(alert)}:", call.now)


def _turn(next_at: datetime | None, ahead: int) -> datetime | None:
    """Return when the level that is so many steps ahead is called; None if it was, or if nobody is any more."""
    return None if next_at is None or ahead < 1 else next_at + (ahead - 1) * paging.STEP_LASTS


def _person(
    approver: Approver,
    written: Sequence[Notification],
    taken_on_at: datetime | None,
    due_at: datetime | None,
) -> PagedPerson:
    seen = [each.acknowledged_at for each in written if each.acknowledged_at is not None]
    reached = {each.channel: None for each in written if each.sent_at is not None}
    failed = {each.channel: None for each in written if each.given_up_at is not None and each.channel not in reached}
    return PagedPerson(
        approver,
        calls=len({each.step for each in written}),
        called_at=min((each.written_at for each in written), default=None),
        channels=tuple(reached),
        failed=tuple(failed),
        seen_at=min(seen, default=None),
        taken_on_at=taken_on_at,
        due_at=None if written else due_at,
    )


def _since(alert: Alert) -> datetime:
    return alert.submitted_at or alert.changed_at


def _prefix(alert: Alert) -> str:
    """Begin the keys of its notifications: an alert that was returned and submitted again is another matter."""
    return f"alert:{alert.id}:{_since(alert):%Y%m%dT%H%M%S}"


def _key(alert: Alert, step: int) -> str:
    return f"{_prefix(alert)}:{step}"
