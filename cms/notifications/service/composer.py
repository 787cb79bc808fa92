"""Composer: who is told what of an event of the log. It reads the state of now: what is settled already is not told."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Final

from sqlalchemy.orm import Session

from broadcast.alerts.model import AlertId, AlertStatus
from broadcast.bulletins.model import Bulletin, BulletinId, BulletinStatus, SoundState
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.schedules import SessionId
from broadcast.bulletins.targeting import reaches
from broadcast.inbox.model import HandedDownId, HandedDownState
from broadcast.notifications.model import NotificationKind, NotificationUrgency
from broadcast.notifications.rules import escalation_step
from broadcast.scheduling.recurrence import next_start_at
from broadcast.sessions.rules import KEPT as SESSION_KEPT
from broadcast.sessions.rules import end_of, start_of
from broadcast.user_tasks.model import RightHolder
from broadcast.user_tasks.rules import first_airing_at
from cms.alerts.repository.alerts import Alerts
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins
from cms.gauges.service.rises import LIMIT_REACHED
from cms.gauges.service.troubles import TROUBLE_FOUND
from cms.health.repository.faults import FaultRecords
from cms.health.repository.notices import Notices
from cms.health.service.notice_labels import cause_name, fault_name
from cms.health.service.ranking import AreaStakes
from cms.inbox.repository import HandedDowns
from cms.notifications.queries import LoggedEvent, last_event_by, programme_of
from cms.notifications.service import gauge_news, news, paging
from cms.notifications.service.news import News
from cms.notifications.service.order_news import ORDER_EVENTS, OrderNews
from cms.sessions.repository import BroadcastSessions
from cms.stations.repository import Stations
from cms.tickets.repository import TicketRecords
from cms.user_tasks.queries import RightHolders, locked_accounts
from devices.health.kinds import RULES, FaultKind, Severity
from devices.health.notices import wakes
from devices.tickets.lifecycle import LIVING
from devices.tickets.model import Origin, TicketId
from province.areas import AreaTree
from province.people import Action, UserId
from province.wall_clock import local_date

Told = tuple[Collection[UserId], News]
KEPT: Final = timedelta(days=3)
"""A notification that could not be sent within this is of the past."""
PRESSING: Final = timedelta(minutes=60)
ORDER_TOLD_AHEAD: Final = timedelta(days=1)
ORDER_TOLD_EVERY_S: Final = 300
"""Time within which several changes of an order are one notification: a person who orders moves many items."""
CRITICAL: Final = frozenset(kind for kind, rule in RULES.items() if rule.severity is Severity.CRITICAL)
_K, _U = NotificationKind, NotificationUrgency


@dataclass
class Composer:
    """Composer of one step, over one session. ``escalates_before``: see ``LOA_ESCALATION_MINUTES``."""

    session: Session
    now: datetime
    escalates_before: Sequence[timedelta] = ()

    @cached_property
    def tree(self) -> AreaTree:
        return Places(self.session).tree()

    @cached_property
    def holders(self) -> RightHolders:
        return RightHolders(self.session, self.tree, self.now)

    def told(self, event: LoggedEvent) -> Iterator[Told]:
        """Yield whom to tell what about this event, without the person who did it."""
        for people, what in _BY_EVENT[event.name](self, event):
            others = [each for each in dict.fromkeys(people) if each and each != event.by]
            if others:
                yield others, what

    def asked(self, bulletin: Bulletin, besides: Collection[UserId | None] = ()) -> Sequence[Sequence[RightHolder]]:
        """Return those who may decide on the bulletin, by level, the nearest first."""
        hands = (bulletin.author_id, bulletin.submitter_id, *bulletin.editors, *besides)
        return self.holders.of(Action.BULLETIN_REVIEW, bulletin.targets.areas, hands)

    def _bulletin(self, event: LoggedEvent) -> Bulletin | None:
        return Bulletins(self.session).find(BulletinId(event.subject_id))

    def _where(self, bulletin: Bulletin) -> str:
        return news.places(bulletin.targets.areas, self.tree)

    def _until(self, at: datetime | None) -> datetime:
        return self.now + KEPT if at is None else min(at, self.now + KEPT)

    def _urgency(self, at: datetime | None, priority: PriorityClass = PriorityClass.NORMAL) -> NotificationUrgency:
        is_pressing = at is not None and at - self.now <= PRESSING
        return _U.URGENT if is_pressing or priority is not PriorityClass.NORMAL else _U.NORMAL

    def submitted(self, event: LoggedEvent) -> Iterator[Told]:
        found = self._bulletin(event)
        if found is None or found.status is not BulletinStatus.SUBMITTED:
            return
        airs_at = first_airing_at(found, self.now)
        title, text = news.review(found.title, event.by_name, self._where(found), airs_at, self.now)
        key = f"review:{found.id}:{event.seq}"
        urgency, until_at = self._urgency(airs_at, found.priority), self._until(airs_at)
        # Sent in so late that times of escalation have passed: the next levels are asked at once.
        levels = 1 + (0 if airs_at is None else escalation_step(airs_at, self.now, self.escalates_before))
        people = [each.user_id for level in self.asked(found)[:levels] for each in level]
        yield people, News(key, _K.REVIEW, urgency, title, text, f"/bulletins/{found.id}/decision", until_at)

    def not_submitted(self, event: LoggedEvent) -> Iterator[Told]:
        found, ordered_by = self._bulletin(event), event.detail.get("ordered_by")
        if found is None or found.status is not BulletinStatus.DRAFT:
            return
        airs_at = first_airing_at(found, self.now)
        title, text = news.not_submitted(found.title, airs_at, self.now)
        key, path = f"not_submitted:{found.id}:{event.seq}", f"/bulletins/{found.id}/check"
        until_at = self.now + KEPT
        yield (
            [UserId(str(ordered_by))],
            News(key, _K.NOT_SUBMITTED, self._urgency(airs_at), title, text, path, until_at),
        )

    def returned(self, event: LoggedEvent) -> Iterator[Told]:
        found = self._bulletin(event)
        if found is None:
            return
        by_name, remark = event.by_name, str(event.detail.get("reason", ""))
        airs_at = first_airing_at(found, self.now)
        if event.name == "bulletin.returned":
            kind, urgency = _K.RETURNED, self._urgency(airs_at)
            title, text = news.returned(found.title, by_name, remark, airs_at, self.now)
        else:
            kind, urgency = _K.REJECTED, _U.NORMAL
            title, text = news.rejected(found.title, by_name, remark)
        key, path = f"{kind}:{found.id}:{event.seq}", f"/bulletins/{found.id}"
        yield _writers(found), News(key, kind, urgency, title, text, path, self.now + KEPT)

    def approved(self, event: LoggedEvent) -> Iterator[Told]:
        found = self._bulletin(event)
        if found is None:
            return
        title, text = news.approved(found.title, event.by_name)
        key, path = f"approved:{found.id}:{event.seq}", f"/bulletins/{found.id}"
        yield _writers(found), News(key, _K.APPROVED, _U.LOW, title, text, path, self.now + KEPT)
        if event.name == "bulletin.handed_down":
            yield from self._handed_down(found, event.by_name)

    def _handed_down(self, found: Bulletin, by_name: str) -> Iterator[Told]:
        for item in HandedDowns(self.session, Places(self.session)).of_bulletin(found.id):
            levels = self.holders.of(Action.INBOX_ANSWER, [item.area_id], [item.approved_by])
            if item.state is HandedDownState.OFFERED and levels:
                where, until_at = news.places([item.area_id], self.tree), item.answer_by_at
                title, text = news.answer(found.title, by_name, where, until_at, self.now)
                key, urgency = f"answer:{item.id}", self._urgency(until_at, item.priority)
                people = [each.user_id for each in levels[0]]
                yield people, News(key, _K.ANSWER, urgency, title, text, f"/inbox/{item.id}", until_at)

    def declined(self, event: LoggedEvent) -> Iterator[Told]:
        item = HandedDowns(self.session, Places(self.session)).find(HandedDownId(event.subject_id))
        source = None if item is None else Bulletins(self.session).find(item.bulletin_id)
        if item is None or source is None:
            return
        title, text = news.declined(item.title, event.by_name, news.places([item.area_id], self.tree), item.reason)
        key, path = f"declined:{item.id}:{event.seq}", f"/bulletins/{source.id}"
        people = (*_writers(source), item.approved_by)
        yield people, News(key, _K.DECLINED, _U.NORMAL, title, text, path, self.now + KEPT)

    def change_proposed(self, event: LoggedEvent) -> Iterator[Told]:
        found = self._bulletin(event)
        if found is None or found.proposal is None:
            return
        schedules = (*found.schedules, *found.proposal.schedules)
        at = next_start_at(schedules, self.now, found.valid_from_at, found.valid_until_at)
        title, text = news.change(found.title, event.by_name, at, self.now)
        key, path = f"change:{found.id}:{event.seq}", f"/bulletins/{found.id}/change"
        people = [each.user_id for level in self.asked(found, [event.by])[:1] for each in level]
        yield people, News(key, _K.CHANGE, self._urgency(at), title, text, path, self._until(at))

    def change_decided(self, event: LoggedEvent) -> Iterator[Told]:
        found = self._bulletin(event)
        asked_by = last_event_by(self.session, "bulletin.change_proposed", event.subject_id)
        if found is None or asked_by is None:
            return
        is_confirmed = event.name == "bulletin.change_confirmed"
        kind = _K.CHANGE_CONFIRMED if is_confirmed else _K.CHANGE_DROPPED
        title, text = news.change_decided(found.title, event.by_name, is_confirmed=is_confirmed)
        key, path = f"{kind}:{found.id}:{event.seq}", f"/bulletins/{found.id}"
        yield [asked_by], News(key, kind, _U.NORMAL, title, text, path, self.now + KEPT)

    def withdrawn(self, event: LoggedEvent) -> Iterator[Told]:
        found = self._bulletin(event)
        if found is None:
            return
        if found.status is BulletinStatus.WITHDRAWN:
            title, text = news.withdrawn(found.title, event.by_name)
            key, path = f"withdrawn:{found.id}:{event.seq}", f"/bulletins/{found.id}"
            yield _writers(found), News(key, _K.WITHDRAWN, _U.NORMAL, title, text, path, self.now + KEPT)
        programme = programme_of(self.session, found.id)
        if programme is None or programme.killed_at is None:
            return
        for station in Stations(self.session).all():
            levels = self.holders.of(Action.PROGRAMME_TAKE, [station.area_id])
            if levels and reaches(programme.targets, self.tree, station.area_id):
                title, text = news.programme_killed(programme.title, station.name, event.by_name)
                key, path = f"programme_killed:{programme.id}:{event.seq}", f"/stations/{station.id}"
                what = News(key, _K.PROGRAMME_KILLED, _U.URGENT, title, text, path, self.now + KEPT)
                yield [each.user_id for each in levels[0]], what

    def locked(self, event: LoggedEvent) -> Iterator[Told]:
        """Tell the authors of what was left out, and the stations of the order without it."""
        yield from self.left_out(event)
        if event.detail["left_out"]:
            yield from self.order_changed(event)

    def left_out(self, event: LoggedEvent) -> Iterator[Told]:
        reasons: dict[str, str] = event.detail.get("reasons", {})
        session = BroadcastSessions(self.session).find(SessionId(event.subject_id)) if reasons else None
        if session is None:
            return
        on = date.fromisoformat(str(event.detail["on"]))
        standing = {each.bulletin_id for each in session.standing}
        for bulletin in Bulletins(self.session).get_many(sorted(map(BulletinId, reasons))).values():
            if bulletin.status in SESSION_KEPT:
                where = f"{session.name} {news.clock(start_of(session, on), self.now)}"
                title, text = news.left_out(bulletin.title, where, reasons[bulletin.id])
                key, path = f"left_out:{bulletin.id}:{session.id}:{on:%Y%m%d}", f"/bulletins/{bulletin.id}"
                # One of every date is heard on the next: no reason to call somebody.
                urgency = _U.LOW if bulletin.id in standing else _U.NORMAL
                yield _writers(bulletin), News(key, _K.LEFT_OUT, urgency, title, text, path, self.now + KEPT)

    def order_changed(self, event: LoggedEvent) -> Iterator[Told]:
        """Tell the stations that take a session of another order of today or tomorrow, once for some minutes of it."""
        found = BroadcastSessions(self.session).find(SessionId(event.subject_id))
        on = date.fromisoformat(str(event.detail["on"]))
        if found is None or on - local_date(self.now) > ORDER_TOLD_AHEAD or end_of(found, on) <= self.now:
            return
        for station in Stations(self.session).all():
            levels = self.holders.of(Action.PROGRAMME_TAKE, [station.area_id])
            if levels and found.area_id in self.tree.lineage(station.area_id):
                title, text = news.order_changed(found.name, on, station.name)
                window = int(event.at.timestamp()) // ORDER_TOLD_EVERY_S
                key = f"order_changed:{found.id}:{on:%Y%m%d}:{station.id}:{window}"
                path = f"/stations/{station.id}?on={on}"
                what = News(key, _K.ORDER_CHANGED, _U.NORMAL, title, text, path, end_of(found, on))
                yield [each.user_id for each in levels[0]], what

    def alert_submitted(self, event: LoggedEvent) -> Iterator[Told]:
        found = Alerts(self.session).find(AlertId(event.subject_id))
        if found is None or found.status is not AlertStatus.SUBMITTED:
            return
        if not found.is_drill:
            yield from paging.told(self.session, found, self.tree, self.now)
            return
        # Nobody is called again for a drill, nor out of their quiet time.
        levels, _able = paging.approvers_by_level(self.session, found, self.tree, self.now)
        where = news.places(found.audience.targets.areas, self.tree)
        title, text = news.alert(found.headline, event.by_name, where, found.expires_at, self.now)
        key, path = f"alert:{found.id}:{event.seq}", f"/alerts/{found.id}"
        people = [each.user_id for level in levels for each in level]
        yield people, News(key, _K.ALERT, _U.NORMAL, title, text, path, found.expires_at)

    def alert_unspoken(self, event: LoggedEvent) -> Iterator[Told]:
        """Tell of speech that failed after the alert was sent in: before, its writer has it on the screen."""
        found = Alerts(self.session).find(AlertId(event.subject_id))
        if found is None or found.status is not AlertStatus.SUBMITTED:
            return
        # Later rounds can do with the speech of the first.
        if any(each.sound.state is SoundState.FAILED for each in found.wordings):
            yield paging.unspoken(self.session, found, self.tree, self.now)

    def of_order(self, event: LoggedEvent) -> Iterator[Told]:
        yield from OrderNews(self.session, self.tree, self.holders, self.now).told(event)

    def alert_raised_at_device(self, event: LoggedEvent) -> Iterator[Told]:
        """Tell everybody who may end it, at once and by night too: nobody has been asked before it sounded."""
        found = Alerts(self.session).find(AlertId(event.subject_id))
        if found is None:
            return
        levels = self.holders.of(Action.ALERT_CANCEL, found.audience.targets.areas)
        where = news.places(found.audience.targets.areas, self.tree)
        is_over, at = found.ended_at is not None, found.created_at
        title, text = news.raised(found.headline, found.author_name, where, at, self.now, is_over=is_over)
        key, path = f"raised:{found.id}", f"/alerts/{found.id}"
        people = [each.user_id for level in levels for each in level]
        yield people, News(key, _K.RAISED, _U.URGENT, title, text, path, self.now + KEPT)

    def ticket_opened(self, event: LoggedEvent) -> Iterator[Told]:
        """Tell of an incident, and of a critical fault; what else there is, is in the digest of who is on call."""
        found = TicketRecords(self.session).find(TicketId(event.subject_id))
        kind, areas = str(event.detail.get("fault", "")), [] if found is None else [found.area_id]
        if found is None or found.state not in LIVING or found.origin is not Origin.FAULT:
            return
        if found.incident_id and not found.holder:
            incident = FaultRecords(self.session).incident(found.incident_id)
            areas = sorted(Notices(self.session).areas_of([incident.id]).get(incident.id, areas))
            what, is_urgent = f"{cause_name(incident.cause)}, {incident.members} thiết bị", wakes(incident)
        elif kind in CRITICAL:
            what, is_urgent = f"{fault_name(FaultKind(kind))}: {found.device_name}", True
        else:
            return
        levels = self.holders.of(Action.DEVICE_MANAGE, areas)
        next_at = AreaStakes.of(self.session, self.tree, self.now).stake(areas, 1, Severity.CRITICAL).next_at
        title, text = news.ticket(what, news.places(areas, self.tree), next_at, self.now)
        urgency = _U.URGENT if is_urgent else self._urgency(next_at)
        people = [UserId(found.holder)] if found.holder else [each.user_id for level in levels[:1] for each in level]
        key, path = f"ticket:{found.id}:{kind}", f"/tickets/{found.id}"
        yield people, News(key, _K.TICKET, urgency, title, text, path, self.now + KEPT)

    def sign_in_failed(self, event: LoggedEvent) -> Iterator[Told]:
        """Tell the nearest administrators of a locked account, once a day: guessing goes on for hours."""
        accounts = locked_accounts(self.session, self.tree, self.now) if event.detail["locked_s"] else []
        for each in accounts:
            if each.user_id == event.subject_id:
                levels = self.holders.of(Action.USER_MANAGE, each.area_ids, [each.user_id])
                title, text = news.locked(each.user_name, each.until_at, self.now)
                key, path = f"locked:{each.user_id}:{local_date(self.now):%Y%m%d}", f"/people/{each.user_id}"
                people = [holder.user_id for level in levels[:1] for holder in level]
                yield people, News(key, _K.LOCKED, _U.NORMAL, title, text, path, each.until_at)

    def audit(self, event: LoggedEvent) -> Iterator[Told]:
        roots = [area.id for area in self.tree if area.parent_id is None]
        title, text = news.audit(event.name)
        people = [each.user_id for level in self.holders.of(Action.AUDIT_READ, roots) for each in level]
        key, path = f"audit:{event.subject_id}:{event.seq}", "/audit/chain"
        yield people, News(key, _K.AUDIT, _U.URGENT, title, text, path, self.now + KEPT)


def _writers(bulletin: Bulletin) -> tuple[UserId, ...]:
    """Return the author and the submitter."""
    return tuple(dict.fromkeys(each for each in (bulletin.author_id, bulletin.submitter_id) if each is not None))


_BY_EVENT: Final[Mapping[str, Callable[[Composer, LoggedEvent], Iterator[Told]]]] = {
    "bulletin.submitted": Composer.submitted,
    "bulletin.submission_failed": Composer.not_submitted,
    "bulletin.returned": Composer.returned,
    "bulletin.rejected": Composer.returned,
    "bulletin.approved": Composer.approved,
    "bulletin.handed_down": Composer.approved,
    "bulletin.change_proposed": Composer.change_proposed,
    "bulletin.change_confirmed": Composer.change_decided,
    "bulletin.change_dropped": Composer.change_decided,
    "bulletin.withdrawn": Composer.withdrawn,
    "handed_down.declined": Composer.declined,
    "broadcast_session.item_moved": Composer.order_changed,
    "broadcast_session.item_taken_out": Composer.order_changed,
    "broadcast_session.item_set": Composer.order_changed,
    "alert.submitted": Composer.alert_submitted,
    "alert.sound_failed": Composer.alert_unspoken,
    **dict.fromkeys(ORDER_EVENTS, Composer.of_order),
    "alert.raised_at_device": Composer.alert_raised_at_device,
    "broadcast_session.locked": Composer.locked,
    "ticket.opened": Composer.ticket_opened,
    "ticket.fault_added": Composer.ticket_opened,
    "user.sign_in_failed": Composer.sign_in_failed,
    "audit.break_found": Composer.audit,
    "audit.export_stalled": Composer.audit,
    LIMIT_REACHED: gauge_news.limit_reached,
    TROUBLE_FOUND: gauge_news.trouble_found,
}
EVENTS: Final = frozenset(_BY_EVENT)
"""Names of the events that are told to people."""
