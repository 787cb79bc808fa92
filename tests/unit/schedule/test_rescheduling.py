from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from broadcast.bulletins.lifecycle import TRANSITIONS
from broadcast.bulletins.model import Bulletin, BulletinAction, BulletinStatus, Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.schedules import Move, SessionId
from broadcast.bulletins.transmissions import Transmission
from broadcast.scheduling.rescheduling import MoveEdit, MoveScope, Shift, edited, occurrence, promise_of, shifted
from cms.bulletins.service import review
from cms.platform.store.kinds import OutboxKind
from cms.schedule.service import rescheduling, time_changes
from cms.schedule.service.rescheduling import Outlook
from province.errors import ClashError, ConflictError, InvalidError, NotAllowedError, NotPossibleError
from province.people import Action, Actor, UserId
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import (
    AUTHOR,
    C1,
    C2,
    C3,
    MONDAY,
    NOW,
    PROVINCE,
    REVIEWER,
    bulletin,
    local,
    schedule,
    wall,
)

DAY = timedelta(days=1)
DAILY = schedule(rrule="FREQ=DAILY")
COLLEAGUE = Actor(UserId("u-colleague"), "Phạm Thu", ())


def _codes(error: InvalidError) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in error.problems]


def _to(text: str, on: date = MONDAY, scope: MoveScope = MoveScope.THIS, schedule_id: str = "s1") -> MoveEdit:
    return MoveEdit(Shift(schedule_id, on, wall(text), scope))


def _look(world: World, found: Bulletin, edit: MoveEdit, now: datetime = NOW) -> Outlook:
    return rescheduling.look(world.store(), found.id, edit=edit, call=world.call(AUTHOR, now))


def _save(world: World, found: Bulletin, edit: MoveEdit, *, by: Actor = AUTHOR, now: datetime = NOW) -> Bulletin:
    return rescheduling.reschedule(
        world.store(), found.id, edit=edit, expected_version=found.version, call=world.call(by, now)
    )


def _confirm(world: World, found: Bulletin, *, by: Actor = REVIEWER, now: datetime = NOW, **more: Any) -> Bulletin:
    return time_changes.confirm(
        world.store(),
        found.id,
        **{"expected_version": found.version, **more},
        call=world.call(by, now),
    )


def _keep(world: World, found: Bulletin, *, by: Actor = REVIEWER) -> Bulletin:
    return time_changes.keep(world.store(), found.id, expected_version=found.version, call=world.call(by, NOW))


# ---- what an edit makes of a promise


def test_each_scope_moves_as_much_as_it_says() -> None:
    wednesday = MONDAY + 2 * DAY
    tuesday_noon = local("2026-03-03T12:00")
    for scope, moved in ((MoveScope.THIS, [4]), (MoveScope.FOLLOWING, [4, 5, 6]), (MoveScope.ALL, [3, 4, 5, 6])):
        parts = shifted((DAILY,), Shift("s1", wednesday, wall("2026-03-04T18:00"), scope), tuesday_noon)
        starts = {on: _start(parts, date(2026, 3, on)) for on in range(2, 7)}
        assert [on for on, start in starts.items() if start.hour == 11] == moved
        assert {start.hour for on, start in starts.items() if on not in moved} == {10}


def _start(parts: tuple[Any, ...], on: date) -> datetime:
    (start,) = {a.start_at for part in parts if (a := occurrence(part, on)) is not None}
    return start


def test_all_that_is_left_moves_when_the_rule_ends_before_long() -> None:
    """The last airing was moved by hand past its rule's own times, so no other airing of the rule lies ahead."""
    moved = replace(DAILY, rrule="FREQ=DAILY;COUNT=1", moves=(Move(MONDAY, wall("2026-03-05T17:00")),))
    (after,) = shifted(
        (moved,), Shift("s1", MONDAY, wall("2026-03-06T18:00"), MoveScope.ALL), local("2026-03-04T08:00")
    )
    assert occurrence(after, date(2026, 3, 6)) is not None


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        (_to("2026-03-03T18:00", schedule_id="none"), ("on", "OCCURRENCE_UNKNOWN")),
        (_to("2026-03-03T18:00", MONDAY - DAY), ("on", "OCCURRENCE_UNKNOWN")),
        (_to("2026-03-02T07:59"), ("to", "IN_THE_PAST")),
        (MoveEdit(leave_out=(("s1", MONDAY),)), ("schedules", "NOTHING_LEFT_TO_AIR")),
    ],
)
def test_what_cannot_be_done_says_why(edit: MoveEdit, problem: tuple[str, str]) -> None:
    with pytest.raises(InvalidError) as refused:
        edited(promise_of(bulletin()), edit, NOW)
    assert _codes(refused.value) == [problem]


def test_what_has_begun_is_not_moved() -> None:
    with pytest.raises(InvalidError) as refused:
        edited(promise_of(bulletin()), _to("2026-03-02T18:00"), local("2026-03-02T17:00"))
    assert _codes(refused.value) == [("on", "ALREADY_BEGUN")]


