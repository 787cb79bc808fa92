from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from broadcast.alerts.model import AlertKind, AlertStatus, Audience, Purpose
from broadcast.alerts.orders import ReachState
from broadcast.bulletins.model import SoundState, Targets
from cms.alerts.service import drafts, ends
from cms.alerts.service.draft_fields import WordingDraft
from cms.platform.store.kinds import OutboxKind
from province.errors import InvalidError, NotAllowedError, NotPossibleError
from province.people import Action
from tests.builders.in_memory.alert_world import OTHER, RAISER, Voices, World, draft, minutes
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import C1, C3, NORTH, NOW
from tests.fakes.warnings import HOUR
from tests.service_store import OutboxEntry

LATER = NOW + HOUR


def test_a_cancel_ends_the_order_at_once_and_leaves_the_correction_ready() -> None:
    world = World()
    made = world.active()
    gone = world.cancel(made, LATER, " Báo nhầm ")
    order = world.order(made)
    assert (gone.status, gone.ended_at, gone.ended_by_name, gone.reason) == (
        AlertStatus.CANCELLED,
        LATER,
        OTHER.name,
        "Báo nhầm",
    )
    assert order.ended_at == LATER
    assert world.outbox(OutboxKind.ALERT_END) == [OutboxEntry(OutboxKind.ALERT_END, order.id, {"reason": "CANCELLED"})]
    assert {reach.state for reach in world.reaches(order.id)} == {ReachState.SILENT}
    correction = world.prepared(made)
    assert correction is not None
    assert correction.headline.startswith("Tin đính chính")
    assert correction.wordings[0].sound.state is SoundState.MAKING
    assert world.events()[-1] == "alert.cancelled"


def test_a_cancel_needs_the_right_a_reason_and_something_to_cancel() -> None:
    world = World()
    made = world.active()
    with pytest.raises(InvalidError):
        world.cancel(made, reason=" ")
    with pytest.raises(NotPossibleError):
        world.cancel(world.draft())
    world.authority = FixedAuthority(frozenset({(Action.ALERT_CANCEL, NORTH)}))
    with pytest.raises(NotAllowedError):
        world.cancel(made)
    assert world.alert(made).status is AlertStatus.ACTIVE


def test_a_cancelled_drill_leaves_no_correction() -> None:
    world = World()
    made = world.active(kind=AlertKind.DRILL)
    world.cancel(made)
    assert world.prepared(made) is None


def test_the_all_clear_goes_out_in_one_step_with_the_sound_that_was_prepared() -> None:
    world = World()
    made = world.active()
    prepared = world.prepared(made)
    assert prepared is not None
    world.sound(prepared)
    clear = world.all_clear(made, LATER)
    order = world.order(clear)
    assert (clear.id, clear.status, clear.approver_id, clear.submitter_id) == (
        prepared.id,
        AlertStatus.ACTIVE,
        OTHER.user_id,
        OTHER.user_id,
    )
    assert (order.purpose, order.replaces, order.approved_by) == (
        Purpose.ALL_CLEAR,
        (world.order(made).id,),
        (OTHER.user_id,),
    )
    assert order.expires_at == LATER + timedelta(minutes=60)
    assert [each.language for each in order.spoken] == ["vi"]
    assert world.alert(made).status is AlertStatus.SUPERSEDED
    assert world.events()[-1] == "alert.all_clear_sent"
    with pytest.raises(NotPossibleError):
        world.all_clear(made, LATER)
    with pytest.raises(NotPossibleError):
        world.all_clear(clear, LATER)
    world.cancel(clear, LATER)
    assert world.prepared(clear) is None


def test_an_all_clear_whose_sound_is_not_ready_goes_out_as_text() -> None:
    world = World()
    clear = world.all_clear(world.active())
    assert world.order(clear).spoken == ()
    assert world.order(clear).headline.startswith("Đã hết cảnh báo")


def test_an_alert_that_nobody_approved_in_time_waits_no_longer_and_leaves_nothing_to_follow() -> None:
    world = World()
    made = world.submitted()
    assert ends.expire_waiting(world.store(), now=made.expires_at - timedelta(seconds=1)) == 0
    assert ends.expire_waiting(world.store(), now=made.expires_at) == 1
    assert ends.expire_waiting(world.store(), now=made.expires_at) == 0
    over = world.alert(made)
    assert (over.status, over.ended_at, over.order_id) == (AlertStatus.EXPIRED, made.expires_at, None)
    with pytest.raises(NotPossibleError):
        world.all_clear(over)
    with pytest.raises(NotPossibleError):
        world.approve(over)


def test_an_all_clear_that_somebody_discarded_is_prepared_anew() -> None:
    world = World(voices=Voices(frozenset({"vi"})))
    made = world.active(kind=AlertKind.DRILL)
    prepared = world.prepared(made)
    assert prepared is not None
    drafts.discard(world.store(), prepared.id, expected_version=prepared.version, call=world.call(RAISER, NOW))
    assert world.open_jobs(prepared) == []
    assert world.order(world.all_clear(made)).headline.startswith("DIỄN TẬP – Đã hết cảnh báo")


def test_without_any_voice_the_all_clear_is_a_text() -> None:
    world = World(voices=Voices(frozenset()))
    made = world.approve(world.submit(world.draft(kind=AlertKind.DRILL, is_silent=True)))
    prepared = world.prepared(made)
    assert prepared is not None
    assert [(each.language, each.sound.state) for each in prepared.wordings] == [("vi", SoundState.MISSING)]


