from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from broadcast.bulletins.deliveries import Delivery, DeliveryState
from broadcast.bulletins.make_good_rules import MakeGoodMode
from broadcast.bulletins.model import BulletinStatus
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.transmissions import OccurrenceId
from broadcast.scheduling.area_rules import AreaRules, QuietWindow
from broadcast.scheduling.make_good import Left, Missed, Remedy, item_of, makes_good, on_grid, rule_of
from cms.bulletins.repository.bulletins import StoredPlan, Transmissions
from cms.bulletins.service import review
from cms.fleet.repository.devices import Devices
from cms.platform.store.kinds import OutboxKind
from cms.schedule.repository.deliveries import Deliveries
from cms.schedule.service import as_run, make_good
from devices.model import Device
from devices.protocol import codec
from devices.protocol.messages import AsRunRecord, Plan
from province.errors import InvalidError, NotAllowedError, NotFoundError
from tests.builders.in_memory.missed_airings import AT, BACK_AT, L1, L2, Evening, rule, times
from tests.fakes.programme import AUTHOR, C1, C2, MONDAY, PROVINCE, REVIEWER, TREE, local, schedule
from tests.unit.schedule.test_as_run import ms


def test_who_was_off_at_the_time_hears_it_later_the_same_day_and_nobody_else_does() -> None:
    evening = Evening()
    evening.say("done", None, device=L2, now=AT + timedelta(minutes=2))
    evening.say()
    assert (evening.missed().remedy, evening.missed().mode) == (Remedy.PLANNED, MakeGoodMode.SAME_DAY)
    plan = evening.replan()
    assert times(plan) == [("17:50", (L1,))]
    (made,) = plan.made_good
    assert made.entry.rendition == evening.world.transmission(evening.bulletin).rendition
    assert [(each.code, dict(each.detail)) for each in made.entry.reasons] == [
        ("MADE_GOOD", {"start_at": AT.isoformat(), "mode": "same_day"})
    ]
    assert [entry.occurrence_id for entry in plan.heard_by(L1)] == [evening.item, evening.missed().item_id]
    assert [entry.occurrence_id for entry in plan.heard_by(L2)] == [evening.item]
    assert evening.replan(area_id=C2).made_good == ()


def test_what_boards_no_longer_show_is_nothing_missed() -> None:
    """Before, a withdrawn board text stood under "missed" with two loudspeakers."""
    evening = Evening()
    shown = OccurrenceId(f"{evening.world.transmission(evening.bulletin).id}-board-20260302")
    record = AsRunRecord(
        rid="shown", item=shown, sha256="a" * 64, planned_at=ms(AT), result="cut", volume_pct=0, code="CANCELLED"
    )
    with evening.world.store() as uow:
        (run,) = as_run.record(uow, uow[Devices].get(L1), [record], BACK_AT)
        uow.commit()
    assert run.occurrence_id == shown
    assert evening.world.store.all(Missed) == []


def test_the_plan_on_the_wire_names_who_is_meant() -> None:
    evening = Evening()
    evening.say()
    evening.replan()
    stored = evening.world.store.one(StoredPlan, area_id=C1, on=MONDAY)
    plan = codec.decode(Plan, evening.world.content.blobs[stored.sha256])
    assert [(extra.item.item, extra.devices) for extra in plan.extras] == [(evening.missed().item_id, [L1])]
    assert [item.item for item in plan.items] == [evening.item]


def test_the_area_is_planned_and_the_manifest_follows() -> None:
    evening = Evening()
    evening.world.store.clear_outbox()
    evening.say()
    assert [row.subject_id for row in evening.world.outbox(OutboxKind.PLAN)] == [C1]
    evening.replan()
    assert [row.subject_id for row in evening.world.outbox(OutboxKind.MANIFEST)] == [C1]


def test_the_same_word_twice_makes_nothing_good_twice() -> None:
    evening = Evening()
    evening.say()
    first = evening.replan()
    evening.say()
    evening.say(rid="told-anew", now=BACK_AT + timedelta(minutes=30))
    assert evening.replan(BACK_AT + timedelta(minutes=1)) == first


def test_devices_that_come_back_together_are_made_good_together() -> None:
    evening = Evening()
    evening.say()
    evening.say(device=L2, now=BACK_AT + timedelta(seconds=0))
    assert times(evening.replan()) == [("17:50", (L1, L2))]


