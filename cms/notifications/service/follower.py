"""Follower of the event log: writes the notifications of each event once, and of what nobody has done in time.

An event stands in the log from the very transaction that did it. The cursor moves in the transaction that writes its
notifications: an event is worked on once, whatever process ends on whatever line.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from broadcast.alerts.model import Alert, AlertStatus
from broadcast.notifications.model import NotificationKind, NotificationUrgency
from broadcast.notifications.rules import escalation_step
from broadcast.user_tasks.model import OpenBulletin, UnusedInvitation
from broadcast.user_tasks.rules import EXPIRES_SOON, first_airing_at
from cms.accounts.repository import People
from cms.alerts.repository.alerts import Alerts
from cms.notifications.queries import LoggedEvent, events_after, submitted_bulletins
from cms.notifications.repository import EventCursors, Notifications
from cms.notifications.service import gauge_news, news, paging
from cms.notifications.service.composer import EVENTS, Composer, Told
from cms.notifications.service.news import News
from cms.notifications.service.writer import NotificationWriter
from cms.platform.store.engine import reading
from cms.platform.store.uow import UowFactory
from cms.user_tasks.queries import unused_invitations
from province.areas import AreaTree
from province.people import Action

log = logging.getLogger(__name__)
CURSOR: Final = "notifications"
EVENTS_MOST: Final = 100
LAGS_MOST: Final = 1000
"""Events of no interest that are passed before the cursor is moved for them: a write for each look would be many."""
KEPT_FOR: Final = timedelta(days=90)
FORGETS_EVERY: Final = timedelta(hours=1)
ESCALATES_EVERY: Final = timedelta(seconds=10)
PAGES_EVERY: Final = timedelta(seconds=5)
REMINDS_EVERY: Final = timedelta(minutes=5)


@dataclass
class EventFollower:
    """Follower. One process at a time; where two run all the same, the cursor lets one of them write."""

    uow: UowFactory
    writer: NotificationWriter
    now: Callable[[], datetime]
    escalates_before: Sequence[timedelta]
    _passed: int = 0
    _paged_at: datetime | None = None
    _escalated_at: datetime | None = None
    _forgot_at: datetime | None = None
    _reminded_at: datetime | None = None

    def step(self) -> int:
        """Write the notifications that are due; return the number of events, calls, escalations and reminders told."""
        return self.follow() + self.page() + self.escalate() + self.remind() + self._forget()

    def follow(self) -> int:
        """Write the notifications of the next events; return the number of events worked on."""
        now = self.now()
        with reading(self.uow.engine) as session:
            cursor = EventCursors(session).at(CURSOR)
            events, until = events_after(session, max(cursor, self._passed), EVENTS, EVENTS_MOST)
            composer = Composer(session, now, self.escalates_before)
            told = [each for event in events for each in self._told_of(composer, event)]
        if told or until - cursor > LAGS_MOST:
            with self.uow() as unit:
                if not unit[EventCursors].move(CURSOR, cursor, until):
                    return 0
                for people, what in told:
                    self.writer.notify(unit, people, what, now)
                unit.commit()
        self._passed = until
        return len(events)

    def _told_of(self, composer: Composer, event: LoggedEvent) -> list[Told]:
        """Return what is told of one event; one that cannot be told stops no other."""
        try:
            return list(composer.told(event))
        except Exception:
            log.exception("notification.not_written of event %d, %s of %s", event.seq, event.name, event.subject_id)
            return []

    def page(self) -> int:
        """Call who may approve the live alerts that wait, or raise those that gauges ask for; return the calls."""
        now = self.now()
        if self._paged_at is not None and now - self._paged_at < PAGES_EVERY:
            return 0
        self._paged_at = now
        with reading(self.uow.engine) as session:
            waiting = [each for each in Alerts(session).submitted() if not each.is_drill and each.expires_at > now]
            waiting += gauge_news.waiting_drafts(session, now)
            tree = Composer(session, now).tree if waiting else None
            told = _untold(session, [each for one in waiting if tree for each in self._paged(session, one, tree, now)])
        return self._notify(told, now)

    def _paged(self, session: Session, alert: Alert, tree: AreaTree, now: datetime) -> Sequence[Told]:
        """Return the calls of one alert; one that cannot be called for stops no other."""
        try:
            is_draft = alert.status is AlertStatus.DRAFT
            told_of = gauge_news.told_of_draft if is_draft else paging.told
            return told_of(session, alert, tree, now)
        except Exception:
            log.exception("notification.not_written for the alert %s", alert.id)
            return []

    def escalate(self) -> int:
        """Notify of bulletins that air soon and are not approved: their writers, and one level of approvers more."""
        now = self.now()
        if self._escalated_at is not None and now - self._escalated_at < ESCALATES_EVERY:
            return 0
        self._escalated_at = now
        with reading(self.uow.engine) as session:
            composer = Composer(session, now, self.escalates_before)
            due = [
                (bulletin, step, airs_at)
                for bulletin in submitted_bulletins(session)
                if (airs_at := first_airing_at(bulletin, now)) is not None
                and (step := self._step(bulletin, airs_at, now))
            ]
            told = _untold(session, [each for one in due for each in self._told(composer, *one)])
        return self._notify(told, now)

    def remind(self) -> int:
        """Notify those whose invitations expire soon and were not used, once for each."""
        now = self.now()
        if self._reminded_at is not None and now - self._reminded_at < REMINDS_EVERY:
            return 0
        self._reminded_at = now
        with reading(self.uow.engine) as session:
            unused = unused_invitations(session, now, now + EXPIRES_SOON)
            makers = People(session).get_many({each.made_by for each in unused}) if unused else {}
            told = _untold(session, [_reminder(each, now) for each in unused if each.made_by in makers])
        return self._notify(told, now)

    def _notify(self, told: Sequence[Told], now: datetime) -> int:
        if told:
            with self.uow() as unit:
                for people, what in told:
                    self.writer.notify(unit, people, what, now)
                unit.commit()
        return len(told)

    def _step(self, bulletin: OpenBulletin, airs_at: datetime, now: datetime) -> int:
        """Return the step that is due; 0 if its time had passed before the bulletin was submitted."""
        step = escalation_step(airs_at, now, self.escalates_before)
        return step if step > escalation_step(airs_at, bulletin.changed_at, self.escalates_before) else 0

    def _told(self, composer: Composer, bulletin: OpenBulletin, step: int, airs_at: datetime) -> list[Told]:
        now, where = composer.now, news.places(bulletin.targets.areas, composer.tree)
        hands = (bulletin.author_id, bulletin.submitter_id, *bulletin.editors)
        levels = composer.holders.of(Action.BULLETIN_REVIEW, bulletin.targets.areas, hands)
        asked = [each.user_id for level in levels[:step] for each in level]
        writers = [each for each in dict.fromkeys((bulletin.author_id, bulletin.submitter_id)) if each is not None]
        found: list[Told] = []
        for people, is_author in ((asked, False), (writers, True)):
            title, text = news.unapproved(bulletin.title, where, airs_at, now, is_author=is_author)
            key = f"unapproved:{bulletin.id}:{airs_at:%Y%m%dT%H%MZ}:{step}:{'author' if is_author else 'approver'}"
            path = f"/bulletins/{bulletin.id}" if is_author else f"/bulletins/{bulletin.id}/decision"
            kind, urgency = NotificationKind.UNAPPROVED, NotificationUrgency.URGENT
            found.append((people, News(key, kind, urgency, title, text, path, airs_at, step)))
        return [(people, what) for people, what in found if people]

    def _forget(self) -> int:
        now = self.now()
        if self._forgot_at is None or now - self._forgot_at >= FORGETS_EVERY:
            self._forgot_at = now
            with self.uow() as unit:
                unit[Notifications].forget(now - KEPT_FOR)
                unit.commit()
        return 0


def _untold(session: Session, told: Sequence[Told]) -> list[Told]:
    known = Notifications(session)
    return [(people, what) for people, what in told if not known.is_told(what.event_key)]


def _reminder(unused: UnusedInvitation, now: datetime) -> Told:
    title, text = news.invitation_due(unused.user_name, unused.expires_at, now)
    # Its kind and id settle it with the invitation.
    key, path = f"invitation_due:{unused.id}", f"/people/{unused.user_id}"
    kind, urgency = NotificationKind.INVITATION, NotificationUrgency.NORMAL
    return [unused.made_by], News(key, kind, urgency, title, text, path, unused.expires_at)