def test_the_correction_of_a_cancelled_alert_goes_out_in_one_step_for_a_day() -> None:
    world = World()
    made = world.cancel(world.active())
    with pytest.raises(NotPossibleError):
        world.all_clear(made, NOW + timedelta(days=1, seconds=1))
    sent = world.all_clear(made, NOW + timedelta(days=1))
    assert sent.headline.startswith("Tin đính chính")
    assert world.order(sent).replaces == ()
    assert world.alert(made).status is AlertStatus.CANCELLED
    with pytest.raises(NotPossibleError):
        world.all_clear(made, NOW)


def test_what_somebody_rewrote_needs_two_people_again() -> None:
    world = World()
    made = world.cancel(world.active())
    correction = world.prepared(made)
    assert correction is not None
    drafts.edit(
        world.store(),
        correction.id,
        draft=draft(purpose=Purpose.ALL_CLEAR, updates_id=made.id, wordings=(WordingDraft("vi", "Xin lỗi."),)),
        expected_version=correction.version,
        call=world.call(RAISER, NOW),
        voices=world.voices,
    )
    with pytest.raises(NotPossibleError):
        world.all_clear(made)


def test_nobody_calls_off_what_never_was_active_or_where_they_may_not() -> None:
    world = World()
    with pytest.raises(NotPossibleError):
        world.all_clear(world.submitted())
    made = world.active()
    world.authority = FixedAuthority(frozenset({Action.ALERT_CANCEL}))
    with pytest.raises(NotAllowedError):
        world.all_clear(made)


def test_time_ends_an_order_at_the_instant_named_however_late_that_is_written_down() -> None:
    world = World()
    first, second = world.active(), world.active(expires_at=NOW + 2 * HOUR)
    answered = world.reaches(world.order(second).id)[0]
    world.report(replace(answered, state=ReachState.DONE))
    assert ends.expire_due(world.store(), now=NOW + HOUR) == 0
    late = NOW + 3 * HOUR
    assert ends.expire_due(world.store(), now=late) == 1
    assert ends.expire_due(world.store(), now=late) == 0
    order = world.order(second)
    assert order.ended_at == world.alert(second).ended_at == NOW + 2 * HOUR
    assert world.alert(second).status is AlertStatus.EXPIRED
    assert world.alert(first).status is AlertStatus.ACTIVE
    assert [reach.state for reach in world.reaches(order.id)] == [ReachState.DONE] + [ReachState.SILENT] * 3
    assert world.outbox(OutboxKind.ALERT_END) == [OutboxEntry(OutboxKind.ALERT_END, order.id, {"reason": "EXPIRED"})]
    assert world.events()[-1] == "alert.expired"
    world.cancel(first)
    assert world.all_clear(second, late + minutes(1)).status is AlertStatus.ACTIVE


def test_calm_words_are_refused_while_another_live_warning_stands_there() -> None:
    world = World()
    first, other = world.active(), world.active(headline="Cảnh báo bão", audience=Audience(Targets((C1,))))
    with pytest.raises(InvalidError) as refused:
        world.all_clear(first)
    (problem,) = refused.value.problems
    assert (problem.field, problem.code, problem.detail) == (
        *("audience", "ALERT_IN_FORCE"),
        {"headline": other.headline},
    )
    assert world.alert(first).status is AlertStatus.ACTIVE
    world.active(kind=AlertKind.DRILL)
    world.cancel(other)
    assert world.all_clear(first).status is AlertStatus.ACTIVE
    drill = world.active(kind=AlertKind.DRILL)
    world.active()
    assert world.all_clear(drill).is_drill


def test_a_new_live_warning_ends_older_calm_words_in_its_places() -> None:
    world = World()
    elsewhere = world.all_clear(world.active(audience=Audience(Targets((C3,)))))
    calm = world.all_clear(world.active())
    of_drill = world.all_clear(world.active(kind=AlertKind.DRILL))
    world.active(headline="Cảnh báo lũ quét", audience=Audience(Targets((C1,))))
    left = world.alert(calm)
    assert (left.status, left.audience.targets) == (AlertStatus.ACTIVE, Targets((NORTH,), (C1,)))
    assert [end.areas for end in world.order(calm).part_ends] == [(C1,)]
    world.active(headline="Cảnh báo sạt lở")
    assert world.alert(calm).status is AlertStatus.SUPERSEDED
    assert world.alert(elsewhere).status is AlertStatus.ACTIVE
    assert world.alert(of_drill).status is AlertStatus.ACTIVE


def test_an_update_of_calm_words_is_no_older_word_to_be_ended() -> None:
    world = World()
    calm = world.all_clear(world.active())
    later = NOW + minutes(12)
    drafted = world.draft(later, purpose=Purpose.UPDATE, updates_id=calm.id)
    world.approve(world.submit(world.sound(drafted, later), later), later)
    assert world.alert(calm).status is AlertStatus.SUPERSEDED


def test_an_all_clear_names_the_time_at_which_people_heard_the_alert() -> None:
    world = World()
    made, later = world.active(), NOW + minutes(12)
    drafted = world.draft(later, purpose=Purpose.UPDATE, updates_id=made.id, is_minor=True)
    update = world.approve(world.submit(world.sound(drafted, later), later), later)
    prepared = world.prepared(update)
    assert prepared is not None
    assert "8 giờ, ngày 2 tháng 3" in prepared.wordings[0].text


def test_each_sending_asks_whether_the_order_still_stands() -> None:
    world = World()
    made = world.active()
    order = world.order(made)
    assert order.may_be_sent(order.expires_at - timedelta(seconds=1))
    assert not order.may_be_sent(order.expires_at)
    world.cancel(made)
    assert not world.order(made).may_be_sent(NOW)