def test_devices_that_come_back_one_after_the_other_each_have_their_time() -> None:
    evening = Evening()
    evening.say()
    evening.replan()
    evening.say(device=L2, now=BACK_AT + timedelta(minutes=11))
    assert times(evening.replan(BACK_AT + timedelta(minutes=11))) == [("17:50", (L1,)), ("18:05", (L2,))]


def test_what_has_begun_stays_as_it_was_planned() -> None:
    evening = Evening()
    evening.say()
    before = evening.replan()
    later = local("2026-03-02T17:51")
    evening.say("done", None, rid="late", now=later)
    assert evening.replan(later) == before


def test_what_the_area_hears_then_goes_before() -> None:
    evening = Evening()
    evening.world.approved(schedules=(schedule("2026-03-02T17:50"),))
    evening.say()
    assert times(evening.replan()) == [("17:55", (L1,))]


def test_a_place_is_kept_until_something_approved_takes_it() -> None:
    evening = Evening()
    evening.say()
    evening.replan()
    assert times(evening.replan(BACK_AT + timedelta(minutes=8))) == [("17:50", (L1,))]
    evening.world.approved(schedules=(schedule("2026-03-02T17:49"),))
    assert times(evening.replan(BACK_AT + timedelta(minutes=8))) == [("18:00", (L1,))]


def test_quiet_hours_are_kept() -> None:
    evening = Evening()
    evening.world.set_rules(PROVINCE, AreaRules(quiet=(QuietWindow(time(17, 45), time(19, 1)),)))
    evening.say()
    assert times(evening.replan()) == [("19:05", (L1,))]


def test_where_there_is_no_time_left_the_plan_says_so() -> None:
    evening = Evening()
    evening.world.set_rules(PROVINCE, AreaRules(quiet=(QuietWindow(time(17, 45), time(5)),)))
    evening.say()
    plan = evening.replan()
    assert plan.made_good == ()
    (item,) = plan.unplaced
    assert (item.occurrence_id, [each.code for each in item.reasons]) == (
        evening.missed().item_id,
        ["MADE_GOOD", "NO_TIME_LEFT"],
    )


@pytest.mark.parametrize(
    ("mode", "now", "left"),
    [
        (MakeGoodMode.NONE, BACK_AT, Left.POLICY),
        (MakeGoodMode.SAME_DAY, local("2026-03-02T19:55"), Left.TOO_LATE),
        (MakeGoodMode.ASK, local("2026-03-05T19:55"), Left.TOO_LATE),
    ],
)
def test_why_nothing_is_made_good_is_kept(mode: MakeGoodMode, now: datetime, left: Left) -> None:
    evening = Evening(mode)
    evening.say(now=now)
    assert (evening.missed().remedy, evening.missed().left_because) == (Remedy.LEFT, left)
    assert evening.replan(now).made_good == ()


def test_what_airs_by_itself_again_first_is_not_made_good() -> None:
    evening = Evening(MakeGoodMode.NEXT_SESSION, rrule="FREQ=DAILY")
    evening.say(now=local("2026-03-03T16:55"))
    assert evening.missed().left_because is Left.AIRS_AGAIN


def test_validity_bounds_it() -> None:
    evening = Evening(valid_until_at=local("2026-03-02T17:30"))
    evening.say()
    assert evening.missed().left_because is Left.TOO_LATE


def test_the_next_session_is_followed_by_it() -> None:
    evening = Evening(MakeGoodMode.NEXT_SESSION)
    evening.world.approved(schedules=(schedule("2026-03-03T05:30"),))
    evening.say()
    evening.replan()
    assert times(evening.world.plan(on=date(2026, 3, 3))) == [("05:32", (L1,))]


def test_without_a_session_nothing_is_promised() -> None:
    evening = Evening(MakeGoodMode.NEXT_SESSION)
    evening.say()
    plan = evening.replan()
    assert plan.made_good == ()
    assert "NO_TIME_LEFT" in {each.code for item in plan.unplaced for each in item.reasons}


def test_a_time_beyond_the_horizon_is_planned_when_it_comes_near() -> None:
    evening = Evening(MakeGoodMode.ASK)
    evening.say(now=local("2026-03-03T23:00"))
    evening.decide(airs_again=True, now=local("2026-03-03T23:10"))
    evening.world.replan(days=2, now=local("2026-03-03T23:10"))
    evening.world.replan(first_on=date(2026, 3, 4), days=2, now=local("2026-03-04T00:01"))
    assert times(evening.world.plan(on=date(2026, 3, 4))) == [("05:30", (L1,))]


