from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from broadcast.alerts.model import Alert, AlertKind, AlertStatus, CancelCause
from cms.alerts.service import ends, stop_orders
from cms.platform.store.kinds import OutboxKind
from province.areas import AreaId
from province.errors import NotAllowedError, NotPossibleError
from province.people import Action
from tests.builders.in_memory.alert_world import APPROVER, OTHER, RAISER, World, minutes
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import C1, C3, NORTH, NOW
from tests.service_store import OutboxEntry


def mute(world: World, area_id: AreaId = C1, now: datetime = NOW, *, spares: bool = False) -> None:
    stop_orders.stop_everything(
        world.store(),
        areas=[area_id],
        reason="Loa hỏng",
        call=world.call(OTHER, now),
        spares_alerts=spares,
        mutes_alerts=True,
    )


def sound_again(world: World, alert: Alert, now: datetime = NOW) -> Alert:
    return ends.sound_again(world.store(), alert.id, call=world.call(OTHER, now))


def undo(world: World, alert: Alert, now: datetime = NOW) -> Alert:
    return ends.undo_cancel(world.store(), alert.id, call=world.call(OTHER, now), voices=world.voices)


def test_what_a_stop_silenced_sounds_again_and_nothing_is_repeated_elsewhere() -> None:
    world = World()
    made = world.active()
    before = world.order(made)
    mute(world)
    again = sound_again(world, made, NOW + minutes(1))
    order = world.order(again)
    assert (again.status, again.id, again.is_minor) == (AlertStatus.ACTIVE, made.id, False)
    assert (order.replaces, order.is_minor, order.approved_by, order.text, order.spoken) == (
        (before.id,),
        True,
        before.approved_by,
        before.text,
        before.spoken,
    )
    assert (order.issued_at, order.expires_at) == (NOW + minutes(1), before.expires_at)
    assert [row.kind for row in world.outbox()][-2:] == [OutboxKind.ALERT, OutboxKind.ALERT_END]
    assert world.outbox()[-1] == OutboxEntry(OutboxKind.ALERT_END, before.id, {"reason": "REPLACED"})
    assert len(world.reaches(order.id)) == len(world.reaches(before.id))
    assert world.events()[-1] == "alert.sounded_again"


def test_only_what_a_stop_silenced_and_is_in_force_sounds_again() -> None:
    world = World()
    made = world.active()
    with pytest.raises(NotPossibleError):
        sound_again(world, made)
    mute(world, C3)
    mute(world, C1, spares=True)
    with pytest.raises(NotPossibleError):
        sound_again(world, made)
    mute(world)
    with pytest.raises(NotPossibleError):
        sound_again(world, made, made.expires_at)
    world.cancel(made)
    with pytest.raises(NotPossibleError):
        sound_again(world, made)
    other = world.active()
    world.authority = FixedAuthority(frozenset({(Action.ALERT_CANCEL, NORTH)}))
    with pytest.raises(NotAllowedError):
        sound_again(world, other)


def test_a_cancel_by_a_slip_is_undone_within_a_minute_by_what_two_people_approved() -> None:
    world = World()
    made = world.active()
    before = world.order(made)
    gone = world.cancel(made)
    again = undo(world, gone, NOW + ends.UNDO_WITHIN)
    order = world.order(again)
    assert again.id != made.id
    assert (again.status, again.submitter_id, again.approver_id) == (
        AlertStatus.ACTIVE,
        RAISER.user_id,
        APPROVER.user_id,
    )
    assert (order.approved_by, order.spoken, order.text) == (before.approved_by, before.spoken, before.text)
    assert world.alert(gone).status is AlertStatus.CANCELLED
    assert world.prepared(gone) is None
    assert world.prepared(again) is not None
    assert world.events()[-2:] == ["alert.cancel_undone", "alert.restored"]


def test_a_cancel_stands_when_people_were_told_of_it_or_time_has_passed() -> None:
    world = World()
    late = world.cancel(world.active())
    with pytest.raises(NotPossibleError):
        undo(world, late, NOW + ends.UNDO_WITHIN + timedelta(seconds=1))
    world.all_clear(late)
    with pytest.raises(NotPossibleError):
        undo(world, late)
    with pytest.raises(NotPossibleError):
        undo(world, world.active())
    drill = world.cancel(world.active(kind=AlertKind.DRILL))
    assert undo(world, drill).is_drill
    world.authority = FixedAuthority(frozenset({(Action.ALERT_CANCEL, NORTH)}))
    with pytest.raises(NotAllowedError):
        undo(world, drill)


def test_an_all_clear_called_off_by_a_slip_goes_on_without_one_of_its_own() -> None:
    world = World()
    clear = world.cancel(world.all_clear(world.active()))
    again = undo(world, clear)
    assert world.prepared(again) is None
    assert ends.may_be_undone(replace(clear, ended_at=None), NOW) is False


@pytest.mark.parametrize("cause", list(CancelCause))
def test_only_a_mistake_is_said_to_have_been_without_danger(cause: CancelCause) -> None:
    world = World()
    made = world.active()
    world.cancel(made, cause=cause)
    correction = world.prepared(made)
    assert correction is not None
    for wording in correction.wordings:
        is_calm = any(words in wording.text for words in ("Không có nguy hiểm", "no danger"))
        assert is_calm is (cause is CancelCause.MISTAKE)