def test_what_a_session_places_is_moved_in_its_running_order() -> None:
    placed = replace(DAILY, session=SessionId("session-1"))
    with pytest.raises(InvalidError) as refused:
        shifted((placed,), Shift("s1", MONDAY, wall("2026-03-03T18:00"), MoveScope.THIS), NOW)
    assert _codes(refused.value) == [("on", "PLACED_BY_SESSION")]


def test_no_more_rules_come_out_of_it_than_a_bulletin_may_have() -> None:
    rules = tuple(schedule(f"2026-03-02T17:{n:02d}", "FREQ=DAILY", f"s{n}") for n in range(20))
    with pytest.raises(InvalidError) as refused:
        edited(
            promise_of(bulletin(schedules=rules)),
            _to("2026-03-03T18:00", MONDAY + DAY, MoveScope.FOLLOWING, "s0"),
            NOW,
        )
    assert _codes(refused.value) == [("schedules", "TOO_MANY")]


def test_an_edit_may_give_up_dates_places_and_the_class_it_had() -> None:
    found = bulletin(schedules=(DAILY, schedule("2026-03-02T19:00", schedule_id="s2")))
    edit = MoveEdit(leave_out=(("s1", MONDAY), ("s2", MONDAY)), exclude=(C1, C2), raise_class=True)
    after = edited(promise_of(replace(found, targets=Targets((PROVINCE,), (C1,)))), edit, NOW)
    assert after.schedules == (replace(DAILY, except_on=(MONDAY,)),)
    assert after.targets == Targets((PROVINCE,), (C1, C2))
    assert after.priority is PriorityClass.PRIORITY


# ---- before it is approved


def test_a_draft_is_changed_at_once_even_into_a_clash() -> None:
    world = World()
    world.approved()
    draft = world.draft(schedules=(schedule("2026-03-02T18:00"),))
    saved = _save(world, draft, _to("2026-03-02T17:00"))
    assert (saved.status, saved.version, saved.proposal) == (BulletinStatus.DRAFT, draft.version + 1, None)
    assert saved.schedules == (schedule("2026-03-02T17:00"),)
    assert world.events()[-1] == "bulletin.rescheduled"
    assert not saved.submitter_id


def test_a_submitted_bulletin_stays_with_its_reviewer_and_whoever_moved_it_may_not_review_it() -> None:
    world = World()
    submitted = world.submitted()
    saved = _save(world, submitted, _to("2026-03-02T18:00"), by=COLLEAGUE)
    assert (saved.status, saved.submitter_id, saved.submitter_name) == (
        BulletinStatus.SUBMITTED,
        COLLEAGUE.user_id,
        COLLEAGUE.name,
    )
    with pytest.raises(ConflictError):
        world.approve(submitted)


def test_a_submitted_bulletin_is_not_moved_into_a_clash() -> None:
    world = World()
    world.approved()
    submitted = world.submitted(schedules=(schedule("2026-03-02T18:00"),))
    with pytest.raises(ClashError) as refused:
        _save(world, submitted, _to("2026-03-02T17:00"))
    assert refused.value.clashes
    assert world.bulletin(submitted.id) == submitted


# ---- once it is approved


def test_an_approved_bulletin_airs_as_approved_until_somebody_else_confirms() -> None:
    world = World()
    approved = world.approved()
    before = world.transmission(approved)
    saved = _save(world, approved, _to("2026-03-02T18:00"))
    assert saved.status is BulletinStatus.APPROVED
    assert saved.schedules == approved.schedules
    assert saved.proposal is not None
    assert saved.proposal.schedules == (schedule("2026-03-02T18:00"),)
    assert (saved.proposal.by, saved.proposal.by_name, saved.proposal.at) == (AUTHOR.user_id, AUTHOR.name, NOW)
    assert world.transmission(approved) == before
    assert world.events()[-1] == "bulletin.change_proposed"


def test_a_confirmed_change_takes_the_place_of_what_was_promised() -> None:
    world = World()
    asked = _save(world, world.approved(), _to("2026-03-02T18:00"))
    world.replan()
    confirmed = _confirm(world, world.bulletin(asked.id))
    assert confirmed.status is BulletinStatus.APPROVED
    assert confirmed.proposal is None
    assert confirmed.approver_id == REVIEWER.user_id
    old, new = world.store.all(Transmission)
    assert (old.withdrawn_at, new.withdrawn_at) == (NOW, None)
    assert new.schedules == confirmed.schedules == (schedule("2026-03-02T18:00"),)
    assert {row.subject_id for row in world.outbox(OutboxKind.PLAN)} == {C1, C2, C3}
    world.replan()
    assert [entry.start_at for entry in world.plan().entries] == [local("2026-03-02T18:00")]
    assert world.bulletin(asked.id).status is BulletinStatus.SCHEDULED
    assert world.events()[-2:] == ["bulletin.change_confirmed", "bulletin.scheduled"]


def test_what_would_begin_soon_is_cancelled_and_what_is_on_air_is_not() -> None:
    world = World()
    rules = (DAILY, schedule("2026-03-02T17:10", "FREQ=DAILY", "s2"))
    asked = _save(world, world.approved(schedules=rules), _to("2026-03-02T19:00", schedule_id="s2"))
    _confirm(world, asked, now=local("2026-03-02T17:01"), override="Gấp")
    cancels = [row.payload["refs"] for row in world.outbox(OutboxKind.CANCEL)]
    assert len(cancels) == 3
    assert all(len(refs) == 1 and "-s2-" in refs[0] for refs in cancels)  # type: ignore[arg-type,index]


