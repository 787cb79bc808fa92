"""Bulletins in broadcast sessions, from the press to the plan of an area."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from typing import Any

import pytest

from broadcast.bulletins.model import Bulletin, BulletinStatus
from broadcast.bulletins.schedules import Schedule
from broadcast.scheduling.area_rules import AreaRules
from broadcast.sessions.model import BroadcastSession, ItemKey, ItemRole, Overrun
from broadcast.sessions.placement import NoPlace
from cms.bulletins.service import drafts, review
from cms.bulletins.service.revisions import redraft
from cms.platform.store.kinds import OutboxKind
from cms.schedule.service import time_changes
from cms.sessions.service import running_orders
from cms.sessions.service.places import place_session
from province.errors import InvalidError, NotFoundError
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.programme import AUTHOR, MONDAY, NOW, PROVINCE, REVIEWER, SOUND, local, schedule
from tests.unit.sessions.world import (
    TUESDAY,
    codes,
    day,
    heard,
    key_of,
    order,
    planned,
    put,
    set_up,
    standing,
    written,
)


def test_items_are_planned_one_after_the_other_and_do_not_clash() -> None:
    world = World()
    session = set_up(world)
    for title in ("Một", "Hai", "Ba"):
        heard(world, session, title)
    assert planned(world) == [("Một", "17:00:00.0"), ("Hai", "17:02:00.2"), ("Ba", "17:04:00.4")]
    assert "bulletin.put_in_session" in world.events()


def test_a_bulletin_written_for_a_session_is_in_it_and_leaves_it_when_it_is_written_for_another_time() -> None:
    world = World()
    session = set_up(world)
    named = Schedule("s1", datetime(2026, 3, 2, 9), session=session.id)  # noqa: DTZ001
    bulletin = world.draft(schedules=(named,))
    assert bulletin.schedules[0].starts.hour == 17
    assert order(world, session) == [("Lịch tiêm chủng", "17:00:00")]
    own = Schedule("s1", datetime(2026, 3, 2, 9))  # noqa: DTZ001
    draft = replace(redraft(bulletin), schedules=(own,))
    drafts.edit(world.store(), bulletin.id, draft=draft, expected_version=bulletin.version, call=world.call(AUTHOR))
    assert order(world, session) == []


def test_a_longer_sound_moves_what_follows() -> None:
    world = World()
    session = set_up(world)
    first = put(world, world.draft(title="Một", schedules=()), session)
    written(world, session, "Hai")
    assert order(world, session)[1][1] < "17:01:00"
    world.sound(world.bulletin(first.id), replace(SOUND, duration_ms=240_000))
    assert order(world, session) == [("Một", "17:00:00"), ("Hai", "17:04:00")]


def test_a_withdrawn_item_moves_the_rest_up() -> None:
    world = World()
    session = set_up(world)
    first, _ = heard(world, session, "Một"), heard(world, session, "Hai")
    review.withdraw(
        world.store(), first.id, expected_version=world.bulletin(first.id).version, call=world.call(REVIEWER)
    )
    assert planned(world) == [("Hai", "17:00:00.0")]


def test_a_deleted_draft_moves_the_rest_up_and_is_last_when_it_is_restored() -> None:
    world = World()
    session = set_up(world)
    first, _ = written(world, session, "Một"), heard(world, session, "Hai")
    gone = drafts.delete(
        world.store(), first.id, expected_version=world.bulletin(first.id).version, call=world.call(AUTHOR)
    )
    assert planned(world) == [("Hai", "17:00:00.0")]
    drafts.restore(world.store(), first.id, expected_version=gone.version, call=world.call(AUTHOR))
    assert [title for title, _ in order(world, session)] == ["Hai", "Một"]


def test_what_is_withdrawn_just_before_its_turn_lets_the_next_begin_at_once() -> None:
    world = World()
    session = set_up(world)
    items = [heard(world, session, title) for title in ("Một", "Hai", "Ba")]
    planned(world)
    now = local("2026-03-02T17:01:58")
    found = world.bulletin(items[1].id)
    review.withdraw(
        world.store(), found.id, expected_version=found.version, call=world.call(REVIEWER, now), override="sai tin"
    )
    assert planned(world, now=now) == [("Một", "17:00:00.0"), ("Ba", "17:02:08.0")]


def test_the_order_is_changed_by_moving_and_taking_out_and_what_is_approved_stays_so() -> None:
    world = World()
    session = set_up(world)
    items = [heard(world, session, title) for title in ("Một", "Hai", "Ba")]
    running_orders.move_item(world.store(), session.id, MONDAY, key_of(items[2]), to=0, call=world.call(AUTHOR))
    assert [title for title, _ in planned(world)] == ["Ba", "Một", "Hai"]
    running_orders.take_out(world.store(), session.id, MONDAY, key_of(items[0]), call=world.call(AUTHOR))
    assert planned(world) == [("Ba", "17:00:00.0"), ("Hai", "17:02:00.2")]
    put(world, world.bulletin(items[0].id), session)
    assert [title for title, _ in planned(world)] == ["Ba", "Hai", "Một"]
    with pytest.raises(InvalidError) as error:
        put(world, world.bulletin(items[0].id), session)
    assert codes(error) == ["SESSION_TWICE"]


def test_what_is_taken_out_soon_before_air_is_cancelled_by_name() -> None:
    world = World()
    session = set_up(world)
    bulletin = heard(world, session, "Một")
    now = local("2026-03-02T16:44:59")
    running_orders.take_out(world.store(), session.id, MONDAY, key_of(bulletin), call=world.call(AUTHOR, now))
    assert world.outbox(OutboxKind.CANCEL) == []
    world = World()
    session = set_up(world)
    world.set_rules(PROVINCE, AreaRules(freeze_min=0))
    bulletin = heard(world, session, "Một")
    now = local("2026-03-02T16:55")
    running_orders.take_out(world.store(), session.id, MONDAY, key_of(bulletin), call=world.call(AUTHOR, now))
    assert {entry.subject_id for entry in world.outbox(OutboxKind.CANCEL)} == {"p-n-1", "p-n-2", "p-s-3"}


def test_an_anchor_is_kept_and_must_lie_within_the_session() -> None:
    world = World()
    session = set_up(world)
    items = [heard(world, session, title) for title in ("Một", "Hai")]
    edit: dict[str, Any] = {"role": ItemRole.ITEM, "call": world.call(AUTHOR)}
    running_orders.set_item(world.store(), session.id, MONDAY, key_of(items[0]), anchor=time(17, 5), **edit)
    assert planned(world) == [("Một", "17:05:00.0"), ("Hai", "17:07:00.2")]
    with pytest.raises(InvalidError) as error:
        running_orders.set_item(world.store(), session.id, MONDAY, key_of(items[0]), anchor=time(18), **edit)
    assert codes(error) == ["ANCHOR_OUTSIDE"]


def test_an_item_of_every_date_has_its_place_on_each_and_its_anchor_holds_for_all() -> None:
    world = World()
    session = set_up(world)
    heard(world, session, "Riêng thứ Hai")
    news = standing(world, session, "Tiếp âm")
    assert order(world, session) == [("Riêng thứ Hai", "17:00:00"), ("Tiếp âm", "17:02:00")]
    assert order(world, session, TUESDAY) == [("Tiếp âm", "17:00:00")]
    heard(world, session, "Riêng thứ Ba", on=TUESDAY)
    running_orders.set_item(
        world.store(),
        session.id,
        MONDAY,
        key_of(news),
        role=ItemRole.OPENING,
        anchor=time(17, 3),
        call=world.call(AUTHOR),
    )
    assert order(world, session, TUESDAY)[0] == ("Tiếp âm", "17:03:00")
    assert ("Tiếp âm", "17:03:00.0") in planned(world, TUESDAY)
    running_orders.take_out(world.store(), session.id, TUESDAY, key_of(news), call=world.call(AUTHOR))
    assert [title for title, _ in planned(world, TUESDAY)] == ["Riêng thứ Ba"]
    assert ("Tiếp âm", "17:03:00.0") in planned(world)


def test_an_item_of_every_date_leaves_all_of_them() -> None:
    world = World()
    session = set_up(world)
    news = standing(world, session, "Tiếp âm")
    heard(world, session, "Riêng")
    review.withdraw(world.store(), news.id, expected_version=world.bulletin(news.id).version, call=world.call(REVIEWER))
    assert order(world, session) == [("Riêng", "17:00:00")]
    assert order(world, session, TUESDAY) == []


def test_a_session_that_is_not_held_lets_nothing_be_heard_that_day() -> None:
    world = World()
    session = set_up(world, days=("MO",))
    standing(world, session, "Tiếp âm")
    world.replan(days=3)
    assert [len(world.plan(on=on).entries) for on in (MONDAY, TUESDAY)] == [1, 0]


def test_an_item_without_approval_keeps_its_place_until_the_lock_and_then_the_rest_moves_up() -> None:
    world = World()
    session = set_up(world)
    waiting = world.submit(written(world, session, "Chờ"))
    heard(world, session, "Duyệt")
    assert planned(world) == [("Duyệt", "17:02:00.2")]
    early, due = local("2026-03-02T16:44:59"), local("2026-03-02T16:45")
    assert not running_orders.lock_due(world.store(), session.id, MONDAY, early)
    assert running_orders.lock_due(world.store(), session.id, MONDAY, due)
    assert not running_orders.lock_due(world.store(), session.id, MONDAY, due)
    assert planned(world, now=due) == [("Duyệt", "17:00:00.0")]
    assert day(world, session, now=due).order.left_out == (waiting.id,)
    [event] = [each for each in world.store.events() if each.name == "broadcast_session.locked"]
    assert event.detail["left_out"] == ["Chờ"]
    assert event.detail["reasons"] == {waiting.id: "unapproved"}
    with pytest.raises(InvalidError) as error:
        world.approve(world.bulletin(waiting.id), due)
    assert codes(error) == ["NO_PLACE_IN_SESSION"]


@pytest.mark.parametrize(("overrun", "is_left_out"), [(Overrun.DROP, True), (Overrun.PUSH, False)])
def test_the_lock_names_what_found_no_time_unless_it_was_pushed(overrun: Overrun, is_left_out: bool) -> None:
    world = World()
    session = set_up(world, overrun=overrun)
    displaced, fixed = heard(world, session, "Dài", minutes=5), heard(world, session, "Đúng giờ", minutes=4)
    anchored(world, session, fixed, time(17, 4))
    assert running_orders.lock_due(world.store(), session.id, MONDAY, local("2026-03-02T16:45"))
    [event] = [each for each in world.store.events() if each.name == "broadcast_session.locked"]
    assert event.detail["left_out"] == (["Dài"] if is_left_out else [])
    assert event.detail["reasons"] == ({displaced.id: NoPlace.FULL} if is_left_out else {})
    assert day(world, session).order.left_out == ()


def test_the_lock_does_not_name_a_fill_item_for_which_no_time_is_left() -> None:
    world = World()
    session = set_up(world, overrun=Overrun.DROP)
    heard(world, session, "Dài", minutes=5)
    fixed, fill = heard(world, session, "Đúng giờ", minutes=4), heard(world, session, "Nhạc", minutes=0.9)
    anchored(world, session, fixed, time(17, 0, 30))
    anchored(world, session, fill, None, role=ItemRole.FILL)
    assert ("Nhạc", "") in order(world, session)
    assert running_orders.lock_due(world.store(), session.id, MONDAY, local("2026-03-02T16:45"))
    [event] = [each for each in world.store.events() if each.name == "broadcast_session.locked"]
    assert event.detail["reasons"] == {}


def anchored(
    world: World, session: BroadcastSession, item: Bulletin, anchor: time | None, role: ItemRole = ItemRole.ITEM
) -> None:
    call = world.call(AUTHOR)
    running_orders.set_item(world.store(), session.id, MONDAY, key_of(item), role=role, anchor=anchor, call=call)


def test_a_locked_order_stands() -> None:
    world = World()
    session = set_up(world)
    item = heard(world, session, "Một")
    other = world.sound(world.draft(title="Hai", schedules=()))
    locked = world.call(AUTHOR, local("2026-03-02T16:50"))
    with pytest.raises(InvalidError) as moving:
        running_orders.move_item(world.store(), session.id, MONDAY, key_of(item), to=1, call=locked)
    with pytest.raises(InvalidError) as adding:
        put(world, other, session, now=locked.now)
    assert codes(moving) == codes(adding) == ["SESSION_LOCKED"]


def test_an_approved_bulletin_is_put_in_once_a_second_person_confirms() -> None:
    world = World()
    session = set_up(world)
    heard(world, session, "Một")
    bulletin = world.approved(title="Hai", schedules=(schedule("2026-03-02T09:00"),))
    asked = put(world, bulletin, session, TUESDAY)
    assert asked.proposal is not None
    assert not [title for title, _ in planned(world, TUESDAY)]
    time_changes.confirm(world.store(), asked.id, expected_version=asked.version, call=world.call(REVIEWER))
    assert planned(world, TUESDAY) == [("Hai", "17:00:00.0")]


def test_a_proposal_that_is_dropped_leaves_the_session() -> None:
    world = World()
    session = set_up(world)
    asked = put(world, world.approved(title="Hai"), session, TUESDAY)
    time_changes.keep(world.store(), asked.id, expected_version=asked.version, call=world.call(AUTHOR))
    assert order(world, session, TUESDAY) == []


def test_what_does_not_fit_is_refused_with_the_time_that_is_left() -> None:
    world = World()
    session = set_up(world)
    written(world, session, "Dài", 8)
    with pytest.raises(InvalidError) as error:
        written(world, session, "Thêm", 3)
    [problem] = error.value.problems
    assert (problem.code, problem.detail["free"], problem.detail["needed"]) == ("SESSION_FULL", 120, 180)


def test_what_does_not_fit_is_left_out_or_goes_to_the_next_date_as_the_session_says() -> None:
    for overrun, on_monday, on_tuesday in (
        (Overrun.DROP, [("Dài", "17:00:00"), ("Thêm", "")], []),
        (Overrun.PUSH, [("Dài", "17:00:00")], [("Thêm", "17:00:00")]),
    ):
        world = World()
        session = set_up(world, overrun=overrun)
        heard(world, session, "Dài", 8)
        more = heard(world, session, "Thêm", 3) if overrun is Overrun.PUSH else written(world, session, "Thêm", 3)
        assert order(world, session) == on_monday
        assert order(world, session, TUESDAY) == on_tuesday
        if overrun is Overrun.PUSH:
            assert world.bulletin(more.id).schedules[0].starts.date() == TUESDAY
            assert planned(world, TUESDAY) == [("Thêm", "17:00:00.0")]
        else:
            assert day(world, session).lines[1].no_place is NoPlace.FULL


def test_what_is_longer_than_the_session_is_not_pushed_for_ever() -> None:
    world = World()
    session = set_up(world, overrun=Overrun.PUSH)
    written(world, session, "Quá dài", 11)
    assert order(world, session) == [("Quá dài", "")]


def test_a_rejected_item_leaves_the_session_and_a_returned_one_keeps_its_place() -> None:
    world = World()
    session = set_up(world)
    one, two = (world.submit(written(world, session, title)) for title in ("Một", "Hai"))
    step: dict[str, Any] = {"reason": "sai", "call": world.call(REVIEWER)}
    review.reject(world.store(), one.id, expected_version=one.version, **step)
    two = world.bulletin(two.id)
    review.return_(world.store(), two.id, expected_version=two.version, **step)
    assert order(world, session) == [("Hai", "17:00:00")]
    assert world.bulletin(two.id).status is BulletinStatus.RETURNED


def test_a_person_who_saw_the_version_before_a_new_place_may_still_act_on_it() -> None:
    world = World()
    session = set_up(world)
    first, second = written(world, session, "Một"), written(world, session, "Hai")
    running_orders.move_item(world.store(), session.id, MONDAY, key_of(first), to=1, call=world.call(AUTHOR))
    assert world.bulletin(second.id).version > second.version
    assert world.submit(second).status is BulletinStatus.SUBMITTED


def test_what_is_not_in_the_order_is_not_found() -> None:
    world = World()
    session = set_up(world)
    other = world.draft(schedules=())
    with pytest.raises(NotFoundError):
        running_orders.take_out(world.store(), session.id, MONDAY, ItemKey(other.id, "1"), call=world.call(AUTHOR))


def test_working_out_places_again_changes_nothing() -> None:
    world = World()
    session = set_up(world)
    standing(world, session, "Tiếp âm")
    bulletin = heard(world, session, "Một")
    before = world.bulletin(bulletin.id), world.transmission(bulletin)
    with world.store.change() as uow:
        place_session(uow, session.id, NOW)
    assert (world.bulletin(bulletin.id), world.transmission(bulletin)) == before
