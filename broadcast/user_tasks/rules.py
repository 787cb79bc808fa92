"""Rules of user tasks: what waits for whom, until when, and who is asked first."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Final

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.model import Alert, AlertStatus
from broadcast.bulletins.lifecycle import APPROVED
from broadcast.bulletins.model import Bulletin, BulletinStatus
from broadcast.inbox.model import HandedDownState
from broadcast.relays.model import SourceState
from broadcast.scheduling.recurrence import next_start_at
from broadcast.user_tasks.model import (
    OpenBulletin,
    OpenMatters,
    RightHolder,
    TaskHolder,
    UserTask,
    UserTaskKind,
)
from devices.commands.model import BatchState
from devices.commands.table import AGREE_WITHIN
from province.areas import AreaId, AreaTree
from province.people import Action, UserId

_ASKING: Final = frozenset({HandedDownState.OFFERED, HandedDownState.COLLIDING})
_NEVER: Final = datetime.max.replace(tzinfo=UTC)
EXPIRES_SOON: Final = timedelta(days=1)
"""So long before its end an invitation that nobody has used is a task."""
EXPIRED_FOR: Final = timedelta(days=30)
"""So long after its end it stays one."""


def first_airing_at(bulletin: OpenBulletin | Bulletin, now: datetime) -> datetime | None:
    """Return when the bulletin airs next by the times it has; None if it has none left."""
    return next_start_at(bulletin.schedules, now, bulletin.valid_from_at, bulletin.valid_until_at)


def tasks_of(person: TaskHolder, matters: OpenMatters, tree: AreaTree, now: datetime) -> Sequence[UserTask]:
    """List what waits for the person, what is due first at the top."""
    found = [
        *_of_alerts(person, matters.alerts, tree),
        *_of_standing_orders(person, matters),
        *(task for each in matters.bulletins for task in _of_bulletin(person, each, now)),
        *_of_handed_down(person, matters),
        *_of_seconds(person, matters),
        *_of_accounts(person, matters, now),
    ]
    return sorted(found, key=lambda each: (each.due_at or _NEVER, each.since_at, each.subject_id))


def by_level(holders: Iterable[RightHolder]) -> Sequence[Sequence[RightHolder]]:
    """Group the people by level, the nearest first: the next group is asked when the one before stays silent."""
    ranked = sorted(holders, key=lambda each: (-each.level, not each.is_signed_in, each.name, each.user_id))
    return [list(group) for _level, group in groupby(ranked, key=lambda each: each.level)]


def level_of(granted: Iterable[AreaId], areas: Iterable[AreaId], tree: AreaTree) -> int | None:
    """Return the depth of the shallowest grant needed to cover all these areas; None if one is not covered."""
    held, levels = frozenset(granted), []
    for area_id in areas:
        covering = next((above for above in tree.chain(area_id) if above in held), None)
        if covering is None:
            return None
        levels.append(len(tree.chain(covering)))
    return min(levels, default=None)


def _of_alerts(person: TaskHolder, alerts: Iterable[Alert], tree: AreaTree) -> Iterator[UserTask]:
    for alert in alerts:
        areas = alert.audience.targets.areas
        is_own = person.user_id in (alert.author_id, alert.submitter_id)
        if alert.status is not AlertStatus.SUBMITTED or is_own or not person.holds(Action.ALERT_APPROVE, areas):
            continue
        level = AlertLevel.ONE if alert.is_drill else alert.level
        declared = {right.area_id for right in person.declares if right.level >= level}
        if all(not declared.isdisjoint(tree.chain(area_id)) for area_id in areas):
            since_at = alert.submitted_at or alert.changed_at
            yield UserTask(
                UserTaskKind.ALERT, alert.id, alert.headline, since_at, alert.expires_at, alert.submitter_name
            )


def _of_standing_orders(person: TaskHolder, matters: OpenMatters) -> Iterator[UserTask]:
    for order in matters.standing_orders:
        areas = order.pattern.audience.targets.areas
        is_own = person.user_id in (order.proposed_by, order.pattern.author_id)
        if not is_own and person.holds(Action.ALERT_APPROVE, areas):
            yield UserTask(
                UserTaskKind.STANDING_ORDER,
                order.id,
                order.pattern.headline,
                order.proposed_at,
                order.bounds.valid_until_at,
                order.proposed_by_name,
            )
    for firing in matters.firings:
        if person.holds(Action.ALERT_APPROVE, firing.area_ids):
            yield UserTask(UserTaskKind.FIRING, firing.order_id, firing.headline, firing.fired_at)


def _of_bulletin(person: TaskHolder, bulletin: OpenBulletin, now: datetime) -> Iterator[UserTask]:
    hands = (bulletin.author_id, bulletin.submitter_id, *bulletin.editors)
    may_review = person.user_id not in hands and person.holds(Action.BULLETIN_REVIEW, bulletin.targets.areas)
    at, proposal = first_airing_at(bulletin, now), bulletin.proposal
    by_name = bulletin.submitter_name or bulletin.author_name
    if bulletin.status is BulletinStatus.SUBMITTED and may_review:
        yield UserTask(UserTaskKind.REVIEW, bulletin.id, bulletin.title, bulletin.changed_at, at, by_name)
    if bulletin.status is BulletinStatus.RETURNED and person.user_id in (bulletin.author_id, bulletin.submitter_id):
        yield UserTask(UserTaskKind.RETURNED, bulletin.id, bulletin.title, bulletin.changed_at, at)
    if proposal is None or bulletin.status not in APPROVED or not may_review or proposal.by == person.user_id:
        return
    if person.holds(Action.BULLETIN_REVIEW, proposal.targets.areas):
        wanted_at = next_start_at(proposal.schedules, now, bulletin.valid_from_at, bulletin.valid_until_at)
        due_at = min(filter(None, (at, wanted_at)), default=None)
        yield UserTask(UserTaskKind.CHANGE, bulletin.id, bulletin.title, proposal.at, due_at, proposal.by_name)


def _of_handed_down(person: TaskHolder, matters: OpenMatters) -> Iterator[UserTask]:
    for item in matters.handed_down:
        is_asked = item.state in _ASKING and item.approved_by != person.user_id
        if is_asked and person.holds(Action.INBOX_ANSWER, (item.area_id,)):
            yield UserTask(
                UserTaskKind.ANSWER, item.id, item.title, item.sent_at, item.answer_by_at, item.approved_by_name
            )


def _of_seconds(person: TaskHolder, matters: OpenMatters) -> Iterator[UserTask]:
    for source in matters.sources:
        is_second = source.state is SourceState.DRAFT and person.user_id not in source.editors
        if is_second and person.holds(Action.RELAY_APPROVE, (source.area_id,)):
            yield UserTask(
                UserTaskKind.SOURCE, source.id, source.name, source.changed_at, from_name=source.written_by_name
            )
    for batch in matters.batches:
        is_second = batch.state is BatchState.WAITING and UserId(batch.asked_by) != person.user_id
        if is_second and person.holds(Action.DEVICE_MANAGE, batch.area_ids):
            due_at = batch.asked_at + AGREE_WITHIN
            yield UserTask(UserTaskKind.BATCH, batch.id, batch.reason, batch.asked_at, due_at, batch.asked_by_name)
    for each in matters.access:
        is_second = person.user_id not in (each.asked_by, each.user_id)
        if is_second and person.holds(Action.USER_MANAGE, tuple(each.area_ids)):
            yield UserTask(
                UserTaskKind.ACCESS, each.id, each.user_name, each.asked_at, each.expires_at, each.asked_by_name
            )


def _of_accounts(person: TaskHolder, matters: OpenMatters, now: datetime) -> Iterator[UserTask]:
    for each in matters.locked:
        is_other = person.user_id != each.user_id and each.until_at > now
        if is_other and person.holds(Action.USER_MANAGE, tuple(each.area_ids)):
            yield UserTask(UserTaskKind.LOCKED, each.user_id, each.user_name, each.since_at, each.until_at)
    for unused in matters.invitations:
        if unused.made_by != person.user_id:
            continue
        if now < unused.expires_at <= now + EXPIRES_SOON:
            yield UserTask(UserTaskKind.INVITATION, unused.user_id, unused.user_name, unused.made_at, unused.expires_at)
        elif now - EXPIRED_FOR < unused.expires_at <= now:
            yield UserTask(UserTaskKind.EXPIRED, unused.user_id, unused.user_name, unused.expires_at)
