from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from broadcast.bulletins.model import BulletinStatus, Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.transmissions import Transmission
from broadcast.inbox.model import (
    TRANSITIONS,
    HandedDown,
    HandedDownAction,
    HandedDownState,
    InboxRules,
    next_state,
    receivers,
)
from cms.areas.repository import Places
from cms.inbox.repository import HandedDowns
from cms.platform.store.kinds import OutboxKind
from province.areas import AreaId, AreaTree
from province.errors import ClashError, InvalidError, NotPossibleError
from province.state_machine import final
from scripts.state_diagram import diagram
from tests.builders.in_memory.inbox_world import EVENING, InboxWorld
from tests.fakes.programme import (
    AREAS,
    C1,
    C2,
    C3,
    MONDAY,
    NORTH,
    NOW,
    PROVINCE,
    REVIEWER,
    SOUTH,
    area,
    local,
    schedule,
)

ROOT = Path(__file__).parents[4]
S, A = HandedDownState, HandedDownAction
# Written from the rules of Circular 39/2020, not from the table.
ALLOWED = {
    S.OFFERED: {A.ACCEPT: S.PLACED, A.DECLINE: S.DECLINED, A.LAPSE: S.LAPSED, A.TAKE_BACK: S.TAKEN_BACK},
    S.PLACING: {A.PLACE: S.PLACED, A.COLLIDE: S.COLLIDING, A.LAPSE: S.LAPSED, A.TAKE_BACK: S.TAKEN_BACK},
    S.COLLIDING: {A.ORDER: S.PLACED, A.LAPSE: S.LAPSED, A.TAKE_BACK: S.TAKEN_BACK},
    S.PLACED: {A.TAKE_BACK: S.TAKEN_BACK},
    S.DECLINED: {A.REOPEN: S.OFFERED},
}
HAMLET = AreaId("p-n-1-a")


@pytest.mark.parametrize(("state", "action"), list(product(S, A)))
def test_every_step_of_what_is_handed_down_leads_where_the_rules_say_or_nowhere(
    state: HandedDownState, action: HandedDownAction
) -> None:
    after = ALLOWED.get(state, {}).get(action)
    if after is None:
        with pytest.raises(NotPossibleError):
            next_state(state, action)
    else:
        assert next_state(state, action) is after
    assert len(TRANSITIONS) == sum(map(len, ALLOWED.values()))


def test_the_document_shows_the_table_as_it_is() -> None:
    page = (ROOT / "docs" / "lifecycle.md").read_text(encoding="utf-8")
    assert re.findall(r"```mermaid\n(.*?)```", page, re.DOTALL)[2] == diagram(
        TRANSITIONS, HandedDownState.OFFERED, final(TRANSITIONS, HandedDownState)
    )


def test_whoever_is_below_a_target_receives_but_for_what_is_excluded() -> None:
    tree = AreaTree((*AREAS, area(HAMLET, C1, "hamlet")))
    found = receivers(Targets((PROVINCE, C1), (C2, HAMLET)), tree, {"commune"}, MONDAY)
    assert found.communes == {C1: Targets((C1,), (HAMLET,)), C3: Targets((C3,))}
    assert receivers(Targets((HAMLET,)), tree, {"commune"}, MONDAY).unfit == (HAMLET,)


def test_which_kinds_of_area_receive_is_data() -> None:
    world = InboxWorld()
    with world.store.change() as uow:
        uow[Places].set_kind("commune", is_commune=False)
        uow[Places].set_kind("district", is_commune=True)
    bulletin = world.handed_down()
    with world.store() as uow:
        assert {item.area_id for item in uow[HandedDowns].of_bulletin(bulletin.id)} == {NORTH, SOUTH}


def test_handing_down_approves_the_content_and_puts_it_into_the_inbox_of_each_commune() -> None:
    world = InboxWorld()
    world.set_inbox_rules(NORTH, InboxRules(answer_hours=3))
    bulletin = world.handed_down(valid_until_at=local("2026-03-03T08:00"))
    assert (bulletin.status, bulletin.approver_id) == (BulletinStatus.HANDED_DOWN, REVIEWER.user_id)
    assert world.store.all(Transmission) == []
    assert world.outbox(OutboxKind.PLAN) == []
    assert {row.area_id: row.state for row in world.store.all(HandedDown)} == dict.fromkeys((C1, C2, C3), S.OFFERED)
    assert world.item(bulletin, C1).answer_by_at == local("2026-03-02T11:00")
    assert world.item(bulletin, C3).answer_by_at == local("2026-03-03T08:00")
    assert world.events()[-1] == "bulletin.handed_down"


def test_what_it_would_meet_in_a_commune_does_not_keep_it_from_being_handed_down() -> None:
    world = InboxWorld()
    world.approved(targets=Targets((C1,)))
    assert world.handed_down(schedules=(schedule(),)).status is BulletinStatus.HANDED_DOWN


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"targets": Targets((C1,), (C1,))}, "MISSING"),
        ({"priority": PriorityClass.PRIORITY}, "MISSING"),
        ({"schedules": (schedule("2026-02-02T17:00"),)}, "NOTHING_LEFT_TO_AIR"),
    ],
)
def test_without_anybody_to_go_to_or_any_time_it_is_not_handed_down(more: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidError) as refused:
        InboxWorld().handed_down(**more)
    assert [each.code for each in refused.value.problems] == [code]


def test_below_a_commune_nobody_is_handed_anything() -> None:
    world = InboxWorld()
    with world.store() as uow:
        uow[Places].add([area(HAMLET, C1, "hamlet")])
        uow.commit()
    with pytest.raises(InvalidError) as refused:
        world.handed_down(targets=Targets((HAMLET,)))
    assert refused.value.problems[0].code == "BELOW_COMMUNE"


def test_without_a_sound_nothing_is_handed_down() -> None:
    world = InboxWorld()
    with pytest.raises(InvalidError) as refused:
        world.submit(world.draft(is_handed_down=True, schedules=()))
    assert refused.value.problems[0].code == "SOUND_NOT_READY"


def test_what_overlaps_itself_is_not_handed_down() -> None:
    with pytest.raises(ClashError):
        InboxWorld().handed_down(schedules=(schedule(), schedule("2026-03-02T17:01", "", "s2")))


def test_what_is_withdrawn_above_is_taken_back_from_every_commune_placed_or_not() -> None:
    world = InboxWorld()
    bulletin = world.handed_down()
    placed = world.accept(world.item(bulletin, C1), EVENING)
    world.decline(world.item(bulletin, C2))
    assert world.withdraw(bulletin).status is BulletinStatus.WITHDRAWN
    assert [world.item(bulletin, each).state for each in (C1, C2, C3)] == [S.TAKEN_BACK, S.DECLINED, S.TAKEN_BACK]
    assert world.bulletin(placed.id).status is BulletinStatus.WITHDRAWN
    assert world.transmission(placed).withdrawn_at == NOW
    assert [row.subject_id for row in world.outbox(OutboxKind.PLAN)] == [C1, C1]
    assert world.events().count("handed_down.taken_back") == 2


def test_what_a_commune_withdrew_itself_is_not_withdrawn_again() -> None:
    world = InboxWorld()
    bulletin = world.handed_down()
    placed = world.accept(world.item(bulletin), EVENING)
    world.withdraw(placed)
    world.withdraw(bulletin)
    assert world.item(bulletin).state is S.TAKEN_BACK
    assert world.events().count("bulletin.withdrawn") == 2
