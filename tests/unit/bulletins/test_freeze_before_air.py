from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from broadcast.bulletins.model import Bulletin, BulletinStatus, Targets
from broadcast.scheduling.area_rules import AreaRules
from broadcast.scheduling.rescheduling import MoveEdit, Shift
from cms.bulletins.repository.bulletins import Transmissions
from cms.bulletins.service import drafts, review, transmission_withdrawal
from cms.bulletins.service.revisions import redraft
from cms.bulletins.service.transmission_withdrawal import REASON_MAX
from cms.schedule.service import rescheduling
from province.errors import FrozenError, InvalidError, NotAllowedError
from province.people import Action
from tests.builders.calls import with_call
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import AUTHOR, C1, NOW, PROVINCE, local, schedule, wall

DAILY = (schedule(rrule="FREQ=DAILY"),)
TEN_MINUTES_BEFORE = local("2026-03-03T16:50")


def _withdraw(world: World, found: Bulletin, **more: Any) -> Bulletin:
    asked: dict[str, Any] = with_call(
        {"actor": AUTHOR, "authority": world.authority, "now": TEN_MINUTES_BEFORE, **more}
    )
    return review.withdraw(world.store(), found.id, expected_version=found.version, **asked)


def test_what_airs_in_ten_minutes_is_not_withdrawn_and_when_it_airs_is_said() -> None:
    world = World()
    approved = world.approved(schedules=DAILY, targets=Targets((C1,)))
    with pytest.raises(FrozenError) as refused:
        _withdraw(world, approved)
    assert (refused.value.start_at, refused.value.freeze_min) == (local("2026-03-03T17:00"), 15)
    assert world.bulletin(approved.id).status is BulletinStatus.APPROVED


@pytest.mark.parametrize("now", ["2026-03-03T16:44", "2026-03-03T17:00", "2026-03-03T17:01"])
def test_before_the_freeze_and_once_it_is_on_air_it_may_be_withdrawn(now: str) -> None:
    world = World()
    approved = world.approved(schedules=DAILY, targets=Targets((C1,)))
    assert _withdraw(world, approved, now=local(now)).status is BulletinStatus.WITHDRAWN


def test_whoever_may_override_withdraws_it_with_a_reason_that_is_logged() -> None:
    world = World()
    approved = world.approved(schedules=DAILY, targets=Targets((C1,)))
    assert _withdraw(world, approved, override=" Tin sai ").status is BulletinStatus.WITHDRAWN
    detail = world.store.events()[-1].detail
    assert detail["override"] == "Tin sai"
    assert str(detail["about_to_air"]).endswith("202603031700")


def test_a_reason_alone_is_no_right_and_a_book_is_no_reason() -> None:
    world = World(authority=FixedAuthority(frozenset({Action.FREEZE_OVERRIDE})))
    approved = world.approved(schedules=DAILY, targets=Targets((C1,)))
    with pytest.raises(NotAllowedError):
        _withdraw(world, approved, override="Tin sai")
    with pytest.raises(InvalidError):
        _withdraw(world, approved, override="x" * (REASON_MAX + 1))


def test_an_area_sets_its_own_freeze_and_none_at_all_freezes_nothing() -> None:
    world = World()
    approved = world.approved(schedules=DAILY, targets=Targets((C1,)))
    world.set_rules(PROVINCE, AreaRules(freeze_min=5))
    assert _withdraw(world, approved).status is BulletinStatus.WITHDRAWN


def test_what_is_about_to_air_is_not_edited_away() -> None:
    world = World()
    approved = world.approved(schedules=DAILY, targets=Targets((C1,)))
    asked: dict[str, Any] = {
        "draft": replace(redraft(approved), title="Khác"),
        "expected_version": approved.version,
    }
    with pytest.raises(FrozenError):
        drafts.edit(world.store(), approved.id, **asked, call=world.call(AUTHOR, TEN_MINUTES_BEFORE))
    assert drafts.edit(world.store(), approved.id, **asked, call=world.call(AUTHOR, NOW)).title == "Khác"


def test_what_was_withdrawn_before_freezes_nothing() -> None:
    world = World()
    approved = world.approved(schedules=DAILY, targets=Targets((C1,)))
    with world.store() as uow:
        uow[Transmissions].withdraw(world.transmission(approved).id, NOW)
        uow.commit()
    assert _withdraw(world, approved).status is BulletinStatus.WITHDRAWN


def test_what_is_about_to_air_is_told_before_anybody_changes_it() -> None:
    world = World()
    approved = world.approved(schedules=DAILY, targets=Targets((C1,)))
    found = transmission_withdrawal.look_at_freeze(world.store(), approved.id, TEN_MINUTES_BEFORE)
    assert found is not None
    assert (found.start_at, found.freeze_min, found.areas) == (local("2026-03-03T17:00"), 15, (C1,))
    assert transmission_withdrawal.look_at_freeze(world.store(), approved.id, NOW) is None


def _look(world: World, found: Bulletin, to: str) -> rescheduling.Outlook:
    edit = MoveEdit(Shift("s1", wall("2026-03-03T17:00").date(), wall(to)))
    return rescheduling.look(world.store(), found.id, edit=edit, call=world.call(AUTHOR, TEN_MINUTES_BEFORE))


def test_a_move_of_what_is_about_to_air_says_that_it_stands() -> None:
    world = World()
    outlook = _look(world, world.approved(schedules=DAILY), "2026-03-03T19:00")
    assert outlook.freeze is not None
    assert outlook.freeze.start_at == local("2026-03-03T17:00")
    assert outlook.too_soon is None


def test_a_move_to_what_is_too_near_says_so() -> None:
    world = World()
    later = world.approved(schedules=(schedule("2026-03-03T19:00", "FREQ=DAILY"),), targets=Targets((C1,)))
    edit = MoveEdit(Shift("s1", wall("2026-03-03T19:00").date(), wall("2026-03-03T17:05")))
    outlook = rescheduling.look(world.store(), later.id, edit=edit, call=world.call(AUTHOR, TEN_MINUTES_BEFORE))
    assert outlook.freeze is None
    assert outlook.too_soon is not None
    assert (outlook.too_soon.start_at, outlook.too_soon.freeze_min) == (local("2026-03-03T17:05"), 15)
