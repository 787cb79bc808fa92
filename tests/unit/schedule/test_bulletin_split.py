from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from broadcast.bulletins.model import Bulletin, BulletinStatus, Sound, SoundState, Targets
from broadcast.scheduling.concessions import OfferKind
from broadcast.scheduling.rescheduling import MoveEdit, MoveScope, Shift
from cms.schedule.service import rescheduling
from province.errors import InvalidError
from tests.builders.calls import with_call
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.programme import AUTHOR, C1, C2, C3, MONDAY, NORTH, NOW, PROVINCE, schedule, wall

DAILY = schedule(rrule="FREQ=DAILY")
COLLEAGUE_MOVES = MoveEdit(Shift("s1", MONDAY, wall("2026-03-02T17:59"), MoveScope.ALL))


def _asked(world: World, **more: Any) -> dict[str, Any]:
    return with_call({"actor": AUTHOR, "authority": world.authority, "now": NOW, **more})


def _save(world: World, found: Bulletin, edit: MoveEdit) -> Bulletin:
    asked = _asked(world, edit=edit, expected_version=found.version, new_id=world.new_id)
    return rescheduling.reschedule(world.store(), found.id, **asked)


def _drafts(world: World) -> list[Bulletin]:
    return [each for each in world.store.all(Bulletin) if each.status is BulletinStatus.DRAFT]


def test_where_it_clashes_a_second_bulletin_says_the_same_at_the_next_free_time() -> None:
    world = World()
    world.approved(schedules=(schedule("2026-03-04T18:00"),), targets=Targets((NORTH,)), title="Khác")
    found = world.approved(schedules=(DAILY,), origin="UBND phường", valid_until_at=NOW + timedelta(days=20))
    outlook = rescheduling.look(world.store(), found.id, edit=COLLEAGUE_MOVES, **_asked(world))
    (offer,) = (each for each in outlook.offers if each.kind is OfferKind.SPLIT_TARGETS)
    assert offer.edit is not None
    assert (offer.areas, offer.to) == ((C1, C2), wall("2026-03-02T18:04"))
    saved = _save(world, found, offer.edit)
    assert saved.proposal is not None
    assert saved.proposal.targets == Targets(found.targets.areas, (C1, C2))
    (draft,) = _drafts(world)
    assert draft.targets == Targets((C1, C2))
    assert [each.starts for each in draft.schedules] == [wall("2026-03-02T18:04")]
    for name in ("title", "text", "origin", "author_id", "valid_until_at", "sound", "priority", "language"):
        assert getattr(draft, name) == getattr(found, name)
    assert (draft.version, draft.submitter_id, draft.approver_id, draft.proposal) == (1, None, None, None)
    assert world.events()[-2:] == ["bulletin.created", "bulletin.change_proposed"]


def test_without_a_free_time_the_second_one_keeps_the_time_it_had() -> None:
    world = World()
    found = world.draft(schedules=(DAILY,))
    saved = _save(world, found, replace(COLLEAGUE_MOVES, split=(C1, C1)))
    assert saved.targets.exclude == (C1,)
    (draft,) = (each for each in _drafts(world) if each.id != found.id)
    assert draft.schedules == found.schedules
    assert draft.targets.areas == (C1,)


def test_whoever_splits_it_off_has_a_hand_in_both() -> None:
    world = World()
    found = world.draft(schedules=(DAILY,))
    colleague = replace(AUTHOR, user_id=type(AUTHOR.user_id)("u-colleague"))
    asked = _asked(world, actor=colleague, expected_version=found.version, new_id=world.new_id)
    rescheduling.reschedule(world.store(), found.id, edit=replace(COLLEAGUE_MOVES, split=(C1,)), **asked)
    assert all(each.is_own(colleague.user_id) for each in _drafts(world))


def test_a_sound_still_being_made_is_asked_for_anew() -> None:
    world = World()
    found = world.draft(schedules=(DAILY,))
    pending = replace(found, sound=Sound(SoundState.MISSING))
    world.store.put(pending)
    _save(world, pending, replace(COLLEAGUE_MOVES, split=(C1,)))
    (draft,) = (each for each in _drafts(world) if each.id != found.id)
    assert (draft.sound.state, draft.sound.error) == (SoundState.FAILED, "DROPPED")


def test_only_what_it_reaches_is_split_off() -> None:
    world = World()
    found = world.draft(schedules=(DAILY,), targets=Targets((C1,)))
    for other in ("nowhere", C3, PROVINCE):
        with pytest.raises(InvalidError) as refused:
            _save(world, found, replace(COLLEAGUE_MOVES, split=(type(C1)(other),)))
        assert [(each.field, each.code) for each in refused.value.problems] == [("split", "AREA_UNKNOWN")]
