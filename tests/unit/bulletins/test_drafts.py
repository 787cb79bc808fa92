from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from broadcast.bulletins.model import Bulletin, BulletinId, BulletinStatus, Sound, SoundState, Targets
from broadcast.scheduling.area_rules import AreaRules
from cms.bulletins.service import drafts, review, sound
from cms.bulletins.service.revisions import Draft, problems_of
from cms.platform.store.kinds import JobKind, OutboxKind
from province.areas import AreaId, AreaTree
from province.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError, NotPossibleError
from province.people import Action, Actor
from tests.builders.in_memory.bulletin_world import World, draft
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import AREAS, AUTHOR, C1, C3, MONDAY, NORTH, NOW, PROVINCE, REVIEWER, TREE, schedule
from tests.service_store import JobEntry

LATER = NOW + timedelta(minutes=5)


def edit(
    world: World, bulletin: Bulletin, *, expected_version: int | None = None, by: Actor = AUTHOR, **more: object
) -> Bulletin:
    return drafts.edit(
        world.store(),
        bulletin.id,
        draft=draft(**more),
        expected_version=bulletin.version if expected_version is None else expected_version,
        call=world.call(by, LATER),
    )


def codes(wanted: Draft, tree: AreaTree = TREE) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in problems_of(wanted, tree, MONDAY)]


def test_a_new_bulletin_is_a_draft_whose_sound_is_being_made() -> None:
    world = World()
    bulletin = world.draft(title="  Lịch tiêm chủng ")
    assert world.bulletin(bulletin.id) == bulletin
    assert (bulletin.status, bulletin.version, bulletin.title) == (BulletinStatus.DRAFT, 1, "Lịch tiêm chủng")
    assert (bulletin.author_id, bulletin.author_name, bulletin.created_at) == (AUTHOR.user_id, AUTHOR.name, NOW)
    assert bulletin.sound == Sound(SoundState.MAKING, bulletin.sound_input, "job1")
    assert world.store.jobs()["job1"] == JobEntry(
        "job1", JobKind.MAKE_SOUND, bulletin.id, {"made_from": bulletin.sound_input}
    )
    assert world.events() == ["bulletin.created"]
    assert world.store.commits == 1


def test_a_draft_with_nothing_to_say_yet_makes_no_sound() -> None:
    world = World()
    assert world.draft(text="  ").sound == Sound()
    assert world.store.jobs() == {}


def test_a_recording_is_what_its_sound_is_made_from() -> None:
    bulletin = World().draft(text="", original_sha256="c" * 64)
    assert bulletin.sound.made_from == "audio:" + "c" * 64


def test_a_refused_draft_leaves_nothing_behind() -> None:
    world = World()
    with pytest.raises(InvalidError) as refused:
        world.draft(title="", language="xx", targets=Targets((PROVINCE, AreaId("nowhere"))))
    assert [p.code for p in refused.value.problems] == ["MISSING", "LANGUAGE_UNKNOWN", "AREA_UNKNOWN"]
    assert (world.store.all(Bulletin), world.store.jobs(), world.events()) == ([], {}, [])


def test_rights_are_asked_for_every_known_target() -> None:
    world = World(authority=FixedAuthority(frozenset({(Action.BULLETIN_WRITE, C3)})))
    with pytest.raises(NotAllowedError):
        world.draft(targets=Targets((C1, C3, AreaId("nowhere"))))
    assert world.authority.asked == [(AUTHOR.user_id, Action.BULLETIN_WRITE, (C1, C3))]


def test_an_edit_of_the_text_makes_the_sound_anew_and_cancels_the_older_job() -> None:
    world = World()
    old = world.draft()
    bulletin = edit(world, old, text="Hoãn sang thứ ba.")
    assert (bulletin.version, bulletin.changed_at) == (2, LATER)
    assert bulletin.sound == Sound(SoundState.MAKING, bulletin.sound_input, "job2")
    assert {job.id: job.is_cancelled for job in world.store.jobs().values()} == {"job1": True, "job2": False}
    assert world.events() == ["bulletin.created", "bulletin.edited"]


def test_an_edit_of_anything_else_keeps_the_sound() -> None:
    world = World()
    made = world.sound(world.draft())
    bulletin = edit(world, made, title="Tiêm chủng", schedules=())
    assert bulletin.sound == replace(made.sound, own_versions=0)
    making = edit(world, world.draft(), title="Khác")
    assert making.sound.job_id == "job2"
    assert len(world.store.jobs()) == 2


def test_a_sound_that_failed_is_tried_again_with_the_next_edit() -> None:
    world = World()
    old = world.draft()
    sound.finish(
        world.store(),
        old.id,
        Sound(SoundState.FAILED, made_from=old.sound.made_from, job_id=old.sound.job_id, error="NO_VOICE"),
        now=NOW,
    )
    assert edit(world, world.bulletin(old.id)).sound.job_id == "job2"


def test_taking_the_text_away_takes_the_sound_away() -> None:
    world = World()
    bulletin = edit(world, world.draft(), text="")
    assert bulletin.sound == Sound()
    assert world.store.jobs()["job1"].is_cancelled


def test_an_edit_of_another_version_is_a_conflict() -> None:
    world = World()
    old = edit(world, world.draft())
    for version in (old.version - 1, old.version + 1):
        with pytest.raises(ConflictError):
            edit(world, old, expected_version=version)


