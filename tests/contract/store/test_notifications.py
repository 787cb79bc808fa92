"""Notifications in both databases: written once, claimed once, acknowledged; choices, subscriptions, the cursor."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

from broadcast.bulletins.model import BulletinStatus
from broadcast.notifications.model import (
    Notification,
    NotificationChannel,
    NotificationChoice,
    NotificationKind,
    NotificationUrgency,
    PushSubscription,
)
from broadcast.notifications.rules import CLAIM_LASTS
from cms.bulletins.repository.bulletins import Bulletins
from cms.notifications.queries import events_after, open_channels, submitted_bulletins
from cms.notifications.repository import EventCursors, NotificationChoices, Notifications, PushSubscriptions
from cms.user_tasks.queries import RightHolders, holder_of, open_matters
from province.events import Event
from province.people import Action, Actor, Grant, Role, UserId
from tests.contract.store.conftest import Store
from tests.fakes.programme import AUTHOR, NOW, PROVINCE, REVIEWER, TREE, bulletin

C = NotificationChannel
SECOND = timedelta(seconds=1)


def notification(user: UserId, name: str = "n1", **more: object) -> Notification:
    made = Notification(
        name, user, "review:b1:7", C.EMAIL, NotificationKind.REVIEW, NotificationUrgency.NORMAL, 0, "Chờ duyệt", "Mời",
        "/bulletins/b1/decision", NOW, NOW, NOW + timedelta(hours=1),
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def test_a_notification_is_written_once_and_claimed_once(store: Store) -> None:
    user = store.person()
    first, late = notification(user), notification(user, "n2", event_key="review:b2:8", due_at=NOW + SECOND)
    urgent = notification(user, "n3", event_key="alert:a1:9", urgency=NotificationUrgency.URGENT)
    with store.unit() as unit:
        unit[Notifications].write([first, late, urgent])
        unit[Notifications].write([notification(user, "again")])
        unit.commit()
    with store.unit() as unit:
        assert [each.id for each in unit[Notifications].due(C.EMAIL, NOW, 10)] == ["n3", "n1"]
        assert open_channels(unit.session, NOW) == {C.EMAIL}
        assert unit[Notifications].claim(first, NOW)
        assert not unit[Notifications].claim(first, NOW)
        unit.commit()
    with store.unit() as unit:
        kept = unit[Notifications]
        assert [each.id for each in kept.due(C.EMAIL, NOW, 10, began_at=NOW)] == ["n3"]
        assert [each.id for each in kept.due(C.EMAIL, NOW, 10, began_at=NOW + SECOND)] == ["n3", "n1"]
        again = kept.due(C.EMAIL, NOW + CLAIM_LASTS, 10)
        assert [each.id for each in again] == ["n3", "n1", "n2"]
        assert kept.claim(again[1], NOW + CLAIM_LASTS)
        kept.settle(replace(again[1], claimed_at=None, attempts=1, sent_at=NOW))
        kept.acknowledge(user, first.event_key, NOW + SECOND)
        (seen,) = kept.of_events([first.event_key])
        assert (seen.attempts, seen.sent_at, seen.acknowledged_at) == (1, NOW, NOW + SECOND)
        assert kept.is_told(first.event_key)
        assert not kept.is_told("review:b9:1")
        kept.forget(NOW + SECOND)
        assert kept.of_events([first.event_key]) == []


def test_news_are_those_of_the_screen_not_seen_yet(store: Store) -> None:
    user = store.person()
    news = notification(user, channel=C.SCREEN, kind=NotificationKind.REJECTED, sent_at=NOW)
    with store.unit() as unit:
        unit[Notifications].write([news, replace(news, id="n2", event_key="x:1", kind=NotificationKind.REVIEW)])
        assert unit[Notifications].news(user, NOW) == [news]
        unit[Notifications].acknowledge(user, news.event_key, NOW)
        assert unit[Notifications].news(user, NOW) == []


def test_choices_and_subscriptions_come_back_and_are_replaced(store: Store) -> None:
    user = store.person()
    choice = NotificationChoice(user, "lan@x.vn", "0912345678", (C.EMAIL, C.SMS), time(21), time(6))
    first = PushSubscription("s1", user, "https://push.example/1", "p", "a", "Firefox", NOW)
    with store.unit() as unit:
        assert unit[NotificationChoices].of([user])[user] == NotificationChoice(user)
        for each in (replace(choice, email=""), choice):
            unit[NotificationChoices].set(each)
        assert unit[NotificationChoices].of([user])[user] == choice
        unit[PushSubscriptions].subscribe(first)
        unit[PushSubscriptions].subscribe(replace(first, id="s2", p256dh="q"))
        assert unit[PushSubscriptions].of(user) == [replace(first, p256dh="q")]
        assert unit[PushSubscriptions].owners([user, UserId("none")]) == {user}
        unit[PushSubscriptions].unsubscribe(user, "s1")
        assert unit[PushSubscriptions].owners([user]) == frozenset()


def test_the_log_is_followed_behind_a_cursor(store: Store) -> None:
    with store.unit() as unit:
        for name in ("bulletin.submitted", "device.moved", "bulletin.submitted"):
            unit.record(Event.of(AUTHOR, name, "b1", NOW, version=2))
        unit.commit()
    with store.unit() as unit:
        found, until = events_after(unit.session, 0, {"bulletin.submitted"}, 10)
        assert ([each.seq for each in found], until) == ([1, 3], 3)
        assert [each.detail for each in found] == [{"version": 2}] * 2
        assert events_after(unit.session, 0, {"bulletin.submitted"}, 1)[1] == 1
        assert events_after(unit.session, 3, {"bulletin.submitted"}, 10) == ([], 3)
        cursors = unit[EventCursors]
        start = cursors.at("notifications")
        assert cursors.move("notifications", start, 3) or start == 0
        assert not cursors.move("notifications", 99, 100)


def test_open_matters_are_read_by_the_rights_of_a_person(store: Store) -> None:
    user = store.person()
    reviewer = Actor(REVIEWER.user_id, REVIEWER.name, (Grant(Role.APPROVER, PROVINCE),))
    with store.unit() as unit:
        unit[Bulletins].add(bulletin("b-s", status=BulletinStatus.SUBMITTED))
        unit[Bulletins].add(bulletin("b-r", status=BulletinStatus.RETURNED))
        assert [each.id for each in submitted_bulletins(unit.session)] == ["b-s"]
        matters = open_matters(unit.session, holder_of(reviewer, TREE), TREE, (), NOW)
        assert [each.id for each in matters.bulletins] == ["b-s"]
        author = Actor(user, "Lan", (Grant(Role.PROVINCE_EDITOR, PROVINCE),))
        matters = open_matters(unit.session, holder_of(author, TREE), TREE, (), NOW)
        assert [each.id for each in matters.bulletins] == ["b-r"]
        assert RightHolders(unit.session, TREE, NOW).of(Action.BULLETIN_REVIEW, [PROVINCE]) == []