@pytest.mark.parametrize(("cuts", "remedy"), [(True, Remedy.PLANNED), (False, Remedy.LEFT)])
def test_what_was_cut_is_made_good_where_the_policy_says_so(cuts: bool, remedy: Remedy) -> None:
    evening = Evening(None)
    evening.rule(rule(MakeGoodMode.SAME_DAY, cuts=cuts))
    transmission = evening.world.transmission(evening.bulletin)
    evening.world.store.put(replace(transmission, make_good=(rule(MakeGoodMode.SAME_DAY, cuts=cuts),)))
    evening.say("cut", "BUSY_HIGHER")
    assert evening.missed().remedy is remedy


@pytest.mark.parametrize("code", ["HUSHED", "LOCAL_STOP"])
def test_what_somebody_stopped_on_purpose_is_asked_about(code: str) -> None:
    evening = Evening()
    evening.say(code=code)
    assert (evening.missed().remedy, evening.missed().mode) == (Remedy.ASKED, MakeGoodMode.ASK)


def test_what_was_not_approved_to_air_again_is_asked_about() -> None:
    evening = Evening(None)
    evening.rule(rule(MakeGoodMode.SAME_DAY))
    evening.say()
    assert evening.missed().remedy is Remedy.ASKED


def test_a_policy_made_stricter_since_counts_at_once() -> None:
    evening = Evening()
    evening.rule(rule(MakeGoodMode.NONE, C1))
    evening.say()
    assert evening.missed().left_because is Left.POLICY


def test_the_nearest_area_decides_and_an_approval_freezes_what_it_may() -> None:
    evening = Evening()
    evening.rule(rule(MakeGoodMode.ASK, C1))
    bulletin = evening.world.approved(schedules=(schedule("2026-03-02T18:30"),))
    frozen = evening.world.transmission(bulletin).make_good
    assert [(each.area_id, each.mode) for each in frozen] == [
        (PROVINCE, MakeGoodMode.SAME_DAY),
        (C1, MakeGoodMode.ASK),
    ]
    assert [rule_of(frozen, TREE, area_id, PriorityClass.NORMAL).mode for area_id in (C1, C2)] == [
        MakeGoodMode.ASK,
        MakeGoodMode.SAME_DAY,
    ]


def test_who_turns_out_to_have_heard_it_is_spared() -> None:
    evening = Evening()
    evening.say()
    evening.replan()
    evening.say("done", None, now=BACK_AT + timedelta(minutes=2))
    assert (evening.missed().remedy, evening.missed().left_because) == (Remedy.LEFT, Left.HEARD)
    assert evening.replan(BACK_AT + timedelta(minutes=2)).made_good == ()


def test_who_said_that_it_had_heard_it_is_not_made_good() -> None:
    evening = Evening()
    with evening.world.store() as uow:
        heard = Delivery(
            L1, "Loa", evening.item, evening.world.transmission(evening.bulletin).id, DeliveryState.DONE, AT
        )
        uow[Deliveries].advance([heard])
        uow.commit()
    evening.say()
    assert evening.world.store.all(Missed) == []


def test_what_makes_good_and_is_missed_too_is_not_made_good_again() -> None:
    evening = Evening()
    evening.say()
    again = evening.missed().item_id
    with evening.world.store() as uow:
        record = AsRunRecord(
            rid="again", item=again, sha256="a" * 64, planned_at=ms(AT), result="missed", volume_pct=70
        )
        as_run.record(uow, uow[Devices].get(L1), [record], BACK_AT + timedelta(hours=1))
        uow.commit()
    (missed,) = evening.world.store.all(Missed)
    assert (missed.occurrence_id, missed.device_id) == (evening.item, L1)
    assert makes_good(again)
    assert not makes_good(evening.item)
    assert not makes_good("x")


def test_a_person_lets_it_air_again() -> None:
    evening = Evening(MakeGoodMode.ASK)
    evening.say()
    assert evening.replan().made_good == ()
    evening.decide(airs_again=True)
    assert evening.missed().decided_by_name == REVIEWER.name
    assert times(evening.replan()) == [("17:50", (L1,))]
    assert evening.world.events()[-1] == "missed.decided"
    with pytest.raises(NotFoundError):
        evening.decide(airs_again=True)


