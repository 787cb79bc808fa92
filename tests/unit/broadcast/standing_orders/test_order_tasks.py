"""Tasks that follow from standing orders: a second person for a proposed one, a review of each firing."""

from __future__ import annotations

from broadcast.standing_orders.model import AlertStandingOrderId
from broadcast.user_tasks.model import OpenFiring, OpenMatters, TaskHolder, UserTask, UserTaskKind
from broadcast.user_tasks.rules import tasks_of
from province.areas import AreaId
from province.people import Action, UserId
from tests.fakes.programme import C1, C2, C3, NOW, TREE
from tests.unit.broadcast.standing_orders.test_matching import order

FIRING = OpenFiring(AlertStandingOrderId("o-1"), "Sóng thần", (C1, C2), NOW)
MATTERS = OpenMatters(standing_orders=(order(),), firings=(FIRING,))


def tasks(user: str, *areas: AreaId) -> list[UserTask]:
    return list(tasks_of(TaskHolder(UserId(user), {Action.ALERT_APPROVE: frozenset(areas)}), MATTERS, TREE, NOW))


def test_a_proposed_order_waits_for_a_second_person_and_a_firing_for_its_review() -> None:
    found = {each.kind: each for each in tasks("u-2", C1, C2)}
    assert set(found) == {UserTaskKind.STANDING_ORDER, UserTaskKind.FIRING}
    assert found[UserTaskKind.STANDING_ORDER].from_name == "Lan"
    assert found[UserTaskKind.FIRING].subject_id == "o-1"


def test_neither_waits_for_who_proposed_it_or_has_no_right_in_all_of_its_places() -> None:
    assert [each.kind for each in tasks("u-1", C1, C2)] == [UserTaskKind.FIRING]
    assert [each.kind for each in tasks("u-2", C1)] == [UserTaskKind.STANDING_ORDER]
    assert tasks("u-2", C3) == []
