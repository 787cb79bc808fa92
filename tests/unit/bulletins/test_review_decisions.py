from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from broadcast.bulletins.model import Bulletin, BulletinAction, BulletinStatus, Remark, Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.transmissions import Transmission
from cms.bulletins.service import review as review_service
from cms.platform.store.kinds import OutboxKind
from province.errors import ClashError, ConflictError, DomainError, InvalidError, NotAllowedError, NotPossibleError
from province.people import Action, Actor, UserId
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import AUTHOR, C3, COMMUNES, NORTH, NOW, PROVINCE, REVIEWER, SOUND

OTHER = Actor(UserId("u-other"), "Lê Văn Tám", ())


def send_back(world: World, bulletin: Bulletin, reason: str = "Sai ngày", actor: Actor = REVIEWER) -> Bulletin:
    return review_service.return_(
        world.store(), bulletin.id, reason=reason, expected_version=bulletin.version, call=world.call(actor, NOW)
    )


def reject(world: World, bulletin: Bulletin, reason: str = "Không đúng sự thật", actor: Actor = REVIEWER) -> Bulletin:
    return review_service.reject(
        world.store(), bulletin.id, reason=reason, expected_version=bulletin.version, call=world.call(actor, NOW)
    )


def approve(world: World, bulletin: Bulletin, actor: Actor = REVIEWER) -> Bulletin:
    return review_service.approve(
        world.store(), bulletin.id, expected_version=bulletin.version, call=world.call(actor, NOW)
    )


REVIEWS: list[Callable[..., Bulletin]] = [approve, send_back, reject]


def test_an_approval_freezes_a_transmission_and_asks_for_plans_where_it_reaches() -> None:
    world = World()
    submitted = world.submitted(targets=Targets((PROVINCE,), (NORTH,)), priority=PriorityClass.PRIORITY)
    bulletin = world.approve(submitted)
    assert (bulletin.status, bulletin.approver_id) == (BulletinStatus.APPROVED, REVIEWER.user_id)
    assert world.transmission(bulletin) == Transmission(
        id=world.transmission(bulletin).id,
        bulletin_id=bulletin.id,
        bulletin_version=bulletin.version,
        title=bulletin.title,
        priority=PriorityClass.PRIORITY,
        prio=6,
        targets=bulletin.targets,
        schedules=bulletin.schedules,
        rendition=SOUND,
        after=bulletin.after,
        submitted_by=AUTHOR.user_id,
        submitted_by_name=AUTHOR.name,
        approved_by=REVIEWER.user_id,
        approved_by_name=REVIEWER.name,
        approved_at=NOW,
        topic=bulletin.topic,
        origin=bulletin.origin,
        board=bulletin.board,
    )
    assert [(row.kind, row.subject_id) for row in world.store.outbox()] == [(OutboxKind.PLAN, C3)]
    assert world.store.events()[-1].detail["transmission"] == world.transmission(bulletin).id


@pytest.mark.parametrize("review", REVIEWS)
def test_nobody_reviews_what_they_wrote_or_submitted(review: Callable[..., Bulletin]) -> None:
    world = World()
    bulletin = world.submitted()
    handed_in = replace(bulletin, submitter_id=OTHER.user_id)
    world.store.put(handed_in)
    for actor in (AUTHOR, OTHER):
        with pytest.raises(NotAllowedError) as refused:
            review(world, handed_in, actor=actor)
        assert refused.value.reason == "OWN_BULLETIN"
    assert world.bulletin(bulletin.id) == handed_in


@pytest.mark.parametrize("review", REVIEWS)
def test_every_review_checks_rights_version_and_state(review: Callable[..., Bulletin]) -> None:
    def refused(kind: type[DomainError], bulletin: Bulletin) -> None:
        with pytest.raises(kind):
            review(world, bulletin)

    world = World(authority=FixedAuthority(frozenset({(Action.BULLETIN_REVIEW, C3)})))
    refused(NotAllowedError, world.submitted(targets=Targets((C3,))))
    world.authority.refused = frozenset()
    refused(ConflictError, replace(world.submitted(targets=Targets((NORTH,))), version=9))
    refused(NotPossibleError, world.draft())


@pytest.mark.parametrize(
    ("review", "status", "action"),
    [
        (send_back, BulletinStatus.RETURNED, BulletinAction.RETURN),
        (reject, BulletinStatus.REJECTED, BulletinAction.REJECT),
    ],
)
def test_a_refusal_keeps_its_reason(
    review: Callable[..., Bulletin], status: BulletinStatus, action: BulletinAction
) -> None:
    world = World()
    bulletin = review(world, world.submitted(), " Xem lại ngày tiêm ")
    assert bulletin.status is status
    assert bulletin.remarks == (Remark(action, REVIEWER.user_id, REVIEWER.name, NOW, "Xem lại ngày tiêm"),)
    assert world.events()[-1] == f"bulletin.{status}"
    assert world.store.all(Transmission) == []


@pytest.mark.parametrize(("reason", "code"), [("  ", "MISSING"), ("x" * 2001, "TOO_LONG")])
@pytest.mark.parametrize("review", [send_back, reject])
def test_a_refusal_needs_a_reason_of_some_length(review: Callable[..., Bulletin], reason: str, code: str) -> None:
    world = World()
    with pytest.raises(InvalidError) as refused:
        review(world, world.submitted(), reason)
    assert [problem.code for problem in refused.value.problems] == [code]


def test_of_two_submitted_for_the_same_time_only_one_is_approved() -> None:
    world = World()
    first, second = world.submitted(), world.submitted()
    world.approve(first)
    with pytest.raises(ClashError):
        world.approve(second)
    assert world.bulletin(second.id).status is BulletinStatus.SUBMITTED
    assert len(world.outbox(OutboxKind.PLAN)) == len(COMMUNES)


def test_what_has_nothing_left_to_air_is_not_approved() -> None:
    world = World()
    submitted = world.submitted()
    with pytest.raises(InvalidError):
        world.approve(submitted, now=NOW.replace(day=3))
