from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from broadcast.bulletins.model import Bulletin, BulletinStatus, Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.inbox.model import First, HandedDownState, InboxRules
from cms.inbox.repository import HandedDowns
from cms.inbox.service import answers
from cms.platform.store.kinds import OutboxKind
from province.areas import AreaId
from province.errors import ClashError, ConflictError, InvalidError, NotAllowedError, NotPossibleError
from province.people import Action, Actor
from tests.builders.in_memory.inbox_world import EVENING, OPERATOR, InboxWorld
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import AUTHOR, C1, C2, NORTH, NOW, PROVINCE, REVIEWER, local, schedule

S = HandedDownState
PRIORITY = PriorityClass.PRIORITY


def own(world: InboxWorld, starts: str = "2026-03-02T17:00", rrule: str = "", **more: Any) -> Bulletin:
    """Approve a priority bulletin of the commune's own."""
    times = (schedule(starts, rrule),)
    return world.approved(targets=Targets((C1,)), priority=PRIORITY, schedules=times, **more)


def test_accepting_makes_a_bulletin_of_the_communes_own_with_the_senders_words_and_the_communes_times() -> None:
    world = InboxWorld()
    bulletin = world.handed_down()
    placed = world.accept(world.item(bulletin), EVENING)
    assert (placed.status, placed.source_id, placed.text) == (BulletinStatus.APPROVED, bulletin.id, bulletin.text)
    assert (placed.targets, placed.schedules, placed.submitter_id) == (Targets((C1,)), (EVENING,), OPERATOR.user_id)
    frozen = world.transmission(placed)
    assert (frozen.approved_by, frozen.submitted_by) == (REVIEWER.user_id, OPERATOR.user_id)
    assert (frozen.rendition, frozen.schedules) == (bulletin.sound.renditions[0], (EVENING,))
    assert not {bulletin.author_id, bulletin.submitter_id} - {placed.author_id, placed.submitter_id, *placed.editors}
    item = world.item(bulletin)
    assert (item.state, item.placed_id, item.answered_by_name) == (S.PLACED, placed.id, OPERATOR.name)
    assert [row.subject_id for row in world.outbox(OutboxKind.PLAN)] == [C1]
    assert world.events()[-1] == "handed_down.accepted"
    world.replan(C1)
    assert [entry.bulletin_id for entry in world.plan(C1).entries] == [placed.id]
    assert world.bulletin(placed.id).status is BulletinStatus.SCHEDULED


def test_nobody_accepts_what_they_wrote_or_approved() -> None:
    world = InboxWorld()
    item = world.item(world.handed_down())
    for person in (AUTHOR, REVIEWER):
        with pytest.raises(NotAllowedError) as refused:
            world.accept(item, EVENING, actor=person)
        assert refused.value.reason == "OWN_BULLETIN"


def test_only_whoever_answers_for_the_commune_accepts() -> None:
    world = InboxWorld(authority=FixedAuthority(frozenset({(Action.INBOX_ANSWER, C2)})))
    bulletin = world.handed_down()
    with pytest.raises(NotAllowedError):
        world.accept(world.item(bulletin, C2), EVENING)


def test_a_commune_answers_once() -> None:
    world = InboxWorld()
    item = world.item(world.handed_down())
    world.decline(item)
    with pytest.raises(NotPossibleError):
        world.accept(item, EVENING)
    with pytest.raises(NotPossibleError):
        world.order(item, First.OWN)


@pytest.mark.parametrize(
    ("times", "code"),
    [
        ((), "MISSING"),
        ((schedule("2026-01-02T17:00"),), "NOTHING_LEFT_TO_AIR"),
        (tuple(schedule(schedule_id=str(number)) for number in range(60)), "TOO_MANY"),
        ((schedule(not_on=("none",)),), "DATE_SET_UNKNOWN"),
    ],
)
def test_an_acceptance_needs_times_at_which_it_can_air(times: tuple[object, ...], code: str) -> None:
    world = InboxWorld()
    item = world.item(world.handed_down())
    with pytest.raises(InvalidError) as refused:
        world.accept(item, *times)  # type: ignore[arg-type]
    assert refused.value.problems[0].code == code


