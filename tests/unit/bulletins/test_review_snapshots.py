from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from broadcast.bulletins.model import Bulletin
from broadcast.bulletins.review_snapshots import ReviewSnapshot
from cms.bulletins.service import drafts, review
from province.errors import NotAllowedError
from province.people import Action, Actor, UserId
from tests.builders.in_memory.bulletin_world import World, draft
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import AUTHOR, NOW, REVIEWER


def look(
    world: World, bulletin: Bulletin, by: Actor = REVIEWER, now: datetime = NOW
) -> tuple[ReviewSnapshot, ReviewSnapshot | None]:
    return review.look_at(world.store(), bulletin.id, call=world.call(by, now))


def edit(world: World, bulletin: Bulletin, text: str) -> Bulletin:
    return drafts.edit(
        world.store(),
        bulletin.id,
        draft=draft(text=text),
        expected_version=bulletin.version,
        call=world.call(AUTHOR, NOW),
    )


def test_the_first_look_has_nothing_before_it() -> None:
    world = World()
    this, before = look(world, world.submitted())
    assert before is None
    assert this.shown.text == "Trạm y tế tiêm chủng sáng thứ hai."


def test_a_change_is_held_against_the_last_look_however_often_it_is_looked_at() -> None:
    world = World()
    first = world.draft()
    look(world, first)
    changed = edit(world, first, "Chiều thứ ba.")
    for minutes in (1, 2):
        this, before = look(world, changed, now=NOW + timedelta(minutes=minutes))
        assert before is not None
        assert (before.version, before.at, this.shown.text) == (1, NOW, "Chiều thứ ba.")
    assert len(world.store.all(ReviewSnapshot)) == 2


def test_of_several_looks_the_last_one_at_anything_else_counts() -> None:
    world = World()
    bulletin = world.draft()
    for text in ("Một.", "Hai.", "Ba."):
        bulletin = edit(world, bulletin, text)
        _, before = look(world, bulletin)
    assert before is not None
    assert before.shown.text == "Hai."


def test_everybody_has_looks_of_their_own() -> None:
    world = World()
    bulletin = world.draft()
    look(world, bulletin)
    other = Actor(UserId("u-other"), "Tám", ())
    assert look(world, edit(world, bulletin, "Khác."), by=other)[1] is None


def test_looking_is_for_reviewers() -> None:
    world = World(authority=FixedAuthority(frozenset({Action.BULLETIN_REVIEW})))
    with pytest.raises(NotAllowedError):
        look(world, world.draft())
    assert world.store.all(ReviewSnapshot) == []
