from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.model import Alert, AlertKind, AlertStatus, Audience, Disc, Purpose
from broadcast.alerts.orders import DeclarationRight, ReachState
from broadcast.bulletins.model import SoundState, Targets
from cms.alerts.repository.alerts import Declarations
from cms.alerts.service import approval, drafts
from cms.alerts.service.draft_fields import WordingDraft
from cms.fleet.repository.devices import Devices
from cms.platform.store.kinds import OutboxKind
from province.errors import ConflictError, InvalidError, NotAllowedError, NotPossibleError
from province.people import Action, Actor
from tests.builders.in_memory.alert_world import APPROVER, OTHER, RAISER, World, minutes
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import C1, C2, C3, NORTH, NOW, PROVINCE, SOUTH, device
from tests.fakes.warnings import HOUR
from tests.service_store import OutboxEntry

DISC_AT_C1 = Disc(11.0, 108.0, 500)


def give(world: World, actor: Actor, level: AlertLevel, *areas: str) -> None:
    with world.store() as uow:
        for area_id in areas:
            uow[Declarations].give(DeclarationRight(actor.user_id, C1.__class__(area_id), level))
        uow.commit()


def send_alone(world: World, alert: Alert, actor: Actor = RAISER, reason: str = "Không liên lạc được ai") -> Alert:
    return approval.send_alone(
        world.store(),
        alert.id,
        reason=reason,
        expected_version=alert.version,
        call=world.call(actor, NOW),
        voices=world.voices,
    )


def sign_off(world: World, alert: Alert, actor: Actor = OTHER) -> Alert:
    return approval.sign_off(world.store(), alert.id, call=world.call(actor, NOW))


def turn_down(world: World, alert: Alert, *, for_good: bool, reason: str = "Sai địa bàn") -> Alert:
    act = approval.reject if for_good else approval.return_
    return act(world.store(), alert.id, reason=reason, expected_version=alert.version, call=world.call(APPROVER, NOW))


def test_an_approval_freezes_an_order_and_puts_it_on_its_way() -> None:
    world = World()
    made = world.active(NOW)
    order = world.order(made)
    assert (made.status, made.approver_id, made.approved_at) == (AlertStatus.ACTIVE, APPROVER.user_id, NOW)
    # The north has two of three communes: one publish to the province, with the south excluded.
    assert order.audience == Audience(Targets((PROVINCE,), (SOUTH,)))
    assert (order.headline, order.text) == (made.headline, made.wordings[0].text)
    assert (order.issued_at, order.expires_at) == (NOW, made.expires_at)
    assert order.approved_by == (RAISER.user_id, APPROVER.user_id)
    assert [(each.language, each.first.sha256[0], each.again and each.again.sha256[0]) for each in order.spoken] == [
        ("vi", "d", "e")
    ]
    assert [row.kind for row in world.outbox()] == [OutboxKind.ALERT]
    assert world.outbox()[0].subject_id == order.id
    assert world.events()[-1] == "alert.approved"


def test_every_device_meant_is_expected_to_answer() -> None:
    world = World()
    made = world.active()
    reaches = world.reaches(world.order(made).id)
    assert [reach.device_id for reach in reaches] == ["p-n-1-l1", "p-n-1-l2", "p-n-2-l1", "p-n-2-l2"]
    assert {reach.state for reach in reaches} == {ReachState.WAITING}


def test_only_what_stands_inside_the_shape_or_nobody_knows_where_is_expected() -> None:
    world = World()
    made = world.active(audience=Audience(Targets((PROVINCE,)), discs=(DISC_AT_C1,)))
    order = world.order(made)
    assert [reach.device_id for reach in world.reaches(order.id)] == ["p-n-1-l1", "p-n-1-l2", "p-n-2-l2", "p-s-3-l2"]
    narrow = world.active(audience=Audience(discs=(DISC_AT_C1,)))
    assert world.order(narrow).audience == Audience(Targets((C1,)), discs=(DISC_AT_C1,))


def test_areas_without_a_device_meant_are_named_as_they_were_chosen() -> None:
    world = World()
    over = world.cancel(world.active())
    nowhere = Audience(Targets((PROVINCE,), (NORTH, SOUTH)))
    made = world.active(audience=nowhere, purpose=Purpose.ALL_CLEAR, updates_id=over.id)
    assert world.order(made).audience.targets == made.audience.targets
    assert world.reaches(world.order(made).id) == []


def test_vietnamese_is_said_first_and_what_is_silent_says_nothing() -> None:
    world = World()
    made = world.active(wordings=(WordingDraft("en", "Rising."), WordingDraft("vi", "Nước lên.")))
    assert [each.language for each in world.order(made).spoken] == ["vi", "en"]
    drill = world.approve(world.submit(world.draft(kind=AlertKind.DRILL, is_silent=True)))
    order = world.order(drill)
    assert (order.spoken, order.is_silent, order.is_drill) == ((), True, True)
    assert order.headline.startswith("DIỄN TẬP")


