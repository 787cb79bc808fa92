"""Replacement of an alert by an update or an all-clear, and the part of it that ends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.model import Alert, AlertKind, AlertStatus, Audience, Purpose
from broadcast.alerts.orders import DeclarationRight, ReachState
from broadcast.bulletins.model import Targets
from broadcast.bulletins.targeting import reached
from cms.alerts.repository.alerts import Alerts, Declarations
from cms.alerts.service import approval
from cms.alerts.service.steps import undeclared
from cms.platform.store.kinds import OutboxKind
from province.areas import AreaId, AreaTree
from province.errors import DomainError, InvalidError, NotAllowedError, NotFoundError
from province.people import Action, Actor
from tests.builders.in_memory.alert_world import APPROVER, OTHER, RAISER, World, minutes
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import AREAS, C1, C2, C3, COMMUNES, NORTH, NOW, PROVINCE, SOUTH

TREE = AreaTree(AREAS)
LATER = NOW + minutes(5)


@dataclass
class Cancellers:
    """Authority that allows all, but cancelling and reading alerts only in these areas and below."""

    areas: dict[str, tuple[AreaId, ...]]

    def require(self, actor: Actor, action: Action, areas: Iterable[AreaId], tree: AreaTree) -> None:
        if action not in {Action.ALERT_CANCEL, Action.ALERT_READ}:
            return
        held = set(self.areas.get(actor.user_id, ()))
        refused = tuple(area_id for area_id in areas if held.isdisjoint(tree.chain(area_id)))
        if refused:
            raise NotAllowedError(action, "AREA", refused)


def only(world: World, *areas: AreaId) -> Cancellers:
    """Restrict both people to cancelling and reading alerts in these areas alone."""
    made = Cancellers({actor.user_id: areas for actor in (RAISER, APPROVER)})
    world.authority = made  # type: ignore[assignment] # no fixed authority: it looks at who asks
    return made


def level_of(world: World, actor: Actor, area_id: AreaId, level: AlertLevel) -> None:
    with world.store() as uow:
        uow[Declarations].give(DeclarationRight(actor.user_id, area_id, level))
        uow.commit()


def follow(world: World, old: Alert, *areas: AreaId, **more: Any) -> Alert:
    """Replace the alert in these areas by an update (or as ``more`` says), approved by the second person."""
    body = {"purpose": Purpose.UPDATE, "headline": "Cập nhật", **more}
    made = world.draft(LATER, updates_id=old.id, audience=Audience(Targets(areas)), **body)
    return world.approve(world.submit(world.sound(made, LATER), LATER), LATER)


def test_two_people_of_one_commune_end_the_province_s_alert_there_and_nowhere_else() -> None:
    world = World()
    old = world.active(audience=Audience(Targets((PROVINCE,))))
    before = world.order(old)
    only(world, C1)
    new = follow(world, old, C1)
    left, order = world.alert(old), world.order(old)
    assert (left.status, left.audience.targets, left.order_id) == (
        AlertStatus.ACTIVE,
        Targets((PROVINCE,), (C1,)),
        before.id,
    )
    assert (order.ended_at, [(end.areas, end.at) for end in order.part_ends]) == (None, [((C1,), LATER)])
    assert order.audience == before.audience
    assert C1 not in reached(order.current_audience.targets, TREE, COMMUNES)
    assert world.order(new).replaces == ()
    assert {reach.area_id: reach.state for reach in world.reaches(order.id)} == {
        C1: ReachState.SILENT,
        C2: ReachState.WAITING,
        C3: ReachState.WAITING,
    }
    assert [row.kind for row in world.outbox()][-2:] == [OutboxKind.ALERT, OutboxKind.ALERT_END]
    (event,) = [event for event in world.store.events() if event.name == "alert.ended_in_part"]
    assert (event.detail["areas"], event.detail["replaced_by"]) == ([C1], new.id)
    assert event.detail["people"] == [RAISER.name, APPROVER.name]
    prepared = world.prepared(left)
    assert prepared is not None
    assert prepared.audience == left.audience


def test_the_same_by_an_all_clear_leaves_the_alert_alive_elsewhere() -> None:
    world = World()
    old = world.active(audience=Audience(Targets((C1, C3))))
    only(world, NORTH)
    follow(world, old, C1, purpose=Purpose.ALL_CLEAR)
    assert world.alert(old).audience.targets == Targets((C3,))


def test_an_all_clear_is_replaced_in_part_and_prepares_none_of_its_own() -> None:
    world = World()
    calm = world.all_clear(world.active(audience=Audience(Targets((C1, C3)))))
    only(world, NORTH)
    follow(world, calm, C1, purpose=Purpose.ALL_CLEAR)
    assert world.alert(calm).audience.targets == Targets((C3,))
    assert world.prepared(calm) is None


def test_people_of_another_place_end_nothing_of_it() -> None:
    world = World()
    old = world.active(audience=Audience(Targets((SOUTH,))))
    only(world, NORTH).areas[RAISER.user_id] = (NORTH, C3)
    with pytest.raises(InvalidError) as refused:
        follow(world, old, C1)
    assert [problem.code for problem in refused.value.problems] == ["ELSEWHERE"]
    with pytest.raises(NotAllowedError):
        follow(world, old, C1, C3)
    assert world.alert(old).status is AlertStatus.ACTIVE


def test_who_may_not_declare_its_level_ends_it_nowhere() -> None:
    world = World()
    old = world.active(level=AlertLevel.THREE)
    level_of(world, APPROVER, PROVINCE, AlertLevel.ONE)
    with pytest.raises(NotAllowedError) as refused:
        follow(world, old, C1, level=AlertLevel.ONE)
    assert (refused.value.action, refused.value.reason, refused.value.areas) == (Action.ALERT_CANCEL, "LEVEL", (C1,))
    assert world.alert(old).status is AlertStatus.ACTIVE
    assert world.order(old).part_ends == ()


def test_one_who_breaks_the_glass_ends_no_more_than_is_theirs() -> None:
    world = World()
    old = world.active(audience=Audience(Targets((PROVINCE,))))
    world.decide(may_send_alone=True)
    level_of(world, OTHER, PROVINCE, AlertLevel.THREE)
    made = world.sound(
        world.draft(purpose=Purpose.UPDATE, updates_id=old.id, headline="Mới", audience=Audience(Targets((C2,))))
    )
    only(world, PROVINCE).areas[OTHER.user_id] = (C2,)
    approval.send_alone(
        world.store(),
        made.id,
        reason="Không gọi được ai",
        expected_version=made.version,
        call=world.call(OTHER, NOW),
        voices=world.voices,
    )
    assert world.alert(old).audience.targets == Targets((PROVINCE,), (C2,))


def test_where_both_may_end_it_everywhere_it_ends_everywhere_though_the_update_means_less() -> None:
    world = World()
    old = world.active()
    new = follow(world, old, C1)
    assert world.alert(old).status is AlertStatus.SUPERSEDED
    assert world.order(new).replaces == (world.order(old).id,)


def test_what_would_not_fit_one_message_any_more_is_refused() -> None:
    world = World()
    old = world.active(audience=Audience(Targets((PROVINCE,))))
    long = replace(old, version=old.version + 1, wordings=(replace(old.wordings[0], text="n" * 10_180),))
    with world.store() as uow:
        uow[Alerts].save(long)
        uow.commit()
    only(world, C1)
    with pytest.raises(InvalidError) as refused:
        follow(world, old, C1)
    assert [problem.code for problem in refused.value.problems] == ["TOO_MUCH_TO_SEND"]


def test_its_own_author_updates_what_they_may_not_read_any_more() -> None:
    world = World()
    old = world.active()
    world.authority = FixedAuthority(frozenset({Action.ALERT_READ}))
    assert world.draft(purpose=Purpose.UPDATE, updates_id=old.id).updates_id == old.id
    with pytest.raises(NotFoundError):
        world.draft(actor=OTHER, purpose=Purpose.UPDATE, updates_id=old.id)


places = st.sets(st.sampled_from([area.id for area in AREAS]), max_size=3).map(tuple)
levels = st.sampled_from(list(AlertLevel))
audiences = st.builds(
    lambda areas, exclude: Audience(Targets(tuple(sorted(areas)), tuple(sorted(exclude)))),
    st.sets(st.sampled_from([area.id for area in AREAS]), min_size=1, max_size=3),
    st.sets(st.sampled_from([NORTH, SOUTH, C1, C2, C3]), max_size=2),
)
rights_held = st.dictionaries(st.sampled_from([area.id for area in AREAS]), levels, max_size=3)


@settings(max_examples=60, deadline=None)
@given(
    old_body=st.fixed_dictionaries({"audience": audiences, "level": levels}),
    new_body=st.fixed_dictionaries({"audience": audiences, "level": levels}),
    kind=st.sampled_from(list(AlertKind)),
    purpose=st.sampled_from([Purpose.UPDATE, Purpose.ALL_CLEAR]),
    may_cancel=st.tuples(places, places),
    declared=st.tuples(rights_held, rights_held),
)
def test_no_area_falls_silent_where_not_both_people_may_cancel(
    *,
    old_body: dict[str, Any],
    new_body: dict[str, Any],
    kind: AlertKind,
    purpose: Purpose,
    may_cancel: tuple[tuple[AreaId, ...], tuple[AreaId, ...]],
    declared: tuple[dict[AreaId, AlertLevel], dict[AreaId, AlertLevel]],
) -> None:
    assume(reached(old_body["audience"].targets, TREE, COMMUNES))
    world, people = World(), (RAISER, APPROVER)
    old = world.active(kind=kind, **old_body)
    for actor, held in zip(people, declared, strict=True):
        with world.store() as uow:
            for right in uow[Declarations].of(actor.user_id):
                uow[Declarations].take(right)
            uow.commit()
        for area_id, level in held.items():
            level_of(world, actor, area_id, level)
    rights = only(world)
    rights.areas.update({actor.user_id: held for actor, held in zip(people, may_cancel, strict=True)})
    before = world.order(old)
    try:
        made = world.draft(LATER, updates_id=old.id, kind=kind, purpose=purpose, **new_body)
        world.approve(world.submit(world.sound(made, LATER), LATER), LATER)
    except DomainError:
        assert world.alert(old) == old
        return
    order = world.order(old)
    heard = set(reached(before.current_audience.targets, TREE, COMMUNES))
    left = set() if order.ended_at else set(reached(order.current_audience.targets, TREE, COMMUNES))
    needed = AlertLevel.ONE if kind is AlertKind.DRILL else old.level
    for area_id in heard - left:
        for actor, held in zip(people, declared, strict=True):
            assert not set(rights.areas[actor.user_id]).isdisjoint(TREE.chain(area_id))
            own = [DeclarationRight(actor.user_id, place, level) for place, level in held.items()]
            assert undeclared(own, needed, (area_id,), TREE) == ()
