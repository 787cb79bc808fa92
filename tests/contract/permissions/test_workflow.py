"""Bulletin workflow: every state, action and role, with permission and next state, against the one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, time
from itertools import product
from typing import Any

import pytest

from broadcast.bulletins.lifecycle import AIRING, TRANSITIONS
from broadcast.bulletins.model import Bulletin, BulletinAction, BulletinStatus, Proposal, Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.scheduling.recurrence import WEEKDAYS
from broadcast.scheduling.rescheduling import MoveEdit
from broadcast.scheduling.slots import Slot, SlotId
from cms.bulletins.service import drafts, review
from cms.bulletins.service.revisions import progressed
from cms.schedule.service import rescheduling, slots, time_changes
from province.errors import DomainError, NotAllowedError, NotPossibleError
from province.people import Actor, Grant, Role, UserId
from province.policy import Policy
from tests.builders.calls import with_call
from tests.builders.in_memory.bulletin_world import World, draft
from tests.fakes.programme import C1, C2, NOW, schedule, transmission

Worlds = dict[BulletinStatus, tuple[World, Bulletin]]
S, A, R = BulletinStatus, BulletinAction, Role

# Written from the design, not from the policy: who may do it at all.
WRITERS = {R.PROVINCE_EDITOR, R.COMMUNE_OPERATOR, R.STATION}
TAKERS_BACK = {R.PROVINCE_EDITOR, R.APPROVER, R.COMMUNE_OPERATOR, R.EMERGENCY_OFFICER}
MAY: dict[BulletinAction, set[Role]] = {
    A.EDIT: WRITERS,
    A.DELETE: WRITERS,
    A.RESTORE: WRITERS,
    A.SUBMIT: WRITERS,
    A.APPROVE: {R.APPROVER},
    A.RETURN: {R.APPROVER},
    A.REJECT: {R.APPROVER},
    A.WITHDRAW: TAKERS_BACK,
    # By the person to whom the slot was delegated.
    A.FILL: WRITERS & TAKERS_BACK,
    A.RESCHEDULE: WRITERS,
    A.CONFIRM: {R.APPROVER},
    A.KEEP: {R.APPROVER},
}
# A change of what is approved takes it off air as well.
MAY_CHANGE_APPROVED = WRITERS & TAKERS_BACK
ACTS: dict[BulletinAction, tuple[Callable[..., Bulletin], dict[str, Any]]] = {
    A.EDIT: (drafts.edit, {"draft": draft(targets=Targets((C1,)))}),
    A.DELETE: (drafts.delete, {}),
    A.RESTORE: (drafts.restore, {}),
    A.SUBMIT: (review.submit, {}),
    A.APPROVE: (review.approve, {}),
    A.RETURN: (review.return_, {"reason": "Sai giờ"}),
    A.REJECT: (review.reject, {"reason": "Sai giờ"}),
    A.WITHDRAW: (review.withdraw, {}),
    A.FILL: (slots.fill, {"schedules": (schedule("2026-03-02T17:30"),)}),
    A.RESCHEDULE: (rescheduling.reschedule, {"edit": MoveEdit(raise_class=True)}),
    A.CONFIRM: (time_changes.confirm, {}),
    A.KEEP: (time_changes.keep, {}),
}


SLOT = Slot(
    *(SlotId("slot"), UserId("u-other"), "Tám", C1, WEEKDAYS, time(17), time(18), tuple(PriorityClass)),
    *(date(2026, 3, 20), UserId("u-chief"), "Chief", NOW),
)


def in_state(world: World, status: BulletinStatus) -> Bulletin:
    ready = replace(world.sound(world.draft(targets=Targets((C1,)))), status=status)
    if status in AIRING:
        asked = (ready.priority, ready.targets, UserId("u-asker"), "Asker", NOW)
        ready = replace(ready, proposal=Proposal((schedule("2026-03-02T17:30"),), *asked))
    world.store.put(ready)
    if status in AIRING:
        frozen = transmission("t-live", bulletin_id=ready.id, targets=Targets((C1,)))
        world.store.put(frozen)
    world.store.put(SLOT)
    return ready


@pytest.fixture(scope="module")
def worlds() -> Worlds:
    """Return worlds with a bulletin in each state; whoever changes one undoes it."""
    made = {status: World() for status in BulletinStatus}
    return {status: (world, in_state(world, status)) for status, world in made.items()}


def done(world: World, action: BulletinAction, bulletin: Bulletin, actor: Actor) -> Bulletin:
    act, details = ACTS[action]
    more = {"new_id": world.new_id} if action in {A.APPROVE, A.FILL, A.RESCHEDULE, A.CONFIRM} else {}
    return act(
        world.store(),
        bulletin.id,
        expected_version=bulletin.version,
        **with_call({"actor": actor, "authority": Policy(), "now": NOW, **details, **more}),
    )


@pytest.mark.parametrize("action", list(ACTS))
@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("status", list(BulletinStatus))
def test_every_step_of_every_role_leads_where_the_table_says_or_is_refused(
    worlds: Worlds, status: BulletinStatus, action: BulletinAction, role: Role
) -> None:
    allowed = (
        MAY[action] if (status, action) not in {(S.APPROVED, A.EDIT), (S.SCHEDULED, A.EDIT)} else MAY_CHANGE_APPROVED
    )
    world, bulletin = worlds[status]
    for area_id, is_allowed in ((C1, role in allowed), (C2, False)):
        actor = Actor(UserId("u-other"), "Tám", (Grant(role, area_id),))
        expected: type[DomainError] | None = None if (status, action) in TRANSITIONS else NotPossibleError
        if not is_allowed:
            expected = NotAllowedError
        with world.store.trial():
            if expected is not None:
                before = world.store.commits
                with pytest.raises(expected):
                    done(world, action, bulletin, actor)
                assert world.store.commits == before
            else:
                assert done(world, action, bulletin, actor).status is TRANSITIONS[status, action]


@pytest.mark.parametrize(("status", "action"), list(product(S, (A.SCHEDULE, A.FINISH))))
def test_what_only_planner_and_devices_do_is_held_to_the_table_as_well(
    worlds: Worlds, status: BulletinStatus, action: BulletinAction
) -> None:
    _, bulletin = worlds[status]
    if (status, action) in TRANSITIONS:
        assert progressed(bulletin, NOW, action).status is TRANSITIONS[status, action]
    else:
        with pytest.raises(NotPossibleError):
            progressed(bulletin, NOW, action)


def test_every_action_is_a_persons_or_a_processs() -> None:
    # An approval hands down what is to be handed down: tests/unit/broadcast/inbox/test_handed_down.py.
    assert set(BulletinAction) - set(ACTS) == {A.SCHEDULE, A.FINISH, A.HAND_DOWN}
