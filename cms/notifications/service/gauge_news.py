"""News of gauges: a draft that waits for people since the water reached a limit, and gauges that are broken."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy.orm import Session

from broadcast.alerts.model import Alert, AlertId, AlertStatus
from broadcast.gauges.model import GaugeId, GaugeRuleId
from broadcast.notifications.model import NotificationKind, NotificationUrgency
from broadcast.user_tasks import paging
from cms.alerts.repository.alerts import Alerts
from cms.gauges.repository import GaugeRises, GaugeRules, Gauges
from cms.notifications.queries import LoggedEvent
from cms.notifications.service import news
from cms.notifications.service.news import News
from cms.tickets.repository import TicketRecords
from cms.user_tasks.queries import RightHolders
from devices.tickets.lifecycle import LIVING
from devices.tickets.model import TicketId
from province.areas import AreaTree
from province.people import Action, UserId

if TYPE_CHECKING:
    from cms.notifications.service.composer import Composer

CALLS_FOR: Final = paging.STEP_LASTS * (paging.STEPS_MOST + 1)
KEPT: Final = timedelta(days=3)
_Told = tuple[Sequence[UserId], News]


def waiting_drafts(session: Session, now: datetime) -> Sequence[Alert]:
    """List the drafts of the last minutes that gauges have called for and that no person has touched yet."""
    ids = GaugeRises(session).alerts_since(now - CALLS_FOR)
    found = Alerts(session).get_many(ids).values() if ids else ()
    return [each for each in found if _is_untouched(each)]


def told_of_draft(session: Session, alert: Alert, tree: AreaTree, now: datetime) -> Sequence[_Told]:
    """Return whom to call for the draft at the step that is due: the nearest first, each minute one level more."""
    levels = RightHolders(session, tree, now).of(Action.ALERT_RAISE, alert.audience.targets.areas)
    step = paging.step_at(alert.created_at, now, {})
    where = news.places(alert.audience.targets.areas, tree)
    title, text = news.water(alert.headline, alert.facts.basis, where, call=step + 1)
    kind, urgency, key = NotificationKind.DRAFT, NotificationUrgency.URGENT, f"draft:{alert.id}:{step}"
    what = News(key, kind, urgency, title, text, f"/alerts/{alert.id}", alert.expires_at, step)
    people = paging.called(levels, step)
    return [(people, what)] if people else []


def limit_reached(composer: "Composer", event: LoggedEvent) -> Iterator[_Told]:
    """Call for the draft at once; where none could be made say so to all who may raise alerts there."""
    found = Alerts(composer.session).find(AlertId(str(event.detail["alert"])))
    if found is not None:
        if _is_untouched(found):
            yield from told_of_draft(composer.session, found, composer.tree, composer.now)
        return
    rule = GaugeRules(composer.session).find(GaugeRuleId(event.subject_id))
    if rule is None or not event.detail["failure"]:
        return
    gauges = Gauges(composer.session).get_many([GaugeId(each) for each in event.detail["gauges"]])
    areas = [area for each in gauges.values() for area in each.area_ids]
    levels = composer.holders.of(Action.ALERT_RAISE, areas)
    title, text = news.water_without_draft(rule.name)
    kind, urgency, key = NotificationKind.UNDRAFTED, NotificationUrgency.URGENT, f"undrafted:{event.detail['rise']}"
    people = [each.user_id for level in levels for each in level]
    yield people, News(key, kind, urgency, title, text, "/alerts/new", composer.now + KEPT)


def trouble_found(composer: "Composer", event: LoggedEvent) -> Iterator[_Told]:
    """Tell the nearest technicians of a gauge that is broken."""
    gauge = Gauges(composer.session).find(GaugeId(event.subject_id))
    ticket = TicketRecords(composer.session).find(TicketId(str(event.detail["ticket"])))
    if gauge is None or ticket is None or ticket.state not in LIVING or ticket.over_at is not None:
        return
    levels = composer.holders.of(Action.DEVICE_MANAGE, gauge.area_ids)
    title, text = news.ticket(ticket.text, news.places(gauge.area_ids, composer.tree), None, composer.now)
    people = [UserId(ticket.holder)] if ticket.holder else [each.user_id for level in levels[:1] for each in level]
    key, path = f"ticket:{ticket.id}:{event.seq}", f"/tickets/{ticket.id}"
    kind, urgency = NotificationKind.TICKET, NotificationUrgency.NORMAL
    yield people, News(key, kind, urgency, title, text, path, composer.now + KEPT)


def _is_untouched(alert: Alert) -> bool:
    return alert.status is AlertStatus.DRAFT and alert.version - alert.own_versions == 1