def test_a_sound_made_meanwhile_is_no_conflict_for_who_is_typing() -> None:
    world = World()
    seen = world.draft()
    world.sound(seen)
    bulletin = edit(world, seen, title="Vẫn đang gõ")
    assert (bulletin.version, bulletin.title) == (3, "Vẫn đang gõ")
    with pytest.raises(ConflictError):
        edit(world, seen)


def test_an_edit_needs_the_right_where_it_was_meant_for_too() -> None:
    world = World()
    old = world.draft(targets=Targets((C3,)))
    world.authority.refused = frozenset({(Action.BULLETIN_WRITE, C3)})
    with pytest.raises(NotAllowedError):
        edit(world, old, targets=Targets((C1,)))


def test_what_was_submitted_cannot_be_edited_and_what_was_returned_can() -> None:
    world = World()
    submitted = world.submitted()
    with pytest.raises(NotPossibleError):
        edit(world, submitted)
    returned = review.return_(
        world.store(),
        submitted.id,
        reason="Sai ngày",
        expected_version=submitted.version,
        call=world.call(REVIEWER, NOW),
    )
    assert edit(world, returned).status is BulletinStatus.DRAFT


def test_editing_what_is_not_there_is_not_found() -> None:
    world = World()
    with pytest.raises(NotFoundError):
        edit(world, replace(World().draft(), id=BulletinId("x9")))


def test_a_good_draft_has_no_problems() -> None:
    assert codes(draft(valid_from_at=NOW, valid_until_at=LATER, targets=Targets((PROVINCE,), (NORTH,)))) == []


def test_everything_wrong_with_a_draft_is_listed_at_once() -> None:
    closed = [replace(a, valid_to=date(2025, 7, 1)) if a.id == C3 else a for a in AREAS]
    wanted = Draft(
        title="x" * 201,
        text="x" * 20_001,
        topic="x" * 81,
        language="",
        targets=Targets((C3,), (AreaId("nowhere"),)),
        original_name="x" * 201,
        origin="x" * 201,
        pen_name="x" * 201,
        valid_from_at=NOW,
        valid_until_at=NOW,
        schedules=(schedule(rrule="FREQ=YEARLY"),),
    )
    assert codes(wanted, AreaTree(closed)) == [
        ("title", "TOO_LONG"),
        ("text", "TOO_LONG"),
        ("topic", "TOO_LONG"),
        ("original_name", "TOO_LONG"),
        ("origin", "TOO_LONG"),
        ("pen_name", "TOO_LONG"),
        ("language", "LANGUAGE_UNKNOWN"),
        ("targets", "AREA_CLOSED"),
        ("exclude", "AREA_UNKNOWN"),
        ("valid_until_at", "BEFORE_VALID_FROM"),
        ("schedules.s1.rrule", "RULE_FREQ"),
    ]


def test_a_draft_needs_a_title_and_targets_and_not_too_many_schedules() -> None:
    many = tuple(schedule(schedule_id=f"s{n}") for n in range(21))
    assert codes(Draft(title=" ", schedules=many)) == [
        ("title", "MISSING"),
        ("targets", "MISSING"),
        ("schedules", "TOO_MANY"),
    ]


def test_a_change_after_approval_is_taken_off_air_and_asks_for_approval_again() -> None:
    world = World()
    world.set_rules(C1, AreaRules(freeze_min=0))
    approved = world.approved(schedules=(schedule("2026-03-02T08:10"),), targets=Targets((C1,)))
    world.replan()
    world.store.clear_outbox()
    scheduled = world.bulletin(approved.id)
    assert scheduled.status is BulletinStatus.SCHEDULED
    changed = edit(world, scheduled, text="Trạm y tế tiêm chủng chiều thứ hai.")
    assert changed.status is BulletinStatus.DRAFT
    assert world.transmission(changed).withdrawn_at == LATER
    assert {row.kind for row in world.store.outbox()} == {OutboxKind.CANCEL, OutboxKind.PLAN}
    world.replan()
    assert world.plan().entries == ()


def test_what_is_approved_is_changed_only_by_those_who_may_take_it_off_air() -> None:
    world = World()
    approved = world.approved()
    world.authority = FixedAuthority(frozenset({Action.BULLETIN_WITHDRAW}))
    with pytest.raises(NotAllowedError):
        edit(world, approved)
    edit(world, world.draft())


def test_whoever_changes_a_bulletin_has_a_hand_in_it() -> None:
    world = World()
    draft_ = world.draft()
    once = edit(world, draft_, by=REVIEWER, text="Lời mới.")
    again = edit(world, once, by=REVIEWER, text="Lời mới nữa.")
    assert again.editors == (REVIEWER.user_id,)
    assert edit(world, again, text="Lời của tác giả.").editors == (REVIEWER.user_id,)
    submitted = world.submit(world.sound(world.bulletin(again.id)))
    with pytest.raises(NotAllowedError) as refused:
        world.approve(submitted)
    assert refused.value.reason == "OWN_BULLETIN"


def test_an_edit_keeps_whoever_submitted_it_before_among_its_hands() -> None:
    world = World()
    handed_in = world.submit(world.sound(world.draft()), by=REVIEWER)
    taken_back = review.withdraw(
        world.store(), handed_in.id, expected_version=handed_in.version, call=world.call(AUTHOR, NOW)
    )
    assert edit(world, taken_back, text="Lời mới.").editors == (REVIEWER.user_id,)