def test_an_acceptance_at_a_time_that_is_taken_is_refused_with_what_is_there() -> None:
    world = InboxWorld()
    item = world.item(world.handed_down())
    own(world, "2026-03-02T18:01")
    with pytest.raises(ClashError):
        world.accept(item, EVENING)
    assert world.item(world.bulletin(item.bulletin_id)).state is S.OFFERED


def test_a_refusal_carries_its_reason_to_the_sender() -> None:
    world = InboxWorld()
    bulletin = world.handed_down()
    world.decline(world.item(bulletin), " Không hợp địa phương ")
    item = world.item(bulletin)
    assert (item.state, item.reason, item.answered_at) == (S.DECLINED, "Không hợp địa phương", NOW)


def test_a_refusal_taken_back_waits_for_an_answer_again_while_the_sender_stands_by_it() -> None:
    world = InboxWorld()
    bulletin = world.handed_down()
    before = world.item(bulletin)
    world.decline(before)
    answers.reopen(world.store(), before.id, call=world.call(OPERATOR))
    assert world.item(bulletin) == replace(before, version=3)
    assert world.events()[-1] == "handed_down.reopened"
    world.decline(before)
    world.withdraw(bulletin)
    with pytest.raises(NotPossibleError):
        answers.reopen(world.store(), before.id, call=world.call(OPERATOR))


@pytest.mark.parametrize(("reason", "code"), [(" ", "MISSING"), ("x" * 2001, "TOO_LONG")])
def test_nobody_declines_without_saying_why(reason: str, code: str) -> None:
    world = InboxWorld()
    with pytest.raises(InvalidError) as refused:
        world.decline(world.item(world.handed_down()), reason)
    assert refused.value.problems[0].code == code


def see(world: InboxWorld, item_id: object, actor: Actor = OPERATOR) -> object:
    return answers.see(world.store(), item_id, call=world.call(actor, NOW))  # type: ignore[arg-type]


def test_that_a_commune_has_seen_it_is_written_down_once() -> None:
    world = InboxWorld()
    bulletin = world.handed_down()
    first = see(world, world.item(bulletin).id)
    assert see(world, world.item(bulletin).id) == first
    assert (world.item(bulletin).seen_at, world.item(bulletin).seen_by_name) == (NOW, OPERATOR.name)
    assert world.events().count("handed_down.seen") == 1


def test_a_look_by_whoever_may_not_answer_says_nothing_of_the_commune() -> None:
    world = InboxWorld(authority=FixedAuthority(frozenset({Action.INBOX_ANSWER})))
    bulletin = world.handed_down()
    see(world, world.item(bulletin).id)
    assert world.item(bulletin).seen_at is None


def test_what_nobody_answers_lapses_in_time_and_is_told() -> None:
    world = InboxWorld()
    item = world.item(world.handed_down())
    assert world.settle(item).state is S.OFFERED
    late = world.settle(item, item.answer_by_at)
    assert (late.state, late.answered_at) == (S.LAPSED, item.answer_by_at)
    assert world.settle(item, item.answer_by_at) == late
    assert world.events().count("handed_down.lapsed") == 1


def test_a_priority_one_is_placed_at_once_at_its_own_time() -> None:
    world = InboxWorld()
    bulletin = world.urgent()
    assert world.item(bulletin).state is S.PLACING
    item = world.settle(world.item(bulletin))
    assert item.state is S.PLACED
    assert item.placed_id is not None
    placed = world.bulletin(item.placed_id)
    assert world.starts(placed) == ["02 17:00"]
    assert world.transmission(placed).approved_by == REVIEWER.user_id
    assert world.settle(item) == item


