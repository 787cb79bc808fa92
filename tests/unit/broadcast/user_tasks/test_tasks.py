"""Tasks of a person: what waits for whom, and until when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from broadcast.bulletins.model import Bulletin, BulletinId, BulletinStatus, Proposal, Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.inbox.model import HandedDown, HandedDownId, HandedDownState
from broadcast.user_tasks.model import (
    LockedAccount,
    OpenAccess,
    OpenBulletin,
    OpenMatters,
    RightHolder,
    TaskHolder,
    UnusedInvitation,
    UserTask,
    UserTaskKind,
)
from broadcast.user_tasks.rules import by_level, level_of, tasks_of
from cms.platform.store.rows import value_of
from province.areas import AreaId
from province.people import Action, UserId
from tests.contract.store.test_relays import SOURCE
from tests.fakes.programme import AUTHOR, C1, C3, NORTH, NOW, PROVINCE, REVIEWER, TREE, bulletin, local, schedule

EVERYWHERE = frozenset(area.id for area in TREE)
S = BulletinStatus


def holder(user: UserId = REVIEWER.user_id, areas: Iterable[AreaId] = EVERYWHERE, *actions: Action) -> TaskHolder:
    return TaskHolder(user, dict.fromkeys(actions or Action, frozenset(areas)))


def opened(status: BulletinStatus, **more: Any) -> OpenBulletin:
    return value_of(OpenBulletin, bulletin(status=status, **more))


def tasks(person: TaskHolder, *bulletins: OpenBulletin, items: tuple[HandedDown, ...] = ()) -> list[UserTask]:
    return list(tasks_of(person, OpenMatters(bulletins, items), TREE, NOW))


def proposal(by: UserId = AUTHOR.user_id, *areas: AreaId, at: str = "2026-03-02T12:00") -> Proposal:
    return Proposal((schedule(at),), PriorityClass.NORMAL, Targets(areas or (PROVINCE,)), by, "Lan", NOW)


def test_a_submitted_bulletin_waits_for_who_may_review_it_everywhere_until_its_airing() -> None:
    (task,) = tasks(holder(), opened(S.SUBMITTED))
    assert (task.kind, task.due_at, task.from_name) == (UserTaskKind.REVIEW, local("2026-03-02T17:00"), AUTHOR.name)


@pytest.mark.parametrize(
    "person",
    [
        holder(AUTHOR.user_id),
        holder(REVIEWER.user_id, {NORTH, C1}),
        holder(REVIEWER.user_id, EVERYWHERE, Action.BULLETIN_SUBMIT),
    ],
    ids=["wrote it", "reviews a part", "does not review"],
)
def test_it_waits_for_nobody_else(person: TaskHolder) -> None:
    assert tasks(person, opened(S.SUBMITTED)) == []


def test_a_hand_in_it_reviews_nothing_of_it() -> None:
    touched = opened(S.SUBMITTED, submitter_id=UserId("u-s"), editors=(REVIEWER.user_id,))
    assert tasks(holder(), touched) == []
    assert tasks(holder(UserId("u-s")), touched) == []


def test_one_without_places_waits_for_nobody() -> None:
    assert tasks(holder(), opened(S.SUBMITTED, targets=Targets())) == []


def test_a_returned_bulletin_waits_for_its_author_and_for_who_submitted_it() -> None:
    back = opened(S.RETURNED, submitter_id=UserId("u-s"))
    for person in (AUTHOR.user_id, UserId("u-s")):
        assert [each.kind for each in tasks(holder(person), back)] == [UserTaskKind.RETURNED]
    assert tasks(holder(), back) == []


def test_what_has_no_airing_left_has_no_deadline_and_stands_last() -> None:
    over = opened(S.SUBMITTED, id=BulletinId("b0"), schedules=(schedule("2026-03-01T17:00"),))
    assert [each.due_at for each in tasks(holder(), over, opened(S.SUBMITTED))] == [local("2026-03-02T17:00"), None]


def test_a_change_of_times_is_due_at_the_earlier_of_both() -> None:
    (task,) = tasks(holder(), opened(S.SCHEDULED, proposal=proposal()))
    assert (task.kind, task.due_at) == (UserTaskKind.CHANGE, local("2026-03-02T12:00"))
    (later,) = tasks(holder(), opened(S.APPROVED, proposal=proposal(at="2026-03-05T12:00")))
    assert later.due_at == local("2026-03-02T17:00")


@pytest.mark.parametrize(
    ("status", "asked"),
    [
        (S.SCHEDULED, proposal(REVIEWER.user_id)),
        (S.DRAFT, proposal()),
        (S.SCHEDULED, None),
    ],
    ids=["own", "not approved", "none"],
)
def test_no_change_waits(status: BulletinStatus, asked: Proposal | None) -> None:
    assert tasks(holder(), opened(status, proposal=asked)) == []


def test_a_change_into_places_of_others_waits_for_who_reviews_there_too() -> None:
    moved = opened(S.SCHEDULED, targets=Targets((C1,)), proposal=proposal(AUTHOR.user_id, C3))
    assert tasks(holder(REVIEWER.user_id, {NORTH, C1}), moved) == []
    assert len(tasks(holder(), moved)) == 1


def item(state: HandedDownState, **more: Any) -> HandedDown:
    made = HandedDown(
        HandedDownId("h1"), BulletinId("b1"), C1, "Tin tỉnh", PriorityClass.NORMAL, state, AUTHOR.user_id, "Lan", NOW,
        NOW + timedelta(hours=3),
    )  # fmt: skip
    return replace(made, **more)


def test_a_handed_down_bulletin_waits_for_its_commune_until_the_answer_is_due() -> None:
    asked = (item(HandedDownState.OFFERED), item(HandedDownState.COLLIDING, id=HandedDownId("h2")))
    found = tasks(holder(REVIEWER.user_id, {C1}), items=asked)
    assert [(each.kind, each.due_at) for each in found] == [(UserTaskKind.ANSWER, NOW + timedelta(hours=3))] * 2
    assert tasks(holder(REVIEWER.user_id, {C3}), items=asked) == []
    assert tasks(holder(AUTHOR.user_id, {C1}), items=asked) == []
    assert tasks(holder(REVIEWER.user_id, {C1}), items=(item(HandedDownState.PLACED),)) == []


def test_the_nearest_are_asked_first_and_the_signed_in_among_them() -> None:
    far, near, here = (
        RightHolder(UserId("a"), "A", 1),
        RightHolder(UserId("b"), "B", 3),
        RightHolder(UserId("c"), "C", 3, is_signed_in=True),
    )
    assert by_level([far, near, here]) == [[here, near], [far]]


def test_a_level_is_that_of_the_shallowest_grant_that_is_needed() -> None:
    assert level_of([C1], [C1], TREE) == len(TREE.chain(C1))
    assert level_of([C1, PROVINCE], [C1, C3], TREE) == 1
    assert level_of([NORTH], [C1, C3], TREE) is None
    assert level_of([NORTH], [], TREE) is None


def test_a_stored_bulletin_airs_as_an_open_one() -> None:
    stored: Bulletin = bulletin()
    assert tasks(holder(), value_of(OpenBulletin, replace(stored, status=S.SUBMITTED)))[0].due_at is not None


def test_a_source_waits_for_who_did_not_write_it_and_approves_there() -> None:
    mine = holder(REVIEWER.user_id, {SOURCE.area_id})
    others = OpenMatters(sources=(SOURCE, replace(SOURCE, editors=(REVIEWER.user_id,))))
    found = tasks_of(mine, others, TREE, NOW)
    assert [each.kind for each in found] == [UserTaskKind.SOURCE]


@pytest.mark.parametrize(
    ("person", "waits"),
    [
        (holder(UserId("third"), {C1}), True),
        (holder(UserId("third"), {C3}), False),
        (holder(UserId("asks"), {C1}), False),
        (holder(UserId("new"), {C1}), False),
    ],
    ids=["another administrator", "of another place", "who asks", "whom it is about"],
)
def test_a_request_about_an_account_waits_for_a_second_administrator(person: TaskHolder, *, waits: bool) -> None:
    lapses_at = NOW + timedelta(days=7)
    asked = OpenAccess("r1", UserId("new"), "Người mới", frozenset({C1}), UserId("asks"), "Quản trị", NOW, lapses_at)
    found = tasks_of(person, OpenMatters(access=(asked,)), TREE, NOW)
    told = [(each.kind, each.title, each.from_name, each.due_at) for each in found]
    assert told == ([(UserTaskKind.ACCESS, "Người mới", "Quản trị", lapses_at)] if waits else [])


@pytest.mark.parametrize(
    ("person", "waits"),
    [
        (holder(UserId("admin"), {C1}), True),
        (holder(UserId("admin"), {C3}), False),
        (holder(UserId("lan"), {C1}), False),
        (holder(UserId("admin"), {C1}, Action.BULLETIN_REVIEW), False),
    ],
    ids=["manages the place", "another place", "own account", "manages nobody"],
)
def test_a_locked_account_waits_for_who_may_unlock_it_until_the_lock_ends(person: TaskHolder, *, waits: bool) -> None:
    until_at = NOW + timedelta(minutes=4)
    locked = OpenMatters(locked=(LockedAccount(UserId("lan"), "Lan", frozenset({C1}), NOW, until_at),))
    found = [(each.kind, each.subject_id, each.due_at) for each in tasks_of(person, locked, TREE, NOW)]
    assert found == ([(UserTaskKind.LOCKED, "lan", until_at)] if waits else [])
    assert tasks_of(person, locked, TREE, until_at) == []


def test_an_unused_invitation_waits_for_who_sent_it_in_its_last_day_and_a_month_after_it() -> None:
    sent = UnusedInvitation("i", UserId("lan"), "Lan", REVIEWER.user_id, NOW, NOW + timedelta(days=7))
    matters, day = OpenMatters(invitations=(sent,)), timedelta(days=1)

    def found(after: timedelta, by: UserId = REVIEWER.user_id) -> list[tuple[UserTaskKind, bool]]:
        return [(each.kind, each.due_at is not None) for each in tasks_of(holder(by), matters, TREE, NOW + after)]

    assert found(5.9 * day) == []
    assert found(6 * day) == [(UserTaskKind.INVITATION, True)]
    assert found(7 * day) == found(36.9 * day) == [(UserTaskKind.EXPIRED, False)]
    assert found(37 * day) == []
    assert found(6 * day, AUTHOR.user_id) == []