@pytest.mark.parametrize("actor", [RAISER, replace(RAISER, user_id=OTHER.user_id)])
def test_nobody_approves_what_they_wrote_or_submitted(actor: Actor) -> None:
    world = World()
    made = world.submit(world.ready(), actor=OTHER)
    with pytest.raises(NotAllowedError) as refused:
        world.approve(made, actor=actor)
    assert refused.value.reason == "OWN_ALERT"
    assert world.alert(made).status is AlertStatus.SUBMITTED


@pytest.mark.parametrize("given_at", [None, NOW - timedelta(minutes=5, seconds=1), NOW + timedelta(seconds=31)])
def test_nobody_approves_without_a_fresh_code(given_at: datetime | None) -> None:
    world = World()
    made = world.submitted()
    with pytest.raises(NotAllowedError) as refused:
        world.approve(made, actor=replace(APPROVER, second_factor_at=given_at))
    assert refused.value.reason == "SECOND_FACTOR"
    assert world.approve(made, actor=replace(APPROVER, second_factor_at=NOW - minutes(5))).order_id is not None


@pytest.mark.parametrize("ahead", [timedelta(milliseconds=1), timedelta(seconds=30)])
def test_a_code_stamped_by_a_web_server_whose_clock_is_slightly_ahead_counts(ahead: timedelta) -> None:
    world = World()
    made = world.submitted()
    assert world.approve(made, actor=replace(APPROVER, second_factor_at=NOW + ahead)).order_id is not None


def test_nobody_approves_a_level_they_may_not_declare_in_every_area() -> None:
    world = World()
    give(world, OTHER, AlertLevel.TWO, C1)
    give(world, OTHER, AlertLevel.ONE, C2)
    made = world.submitted(audience=Audience(Targets((C1, C2, C3))))
    with pytest.raises(NotAllowedError) as refused:
        world.approve(made, actor=OTHER)
    assert (refused.value.reason, refused.value.areas) == ("LEVEL", (C2, C3))


def test_a_drill_asks_for_a_right_of_any_level() -> None:
    world = World()
    made = world.submitted(kind=AlertKind.DRILL, level=AlertLevel.THREE)
    with pytest.raises(NotAllowedError) as refused:
        world.approve(made, actor=OTHER)
    assert refused.value.reason == "LEVEL"
    give(world, OTHER, AlertLevel.ONE, NORTH)
    assert world.approve(made, actor=OTHER).status is AlertStatus.ACTIVE


def test_nobody_approves_where_their_role_does_not_reach() -> None:
    world = World()
    made = world.submitted()
    world.authority = FixedAuthority(frozenset({(Action.ALERT_APPROVE, NORTH)}))
    with pytest.raises(NotAllowedError) as refused:
        world.approve(made)
    assert refused.value.reason == "AREA"


def test_what_expired_meanwhile_is_never_sent() -> None:
    world = World()
    made = world.submitted()
    with pytest.raises(InvalidError) as refused:
        world.approve(made, made.expires_at)
    assert [problem.code for problem in refused.value.problems] == ["EXPIRED"]
    assert world.outbox() == []


def test_only_what_was_submitted_is_approved_and_only_as_it_was_seen() -> None:
    world = World()
    draft = world.ready()
    with pytest.raises(NotPossibleError):
        world.approve(draft)
    with pytest.raises(ConflictError):
        world.approve(world.submit(draft), version=1)


def test_a_sound_made_meanwhile_does_not_stand_in_an_approvers_way() -> None:
    world = World()
    late = NOW + minutes(11)
    seen = world.submit(world.ready(), late)
    world.sound(seen, late)
    made = world.approve(seen, late)
    assert world.order(made).spoken[0].again is not None


def test_an_update_takes_the_place_of_what_it_updates() -> None:
    world = World()
    first = world.active()
    world.report(replace(world.reaches(world.order(first).id)[0], state=ReachState.SOUNDING))
    later = NOW + HOUR
    second = world.active(
        later, purpose=Purpose.UPDATE, updates_id=first.id, is_minor=True, audience=Audience(Targets((C1,)))
    )
    old, new = world.order(first), world.order(second)
    assert world.alert(first).status is AlertStatus.SUPERSEDED
    assert (world.alert(first).ended_at, old.ended_at) == (later, later)
    assert (new.replaces, new.is_minor, new.purpose) == ((old.id,), True, Purpose.UPDATE)
    # The new one goes first: no device may fall silent between the two.
    assert world.outbox()[1:] == [
        OutboxEntry(OutboxKind.ALERT, new.id, {}),
        OutboxEntry(OutboxKind.ALERT_END, old.id, {"reason": "REPLACED"}),
    ]
    assert [reach.state for reach in world.reaches(old.id)] == [ReachState.SOUNDING] + [ReachState.SILENT] * 3
    assert "alert.superseded" in world.events()
    assert world.prepared(first) is None
    assert world.prepared(second) is not None


