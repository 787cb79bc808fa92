from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.firmware import rollout_progress
from devices.firmware.model import (
    IN_FLIGHT,
    Member,
    MemberState,
    RolloutAction,
    RolloutId,
    RolloutState,
    Wave,
)
from devices.firmware.rollout_progress import TRANSITIONS, Field
from devices.firmware.wave_membership import choose
from devices.model import DeviceId
from devices.protocol.messages import Code, ExecutionState
from province.areas import AreaId
from tests.unit.rollouts.fleet import MINUTE, NOW, ROLLOUT, Course, candidate, candidates, field, image

R = RolloutId("r1")


def chosen(count: int = 200, per_commune: int = 10) -> list[Member]:
    return list(choose(R, candidates(count, per_commune), [image()]).members)


def test_a_good_image_reaches_everybody_once_a_second_person_releases_it() -> None:
    course = Course(chosen())
    assert course.run() is RolloutState.HELD
    assert Counter(each.wave for each in course.members.values() if each.state is MemberState.DONE) == {Wave.CANARY: 2}
    course.release()
    assert course.run() is RolloutState.DONE
    assert course.states() == {MemberState.DONE}
    assert Counter(course.told).most_common(1)[0][1] == 1


def test_a_bad_image_stops_at_the_canary_and_nobody_else_is_told() -> None:
    course = Course(chosen(1000), lambda _: Code.BOOT_FAILED)
    assert course.run() is RolloutState.STOPPED
    assert course.rollout.stop_code == "GATE"
    assert len(course.told) <= 10
    assert {course.members[each].wave for each in course.told} == {Wave.CANARY}


def test_an_image_that_bricks_stops_at_the_canary_because_nobody_is_heard_again() -> None:
    course = Course(chosen(1000))
    course.step()
    for each in list(course.members.values()):
        course.members[each.device_id] = rollout_progress.heard(
            each, each.attempt, ExecutionState.STARTED, "", is_new=False, now=course.now
        )
    course.fate = lambda _: "-"
    assert course.run(3, minutes=90) is RolloutState.STOPPED
    assert {each.code for each in course.members.values() if each.state is MemberState.FAILED} == {
        rollout_progress.SILENT
    }


@pytest.mark.parametrize(("failing", "state"), [(1, RolloutState.WAVES), (3, RolloutState.STOPPED)])
def test_a_wave_stops_at_five_in_a_hundred_and_goes_on_below(failing: int, state: RolloutState) -> None:
    members = chosen(500)
    bad = {each.device_id for each in members if each.wave is Wave.TENTH}
    bad = set(sorted(bad)[:failing])
    course = Course(members, lambda each: Code.AMP_FAULT if each.device_id in bad else "")
    course.run(50)
    course.release()
    course.run(3)
    assert course.rollout.state is state


def test_ninety_five_in_a_hundred_begin_the_next_wave_while_the_rest_is_awaited() -> None:
    members = chosen(1000)
    slow = {min(each.device_id for each in members if each.wave is Wave.TENTH)}
    course = Course(members, lambda each: "-" if each.device_id in slow else "")
    course.run(50)
    course.release()
    course.run(30)
    assert course.rollout.wave is Wave.ALL
    assert course.rollout.state is RolloutState.WAVES


def test_whoever_is_never_heard_does_not_hold_up_a_wave_for_ever() -> None:
    members = chosen()
    course = Course(members)
    course.field = Field({members[0].device_id}, course.field.speaking)
    assert course.run(10, minutes=24 * 60) is RolloutState.HELD
    course = Course(members)
    course.field = Field((), course.field.speaking)
    assert course.run(10, minutes=24 * 60) is RolloutState.STOPPED
    assert course.rollout.stop_code == "UNHEARD"


def test_one_device_alone_is_canary_and_all() -> None:
    members = list(choose(R, [candidate(1, is_cluster=False)], [image()]).members)
    assert Course(members).run(5) is RolloutState.DONE