def test_among_priority_ones_from_above_the_earlier_keeps_its_time_without_asking_the_commune() -> None:
    world = InboxWorld()
    first = world.settle(world.item(world.urgent()))
    second = world.settle(world.item(world.urgent()))
    assert (first.state, second.state) == (S.PLACED, S.PLACED)
    assert second.placed_id is not None
    assert world.starts(world.bulletin(second.placed_id)) == ["02 17:05"]


def collided(world: InboxWorld, rrule: str = "", **more: Any) -> tuple[Bulletin, Bulletin]:
    """Return the commune's own bulletin and the handed-down one, at the same time."""
    mine = own(world, rrule=rrule)
    above = world.urgent(**more)
    world.settle(world.item(above))
    return mine, above


def test_a_collision_with_the_communes_own_priority_item_waits_for_the_commune() -> None:
    world = InboxWorld()
    mine, above = collided(world)
    item = world.item(above)
    assert (item.state, item.answer_by_at) == (S.COLLIDING, NOW + timedelta(hours=1))
    assert world.settle(item) == item
    assert world.starts(mine) == ["02 17:00"]


def test_it_is_decided_while_devices_can_still_be_told() -> None:
    world = InboxWorld()
    own(world)
    above = world.urgent()
    soon = local("2026-03-02T16:30")
    assert world.settle(world.item(above), soon).answer_by_at == local("2026-03-02T16:45")


def test_the_commune_may_let_its_own_go_first() -> None:
    world = InboxWorld()
    mine, above = collided(world)
    item = world.order(world.item(above), First.OWN)
    assert item.placed_id is not None
    assert (world.starts(mine), world.starts(world.bulletin(item.placed_id))) == (["02 17:00"], ["02 17:05"])
    assert (item.state, item.answered_by) == (S.PLACED, OPERATOR.user_id)


def test_the_commune_may_let_what_comes_from_above_go_first() -> None:
    world = InboxWorld()
    mine, above = collided(world)
    item = world.order(world.item(above), First.ABOVE)
    assert item.placed_id is not None
    assert (world.starts(mine), world.starts(world.bulletin(item.placed_id))) == (["02 17:05"], ["02 17:00"])
    assert "bulletin.moved_behind" in world.events()
    world.replan(C1)
    assert [f"{entry.start_at:%H:%M}" for entry in world.plan(C1).entries] == ["10:00", "10:05"]
    assert world.plan(C1).unplaced == ()


def test_two_of_the_communes_own_follow_one_after_the_other() -> None:
    world = InboxWorld()
    mine, next_one = own(world), own(world, "2026-03-02T17:03")
    above = world.urgent()
    world.settle(world.item(above))
    world.order(world.item(above), First.ABOVE)
    assert (world.starts(mine), world.starts(next_one)) == (["02 17:05"], ["02 17:03"])


@pytest.mark.parametrize(("first", "start"), [(First.ABOVE, "02 17:00"), (First.OWN, "02 17:05")])
def test_without_an_answer_in_time_the_default_of_the_area_holds(first: First, start: str) -> None:
    world = InboxWorld()
    world.set_inbox_rules(NORTH, InboxRules(first=first))
    _, above = collided(world)
    item = world.settle(world.item(above), NOW + timedelta(hours=1))
    assert (item.state, item.reason, item.answered_by) == (S.PLACED, "DEFAULT", None)
    assert item.placed_id is not None
    assert world.starts(world.bulletin(item.placed_id)) == [start]
    assert world.store.events()[-1].detail["default"] is True


def test_a_daily_one_keeps_its_time_but_on_the_dates_it_has_to_make_room() -> None:
    world = InboxWorld()
    mine, above = collided(world, "FREQ=DAILY;COUNT=3", schedules=(schedule("2026-03-03T17:00"),))
    world.order(world.item(above), First.ABOVE)
    (rule,) = world.bulletin(mine.id).schedules
    assert [(move.on.day, f"{move.to:%H:%M}") for move in rule.moves] == [(3, "17:05")]