def test_an_all_clear_written_by_hand_needs_two_people_and_prepares_nothing() -> None:
    world = World()
    first = world.active()
    ending = world.active(purpose=Purpose.ALL_CLEAR, updates_id=first.id)
    assert world.alert(first).status is AlertStatus.SUPERSEDED
    assert world.prepared(ending) is None


def test_the_all_clear_is_prepared_with_the_approval() -> None:
    world = World()
    made = world.active(wordings=(WordingDraft("vi", "Nước lên."), WordingDraft("en", "Rising.")))
    prepared = world.prepared(made)
    assert prepared is not None
    assert (prepared.purpose, prepared.status, prepared.updates_id) == (Purpose.ALL_CLEAR, AlertStatus.DRAFT, made.id)
    assert [wording.language for wording in prepared.wordings] == ["vi", "en"]
    assert {wording.sound.state for wording in prepared.wordings} == {SoundState.MAKING}
    assert prepared.headline == "Đã hết cảnh báo: lũ, ngập lụt tại Thượng nguồn sông Lũy"


@pytest.mark.parametrize("for_good", [False, True])
def test_an_alert_is_turned_down_with_a_reason(for_good: bool) -> None:
    world = World()
    made = world.submitted()
    with pytest.raises(InvalidError):
        turn_down(world, made, for_good=for_good, reason="  ")
    with pytest.raises(InvalidError):
        turn_down(world, made, for_good=for_good, reason="x" * 2001)
    down = turn_down(world, made, for_good=for_good, reason=" Sai địa bàn ")
    assert down.status is (AlertStatus.REJECTED if for_good else AlertStatus.DRAFT)
    assert down.reason == "Sai địa bàn"
    assert world.events()[-1] == ("alert.rejected" if for_good else "alert.returned")
    if not for_good:
        assert world.submit(down).reason == ""
    with pytest.raises(NotPossibleError):
        turn_down(world, world.alert(made) if for_good else world.ready(), for_good=for_good)


def test_nobody_sends_alone_where_the_province_does_not_allow_it() -> None:
    world = World()
    with pytest.raises(NotAllowedError) as refused:
        send_alone(world, world.ready())
    assert refused.value.reason == "POLICY"


def test_one_person_sends_alone_with_a_reason_until_another_has_looked() -> None:
    world = World()
    world.decide(may_send_alone=True)
    with pytest.raises(InvalidError):
        send_alone(world, world.ready(), reason="")
    made = send_alone(world, world.ready(audience=Audience(discs=(DISC_AT_C1,))))
    assert (made.status, made.alone_reason, made.submitter_id) == (
        AlertStatus.ACTIVE,
        "Không liên lạc được ai",
        RAISER.user_id,
    )
    assert world.order(made).approved_by == (RAISER.user_id,)
    assert world.events()[-1] == "alert.sent_alone"
    with pytest.raises(NotAllowedError):
        sign_off(world, made, actor=RAISER)
    signed = sign_off(world, made)
    assert signed.signed_off_by == OTHER.user_id
    with pytest.raises(NotPossibleError):
        sign_off(world, made)


def test_what_was_submitted_can_be_sent_alone_too_and_what_two_agreed_on_needs_no_look() -> None:
    world = World()
    world.decide(may_send_alone=True)
    assert send_alone(world, world.submitted()).status is AlertStatus.ACTIVE
    with pytest.raises(NotPossibleError):
        sign_off(world, world.active())


def test_a_drill_is_never_sent_alone() -> None:
    world = World()
    world.decide(may_send_alone=True)
    with pytest.raises(NotAllowedError) as refused:
        send_alone(world, world.ready(kind=AlertKind.DRILL))
    assert refused.value.reason == "DRILL"


def test_who_sends_alone_needs_the_right_for_the_areas_of_the_shape() -> None:
    world = World()
    world.decide(may_send_alone=True)
    made = world.ready(audience=Audience(discs=(DISC_AT_C1,)))
    with pytest.raises(NotAllowedError) as refused:
        send_alone(world, made, actor=OTHER)
    assert (refused.value.reason, refused.value.areas) == ("LEVEL", (C1,))
    assert world.alert(made).status is AlertStatus.DRAFT


def test_a_device_that_came_after_the_draft_is_meant_as_well() -> None:
    world = World()
    made = world.submitted()
    with world.store() as uow:
        uow[Devices].add(device("new", C1))
        uow.commit()
    assert "new" in [reach.device_id for reach in world.reaches(world.order(world.approve(made)).id)]


def test_a_submitted_alert_can_be_discarded_before_anybody_approves_it() -> None:
    world = World()
    made = world.submitted()
    drafts.discard(world.store(), made.id, expected_version=made.version, call=world.call(RAISER, NOW))
    with pytest.raises(NotPossibleError):
        world.approve(world.alert(made))