def test_a_person_leaves_it() -> None:
    evening = Evening(MakeGoodMode.ASK)
    evening.say()
    evening.decide(airs_again=False)
    assert (evening.missed().remedy, evening.missed().left_because) == (Remedy.LEFT, Left.PERSON)
    assert evening.replan().made_good == ()


def test_what_a_person_left_by_mistake_waits_for_a_decision_again() -> None:
    evening = Evening(MakeGoodMode.ASK)
    evening.say()
    before = evening.missed()
    evening.decide(airs_again=False)
    store, item = evening.world.store, evening.item
    with pytest.raises(NotFoundError):
        make_good.ask_again(store(), item, call=evening.world.call(AUTHOR, BACK_AT))
    make_good.ask_again(store(), item, call=evening.world.call(REVIEWER, BACK_AT))
    assert evening.missed() == before
    assert evening.world.events()[-1] == "missed.reopened"
    with pytest.raises(NotFoundError):
        make_good.ask_again(store(), item, call=evening.world.call(REVIEWER, BACK_AT))


def test_nobody_lets_their_own_bulletin_air_again() -> None:
    evening = Evening(MakeGoodMode.ASK)
    evening.say()
    with pytest.raises(NotAllowedError):
        evening.decide(airs_again=True, actor=AUTHOR)


def test_a_word_given_too_late_is_refused() -> None:
    evening = Evening(MakeGoodMode.ASK)
    evening.say()
    with pytest.raises(InvalidError) as refused:
        evening.decide(airs_again=True, now=local("2026-03-04T16:59"))
    assert [problem.code for problem in refused.value.problems] == ["TOO_LATE_TO_MAKE_GOOD"]


def test_a_withdrawal_takes_it_back_too() -> None:
    evening = Evening(rrule="FREQ=WEEKLY;COUNT=2")
    evening.say("done", None, device=L2)
    evening.say()
    evening.replan()
    evening.world.store.clear_outbox()
    bulletin = evening.world.bulletin(evening.bulletin.id)
    assert bulletin.status is BulletinStatus.SCHEDULED
    review.withdraw(
        evening.world.store(),
        bulletin.id,
        expected_version=bulletin.version,
        call=evening.world.call(REVIEWER, BACK_AT),
    )
    cancelled = {row.subject_id: row.payload["refs"] for row in evening.world.outbox(OutboxKind.CANCEL)}
    assert cancelled == {C1: [evening.missed().item_id]}
    assert evening.replan().made_good == ()


@pytest.mark.parametrize("code", ["CANCELLED", None])
def test_what_was_withdrawn_is_not_made_good(code: str | None) -> None:
    evening = Evening()
    with evening.world.store() as uow:
        uow[Transmissions].withdraw(evening.world.transmission(evening.bulletin).id, AT)
        uow.commit()
    evening.say(code=code)
    assert evening.missed().left_because is Left.WITHDRAWN


def test_what_somebody_stopped_is_not_called_withdrawn() -> None:
    evening = Evening()
    evening.say(code="CANCELLED")
    assert evening.missed().left_because is Left.STOPPED


def test_a_device_that_moved_hears_it_where_it_stands_now() -> None:
    evening = Evening()
    evening.say()
    evening.world.store.put(replace(evening.world.store.one(Device, id=L1), area_id=C2))
    assert evening.replan().made_good == ()
    assert times(evening.replan(area_id=C2)) == [("17:50", (L1,))]


def test_the_id_of_what_makes_good_is_the_transmissions_and_the_devices_own() -> None:
    first, second = (item_of(OccurrenceId("t1-s1-202603021700"), at) for at in (AT, BACK_AT))
    assert first.rsplit("-", 2)[0] == "t1"
    assert first != second
    assert on_grid(AT) == AT
    assert on_grid(AT + timedelta(seconds=1)) == AT + timedelta(minutes=5)


def test_the_day_before_is_not_planned_again() -> None:
    evening = Evening()
    evening.say()
    before = evening.replan()
    tomorrow = local("2026-03-03T00:01")
    evening.world.replan(first_on=date(2026, 3, 3), days=2, now=tomorrow)
    assert evening.world.plan() == before
    assert evening.world.plan(on=date(2026, 3, 3)).made_good == ()