def test_what_is_unfit_or_was_told_to_wait_is_asked_later() -> None:
    members = chosen(20)
    course = Course(members, lambda _: Code.NEAR_ITEM)
    course.field = replace(course.field, unfit={members[0].device_id})
    course.run(3)
    assert course.told == []
    course.field = field(members)
    course.run(15)
    assert course.told == [members[0].device_id]
    assert course.members[members[0].device_id].code == Code.NEAR_ITEM
    course.run(20)
    assert course.told == [members[0].device_id] * 2


def test_whoever_did_not_answer_is_asked_again() -> None:
    course = Course(chosen(20), lambda _: "-")
    course.run(3)
    assert len(course.told) == 1
    course.run(2, minutes=60)
    assert len(course.told) == 2


def test_one_that_accepted_and_fell_silent_has_failed() -> None:
    course = Course(chosen(20), lambda _: "-")
    course.step()
    (member,) = (each for each in course.members.values() if each.state is MemberState.SENT)
    course.members[member.device_id] = rollout_progress.heard(
        member, 1, ExecutionState.READY, "", is_new=False, now=course.now
    )
    assert course.run(1, minutes=9 * 60) is RolloutState.STOPPED


def test_a_pause_tells_nobody_more() -> None:
    course = Course(chosen())
    course.rollout = replace(course.rollout, paused_at=NOW)
    course.run(20)
    assert course.told == []


@pytest.mark.parametrize("state", [s for s in RolloutState if s not in (RolloutState.CANARY, RolloutState.WAVES)])
def test_what_does_not_run_tells_nobody(state: RolloutState) -> None:
    course = Course(chosen(), rollout=replace(ROLLOUT, state=state, wave=Wave.ALL))
    course.run(20)
    assert (course.told, course.rollout.state) == ([], state)


def test_no_more_than_so_many_at_once() -> None:
    members = chosen(1000)
    course = Course(members, lambda _: "-", replace(ROLLOUT, state=RolloutState.WAVES, wave=Wave.ALL))
    course.run(3)
    assert len(course.told) == rollout_progress.AT_ONCE


def member(state: MemberState = MemberState.SENT, attempt: int = 1) -> Member:
    (first, *_) = chosen(20)
    return replace(first, state=state, attempt=attempt, sent_at=NOW, changed_at=NOW)


ANSWERS = [
    (MemberState.SENT, ExecutionState.RECEIVED, "", MemberState.RECEIVED),
    (MemberState.SENT, ExecutionState.STARTED, "", MemberState.TRYING),
    (MemberState.TRYING, ExecutionState.RECEIVED, "", MemberState.TRYING),
    (MemberState.WAITING, ExecutionState.RECEIVED, "", MemberState.RECEIVED),
    (MemberState.TRYING, ExecutionState.FAILED, Code.NO_LINK, MemberState.FAILED),
    (MemberState.FAILED, ExecutionState.STARTED, "", MemberState.FAILED),
    (MemberState.FAILED, ExecutionState.FAILED, Code.NO_LINK, MemberState.FAILED),
    (MemberState.SENT, ExecutionState.REJECTED, Code.WEAK_BATTERY, MemberState.WAITING),
    (MemberState.WAITING, ExecutionState.REJECTED, Code.WEAK_BATTERY, MemberState.WAITING),
    (MemberState.READY, ExecutionState.FAILED, Code.EXPIRED, MemberState.WAITING),
    (MemberState.SENT, ExecutionState.REJECTED, Code.KEY_ROLE, MemberState.FAILED),
    (MemberState.SENT, ExecutionState.RECEIVED, Code.DUPLICATE, MemberState.SENT),
    (MemberState.DONE, ExecutionState.FAILED, Code.NO_LINK, MemberState.DONE),
]


@pytest.mark.parametrize(("before", "standing", "code", "after"), ANSWERS)
def test_an_answer_moves_a_device_on(
    before: MemberState, standing: ExecutionState, code: str, after: MemberState
) -> None:
    now = NOW + MINUTE
    assert rollout_progress.heard(member(before), 1, standing, code, is_new=False, now=now).state is after