def test_a_second_change_takes_the_place_of_the_first() -> None:
    world = World()
    asked = _save(world, world.approved(schedules=(DAILY,)), _to("2026-03-02T18:00"))
    again = _save(world, _confirm(world, asked), _to("2026-03-02T19:00"))
    _confirm(world, again, now=NOW + timedelta(minutes=1))
    withdrawn = [each.withdrawn_at for each in world.store.all(Transmission)]
    assert withdrawn == [NOW, NOW + timedelta(minutes=1), None]


def test_more_than_one_move_waits_as_one_change() -> None:
    world = World()
    first = _save(world, world.approved(schedules=(DAILY,)), _to("2026-03-02T18:00"))
    second = _save(world, first, _to("2026-03-03T19:00", MONDAY + DAY))
    assert second.proposal is not None
    assert [move.to.hour for move in second.proposal.schedules[0].moves] == [18, 19]


def test_moved_back_there_is_nothing_to_confirm() -> None:
    world = World()
    asked = _save(world, world.approved(schedules=(DAILY,)), _to("2026-03-02T18:00"))
    assert _save(world, asked, _to("2026-03-02T17:00")).proposal is None


def test_a_move_to_where_it_is_changes_nothing_and_says_so() -> None:
    world = World()
    with pytest.raises(InvalidError) as refused:
        _save(world, world.approved(), _to("2026-03-02T17:00"))
    assert _codes(refused.value) == [("to", "NOTHING_CHANGED")]


@pytest.mark.parametrize("by", [AUTHOR, COLLEAGUE])
def test_neither_author_nor_who_asked_confirms(by: Actor) -> None:
    world = World()
    asked = _save(world, world.approved(), _to("2026-03-02T18:00"), by=COLLEAGUE)
    with pytest.raises(NotAllowedError) as refused:
        _confirm(world, asked, by=by)
    assert refused.value.reason == "OWN_BULLETIN"


def test_who_asked_for_what_another_went_on_with_confirms_neither() -> None:
    world = World()
    first = _save(world, world.approved(schedules=(DAILY,)), _to("2026-03-02T18:00"), by=COLLEAGUE)
    both = _save(world, first, _to("2026-03-03T19:00", MONDAY + DAY))
    with pytest.raises(NotAllowedError) as refused:
        _confirm(world, both, by=COLLEAGUE)
    assert refused.value.reason == "OWN_BULLETIN"
    assert _confirm(world, both).editors == (COLLEAGUE.user_id,)


def test_who_may_not_review_neither_confirms_nor_declines_and_who_asked_may_take_it_back() -> None:
    world = World()
    asked = _save(world, world.approved(), _to("2026-03-02T18:00"))
    world.authority = FixedAuthority(refused=frozenset({Action.BULLETIN_REVIEW}))
    with pytest.raises(NotAllowedError):
        _confirm(world, asked)
    with pytest.raises(NotAllowedError):
        _keep(world, asked)
    kept = _keep(world, asked, by=AUTHOR)
    assert (kept.proposal, kept.status) == (None, BulletinStatus.APPROVED)
    assert world.events()[-1] == "bulletin.change_dropped"


def test_without_a_change_there_is_nothing_to_answer() -> None:
    world = World()
    approved = world.approved()
    for answer in (_confirm, _keep):
        with pytest.raises(NotPossibleError):
            answer(world, approved)


def test_a_change_is_answered_as_it_was_seen() -> None:
    world = World()
    asked = _save(world, world.approved(schedules=(DAILY,)), _to("2026-03-02T18:00"))
    _save(world, asked, _to("2026-03-03T19:00", MONDAY + DAY))
    for answer in (_confirm, _keep):
        with pytest.raises(ConflictError):
            answer(world, asked)


def test_a_change_that_clashes_by_now_is_not_confirmed() -> None:
    world = World()
    asked = _save(world, world.approved(), _to("2026-03-02T18:00"))
    world.approved(schedules=(schedule("2026-03-02T18:01"),))
    with pytest.raises(ClashError):
        _confirm(world, asked)
    assert world.bulletin(asked.id) == asked


def test_withdrawing_takes_the_change_with_it() -> None:
    world = World()
    asked = _save(world, world.approved(), _to("2026-03-02T18:00"))
    gone = review.withdraw(world.store(), asked.id, expected_version=asked.version, call=world.call(AUTHOR, NOW))
    assert gone.proposal is None


@pytest.mark.parametrize("status", [s for s in BulletinStatus if (s, BulletinAction.RESCHEDULE) not in TRANSITIONS])
def test_what_is_over_is_not_moved(status: BulletinStatus) -> None:
    world = World()
    over = replace(world.approved(), status=status)
    world.store.put(over)
    with pytest.raises(NotPossibleError):
        _look(world, over, _to("2026-03-02T18:00"))
