from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from broadcast.bulletins.model import Bulletin, BulletinStatus, Targets
from cms.bulletins.repository.bulletins import Transmissions
from cms.bulletins.service import review
from cms.platform.store.kinds import OutboxKind
from province.errors import ConflictError, NotAllowedError, NotPossibleError
from province.people import Action, Actor, UserId
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import AUTHOR, C1, COMMUNES, NOW, REVIEWER, local, schedule
from tests.service_store import OutboxEntry

DAILY = (schedule(rrule="FREQ=DAILY"),)


def withdraw(
    world: World,
    bulletin: Bulletin,
    actor: Actor = AUTHOR,
    now: datetime = NOW,
    version: int | None = None,
    *,
    override: str = "",
) -> Bulletin:
    return review.withdraw(
        world.store(),
        bulletin.id,
        expected_version=bulletin.version if version is None else version,
        call=world.call(actor, now),
        override=override,
    )


def test_what_was_submitted_goes_back_to_its_author() -> None:
    world = World(authority=FixedAuthority(frozenset({Action.BULLETIN_WITHDRAW})))
    bulletin = withdraw(world, world.submitted())
    assert bulletin.status is BulletinStatus.DRAFT
    assert world.events()[-1] == "bulletin.withdrawn"
    assert world.store.outbox() == []


def test_another_person_needs_the_right_to_withdraw() -> None:
    world = World(authority=FixedAuthority(frozenset({Action.BULLETIN_WITHDRAW})))
    with pytest.raises(NotAllowedError):
        withdraw(world, world.submitted(), Actor(UserId("u-other"), "Tám", ()))


def test_an_approved_one_ends_and_its_areas_are_planned_anew() -> None:
    world = World()
    approved = world.approved()
    world.store.clear_outbox()
    bulletin = withdraw(world, approved, REVIEWER)
    assert bulletin.status is BulletinStatus.WITHDRAWN
    assert world.transmission(bulletin).withdrawn_at == NOW
    assert world.store.outbox() == [OutboxEntry(OutboxKind.PLAN, area_id, {}) for area_id in COMMUNES]


@pytest.mark.parametrize(
    ("now", "refs"),
    [
        ("2026-03-03T16:44", []),
        ("2026-03-03T16:46", ["202603031700"]),
        ("2026-03-03T17:01", ["202603031700"]),
        ("2026-03-03T17:03", []),
    ],
)
def test_what_is_on_air_or_about_to_be_is_cancelled_by_name(now: str, refs: list[str]) -> None:
    world = World()
    approved = world.approved(schedules=DAILY, targets=Targets((C1,)))
    world.store.clear_outbox()
    withdraw(world, approved, now=local(now), override="Tin sai")
    names = [f"{world.transmission(approved).id}-s1-{ref}" for ref in refs]
    cancels = [OutboxEntry(OutboxKind.CANCEL, C1, {"refs": names, "reason": "WITHDRAWN"})] if refs else []
    assert world.store.outbox() == [*cancels, OutboxEntry(OutboxKind.PLAN, C1, {})]
    assert world.store.events()[-1].detail["cancelled"] == names


def test_what_was_scheduled_meanwhile_can_still_be_withdrawn_from_the_page_seen() -> None:
    world = World()
    approved = world.approved()
    world.replan()
    assert world.bulletin(approved.id).version == approved.version + 1
    assert withdraw(world, approved).status is BulletinStatus.WITHDRAWN


def test_after_withdrawal_nothing_of_it_begins_any_more() -> None:
    world = World()
    approved = world.approved(schedules=DAILY)
    world.replan()
    withdraw(world, approved, now=NOW + timedelta(minutes=1))
    changed = world.replan(now=NOW + timedelta(minutes=2)).changed_on
    assert len(changed) == 3
    assert world.plan().entries == ()


def test_version_and_state_are_checked() -> None:
    world = World()
    bulletin = world.submitted()
    with pytest.raises(ConflictError):
        withdraw(world, bulletin, version=9)
    with pytest.raises(NotPossibleError):
        withdraw(world, world.draft(targets=Targets((C1,))))


def test_a_transmission_withdrawn_before_is_left_as_it_is() -> None:
    world = World()
    approved = world.approved()
    with world.store() as uow:
        uow[Transmissions].withdraw(world.transmission(approved).id, NOW - timedelta(days=1))
        uow.commit()
    world.store.clear_outbox()
    bulletin = withdraw(world, approved)
    assert world.transmission(bulletin).withdrawn_at == NOW - timedelta(days=1)
    assert world.store.outbox() == []