def test_nothing_of_the_communes_own_is_dropped_for_what_comes_from_above() -> None:
    """If the commune's bulletin would find no later slot before it expires, the handed-down one goes behind it."""
    world = InboxWorld()
    mine = own(world, valid_until_at=local("2026-03-02T17:04"))
    above = world.urgent()
    world.settle(world.item(above))
    item = world.order(world.item(above), First.ABOVE)
    assert item.placed_id is not None
    assert (world.starts(mine), world.starts(world.bulletin(item.placed_id))) == (["02 17:00"], ["02 17:05"])


def test_one_from_above_without_any_room_lapses_and_says_so() -> None:
    world = InboxWorld()
    own(world)
    above = world.urgent(valid_until_at=local("2026-03-02T17:04"))
    world.settle(world.item(above))
    item = world.order(world.item(above), First.OWN)
    assert (item.state, item.reason, item.placed_id) == (S.LAPSED, "NO_ROOM", None)


def test_an_airing_without_room_is_left_out_and_told_while_the_others_air() -> None:
    world = InboxWorld()
    own(world, "2026-03-03T17:00")
    above = world.urgent(
        schedules=(schedule("2026-03-02T17:00", "FREQ=DAILY;COUNT=2"),), valid_until_at=local("2026-03-03T17:04")
    )
    world.settle(world.item(above))
    item = world.order(world.item(above), First.OWN)
    assert item.placed_id is not None
    (rule,) = world.bulletin(item.placed_id).schedules
    assert [on.day for on in rule.except_on] == [3]
    events = next(each for each in world.store.events() if each.name == "handed_down.placed")
    assert events.detail["left_out"] == [local("2026-03-03T17:00").isoformat()]


def test_a_priority_one_whose_time_is_past_lapses_and_says_so() -> None:
    world = InboxWorld()
    above = world.urgent()
    item = world.settle(world.item(above), local("2026-03-02T17:01"))
    assert (item.state, item.reason) == (S.LAPSED, "NOTHING_LEFT_TO_AIR")


def test_a_priority_one_keeps_out_of_quiet_hours() -> None:
    world = InboxWorld()
    above = world.urgent(schedules=(schedule("2026-03-02T22:00"),))
    item = world.settle(world.item(above))
    assert item.placed_id is not None
    assert world.starts(world.bulletin(item.placed_id)) == ["03 05:30"]


def set_rules(world: InboxWorld, rules: InboxRules, area_id: AreaId = NORTH) -> InboxRules:
    return answers.set_rules(world.store(), area_id, rules, call=world.call(REVIEWER, NOW))


def test_the_default_is_set_for_an_area_and_everything_below_it() -> None:
    world = InboxWorld()
    rules = set_rules(world, InboxRules(First.OWN, 30, 12))
    with world.store() as uow:
        assert uow[HandedDowns].rules(C1) == rules
        assert uow[HandedDowns].rules(PROVINCE) == InboxRules()
    detail = world.store.events()[-1].detail
    assert (detail["before"], detail["after"]) == (
        {"first": "above", "order_minutes": 60, "answer_hours": 48},
        {"first": "own", "order_minutes": 30, "answer_hours": 12},
    )


@pytest.mark.parametrize(
    ("rules", "area_id", "codes"),
    [
        (InboxRules(order_minutes=0, answer_hours=10_000), NORTH, ["OUT_OF_RANGE", "OUT_OF_RANGE"]),
        (InboxRules(), AreaId("none"), ["AREA_UNKNOWN"]),
    ],
)
def test_a_default_that_cannot_hold_is_refused(rules: InboxRules, area_id: AreaId, codes: list[str]) -> None:
    with pytest.raises(InvalidError) as refused:
        set_rules(InboxWorld(), rules, area_id)
    assert [each.code for each in refused.value.problems] == codes


def test_two_answers_at_once_are_one() -> None:
    world = InboxWorld()
    item = world.item(world.handed_down())
    world.decline(item)
    with world.store() as stale, pytest.raises(ConflictError):
        stale[HandedDowns].save(replace(item, version=item.version + 1))