def test_success_is_believed_of_the_new_image_alone_and_whenever_it_comes() -> None:
    silent = member(MemberState.FAILED, attempt=3)
    assert rollout_progress.heard(silent, 1, ExecutionState.DONE, "", is_new=False, now=NOW) is silent
    assert rollout_progress.heard(silent, 1, ExecutionState.DONE, "", is_new=True, now=NOW).state is MemberState.DONE
    done = member(MemberState.DONE)
    assert rollout_progress.heard(done, 1, ExecutionState.DONE, "", is_new=True, now=NOW) is done


def test_an_answer_to_an_earlier_order_changes_nothing() -> None:
    found = member(attempt=2)
    assert rollout_progress.heard(found, 1, ExecutionState.FAILED, Code.NO_LINK, is_new=False, now=NOW) is found


def test_what_may_be_taken_back_has_not_begun_to_be_tried() -> None:
    taken = {state for state in MemberState if rollout_progress.is_on_its_way(member(state))}
    assert taken == {MemberState.SENT, MemberState.RECEIVED, MemberState.READY}


def test_a_rollout_that_is_over_leaves_its_devices_to_others() -> None:
    assert {s for s in RolloutState if not replace(ROLLOUT, state=s).is_open} == {
        RolloutState.STOPPED,
        RolloutState.DONE,
    }


def test_what_has_stopped_or_ended_stays_so() -> None:
    for state in (RolloutState.STOPPED, RolloutState.DONE):
        assert not [action for action in RolloutAction if (state, action) in TRANSITIONS]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), communes=st.integers(1, 12), size=st.integers(2, 120), bad_pct=st.integers(0, 30))
def test_whatever_devices_do_the_rules_hold_at_every_moment(seed: int, communes: int, size: int, bad_pct: int) -> None:
    dice = random.Random(seed)
    fleet = [
        candidate(place, commune=f"xa-{dice.randrange(communes)}", is_cluster=dice.random() < 0.8)
        for place in range(size)
    ]
    members = list(choose(R, fleet, [image()]).members)

    def fate(each: Member) -> str:
        luck = dice.randrange(100)
        if luck < bad_pct:
            return dice.choice([Code.BOOT_FAILED, Code.AMP_FAULT])
        return dice.choice(["-", Code.NEAR_ITEM]) if luck > 85 else ""

    course = Course(members, fate)
    clusters = {each.device_id: each.commune_id for each in fleet if each.is_cluster}
    asked_again: set[DeviceId] = set()
    for _ in range(150):
        awake = {each for each in clusters if dice.random() < 0.9}
        speaking: dict[AreaId, set[DeviceId]] = {}
        for each in awake:
            speaking.setdefault(clusters[each], set()).add(each)
        course.field = Field({each.device_id for each in members if dice.random() < 0.9}, speaking)
        before = {each.device_id: each for each in course.members.values()}
        step = course.step(dice.choice([1, 1, 30, 600]))
        flying = {each.device_id for each in course.members.values() if each.state in IN_FLIGHT}
        for found in step.told:
            # Only waiting devices are sent it, and another loudspeaker of the commune can still speak.
            assert before[found.device_id].state not in (MemberState.DONE, MemberState.FAILED)
            assert found.wave <= course.rollout.wave
            if found.is_cluster:
                assert speaking[found.commune_id] - flying
            assert found.attempt == 1 or found.device_id in asked_again
        assert not step.told or course.rollout.is_telling
        again = rollout_progress.advance(course.rollout, list(course.members.values()), course.field, course.now)
        assert not set(again.told) & set(step.told)
        course.answer()
        asked_again |= {each.device_id for each in course.members.values() if each.attempt}
        if course.rollout.state is RolloutState.HELD and dice.random() < 0.3:
            course.release()
    told_waves = {course.members[each].wave for each in course.told}
    if course.rollout.state is RolloutState.STOPPED:
        assert not course.told or max(told_waves) <= course.rollout.wave


def test_a_wave_is_not_told_the_moment_it_was_released_twice() -> None:
    course = Course(chosen())
    course.run(10)
    course.release()
    first = course.step()
    assert (first.rollout.wave, first.rollout.wave_at) == (Wave.TENTH, NOW + timedelta(minutes=11))
