"""Templates of bulletins, and sharing down the area tree: rights, targets, and withdrawal."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.sharing import BulletinTemplate, Share, ShareKind
from broadcast.speech.phrase_bank import PhraseId, PhraseRecording
from cms.areas.repository import Places
from cms.bulletins.repository.sharing import Shares
from cms.bulletins.service import sharing
from cms.bulletins.service.sharing import TemplateWording
from cms.speech.repository import Phrases
from cms.speech.service import phrase_recordings
from province.areas import AreaId
from province.errors import InvalidError, NotAllowedError, NotFoundError
from province.people import Action
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import AUTHOR, C1, C2, C3, MONDAY, NORTH, NOW, PROVINCE, REVIEWER, SOUTH, area

WORDING = TemplateWording(
    " Tiêm phòng dại ", " Lịch tiêm phòng ", "Trạm y tế mời bà con …", "health", PriorityClass.PRIORITY
)
NOWHERE = AreaId("nowhere")


def write(world: World, area_id: AreaId = NORTH, wording: TemplateWording = WORDING) -> BulletinTemplate:
    return sharing.write_template(world.store(), area_id=area_id, wording=wording, call=world.call(AUTHOR, NOW))


def share(
    world: World, subject_id: str, area_id: AreaId = C1, *, kind: ShareKind = ShareKind.TEMPLATE, minutes: int = 0
) -> Share:
    return sharing.share(
        world.store(),
        kind=kind,
        subject_id=subject_id,
        area_id=area_id,
        call=world.call(AUTHOR, NOW + timedelta(minutes=minutes)),
    )


def take_back(world: World, held: Share) -> Share:
    return sharing.take_back(world.store(), held.id, call=world.call(AUTHOR, NOW))


def usable(world: World, area_id: AreaId) -> list[tuple[str, Share | None]]:
    with world.store() as uow:
        return [(each.template.id, each.share) for each in sharing.usable_in(uow, area_id)]


def record(world: World, area_id: AreaId, sha256: str, text: str = "Tin bão") -> None:
    said = PhraseRecording(
        PhraseId(f"{area_id}-{text}"), area_id, "vi", text, NOW, AUTHOR.user_id, "Lan", sha256, "Lan"
    )
    with world.store() as uow:
        uow[Phrases].put(said)
        uow.commit()


def bank(world: World, *areas: AreaId) -> list[str]:
    with world.store() as uow:
        return [each.sha256 for each in phrase_recordings.bank_of(uow, areas, "vi").values()]


def events(world: World) -> list[str]:
    return [event.name for event in world.store.events()]


def test_a_template_is_its_areas_own_and_nobody_elses() -> None:
    world = World()
    made = write(world)
    assert (made.name, made.title, made.changed_by_name) == ("Tiêm phòng dại", "Lịch tiêm phòng", AUTHOR.name)
    assert (made.text, made.topic, made.priority, made.language) == (
        WORDING.text,
        "health",
        PriorityClass.PRIORITY,
        "vi",
    )
    assert usable(world, NORTH) == [(made.id, None)]
    assert usable(world, C1) == usable(world, PROVINCE) == []
    assert events(world) == ["template.written"]


def test_what_is_shared_with_an_area_is_usable_there_and_below_until_it_is_taken_back() -> None:
    world = World()
    made = write(world, PROVINCE)
    held = share(world, made.id, NORTH)
    assert (held.origin_id, held.shared_by_name) == (PROVINCE, AUTHOR.name)
    assert usable(world, NORTH) == usable(world, C1) == [(made.id, held)]
    assert usable(world, SOUTH) == usable(world, C3) == []

    take_back(world, held)

    assert usable(world, C1) == []
    assert events(world) == ["template.written", "share.made", "share.taken_back"]
    with pytest.raises(NotFoundError):
        take_back(world, held)


def test_shared_twice_it_is_there_once_and_by_the_first() -> None:
    world = World()
    made = write(world, PROVINCE)
    first = share(world, made.id, NORTH)
    assert share(world, made.id, NORTH, minutes=1) == first
    share(world, made.id, C1, minutes=2)
    assert usable(world, C1) == [(made.id, first)]
    assert events(world).count("share.made") == 2


def test_what_an_area_shares_it_does_not_see_twice() -> None:
    world = World()
    made = write(world, C1)
    share(world, made.id, NORTH)
    assert usable(world, C1) == [(made.id, None)]
    assert [name for name, _ in usable(world, C2)] == [made.id]


def test_a_change_is_seen_by_all_with_whom_it_is_shared() -> None:
    world = World()
    made = write(world, PROVINCE)
    held = share(world, made.id, C1)
    changed = sharing.rewrite_template(
        world.store(),
        made.id,
        wording=replace(WORDING, text="Lời mới."),
        call=world.call(REVIEWER, NOW + timedelta(minutes=1)),
    )
    assert (changed.text, changed.changed_by_name, changed.area_id) == ("Lời mới.", REVIEWER.name, PROVINCE)
    with world.store() as uow:
        assert list(sharing.usable_in(uow, C1)) == [sharing.Usable(changed, held)]


def test_a_forgotten_template_is_taken_back_from_everybody() -> None:
    world = World()
    made = write(world, PROVINCE)
    held = share(world, made.id, C1)
    sharing.forget_template(world.store(), made.id, call=world.call(AUTHOR, NOW))
    assert usable(world, C1) == usable(world, PROVINCE) == []
    with world.store() as uow, pytest.raises(NotFoundError):
        uow[Shares].get(held.id)
    details = world.store.events()[-1]
    assert (details.name, details.detail["shared_with"]) == ("template.forgotten", [C1])


def test_what_an_area_came_out_of_is_its_own() -> None:
    world = World()
    made, given = write(world, C1), write(world, PROVINCE)
    held = share(world, given.id, C1)
    merged = AreaId("p-merged")
    with world.store() as uow:
        uow[Places].close([C1], MONDAY)
        uow[Places].add([area(merged, PROVINCE, predecessors=(C1,))])
        uow.commit()
    assert usable(world, merged) == [(made.id, None), (given.id, held)]


def test_all_that_is_wrong_with_a_template_is_told_at_once() -> None:
    world = World()
    with pytest.raises(InvalidError) as raised:
        write(world, NOWHERE, TemplateWording(" ", "", "x" * 20_001, "t" * 81, language="xx"))
    assert [(p.field, p.code) for p in raised.value.problems] == [
        ("area", "AREA_UNKNOWN"),
        ("name", "MISSING"),
        ("title", "MISSING"),
        ("text", "TOO_LONG"),
        ("topic", "TOO_LONG"),
        ("language", "LANGUAGE_UNKNOWN"),
    ]
    made = write(world)
    with pytest.raises(InvalidError):
        sharing.rewrite_template(world.store(), made.id, wording=TemplateWording("", "x"), call=world.call(AUTHOR, NOW))


def test_whoever_may_not_write_there_writes_no_template() -> None:
    world = World()
    made = write(world)
    world.authority = FixedAuthority(frozenset({(Action.BULLETIN_WRITE, NORTH)}))
    with pytest.raises(NotAllowedError):
        write(world)
    call = world.call(AUTHOR, NOW)
    with pytest.raises(NotAllowedError):
        sharing.rewrite_template(world.store(), made.id, wording=WORDING, call=call)
    with pytest.raises(NotAllowedError):
        sharing.forget_template(world.store(), made.id, call=call)


@pytest.mark.parametrize("refused", [NORTH, C1])
def test_sharing_asks_for_the_right_where_it_is_from_and_where_it_goes(refused: AreaId) -> None:
    world = World()
    made = write(world)
    held = share(world, made.id, C1)
    world.authority = FixedAuthority(frozenset({(Action.SHARE_DOWN, refused)}))
    with pytest.raises(NotAllowedError):
        share(world, made.id, C1)
    if refused == C1:
        with pytest.raises(NotAllowedError):
            take_back(world, held)


def test_only_what_is_there_is_shared_and_only_where_it_is_not_yet() -> None:
    world = World()
    made = write(world)
    with pytest.raises(NotFoundError):
        share(world, "t9")
    for subject, area_id, kind, code in (
        (made.id, NORTH, ShareKind.TEMPLATE, "HAS_IT"),
        (made.id, NOWHERE, ShareKind.TEMPLATE, "AREA_UNKNOWN"),
        (NORTH, C1, ShareKind.VOICE, "HAS_IT"),
        (NOWHERE, C1, ShareKind.VOICE, "AREA_UNKNOWN"),
    ):
        with pytest.raises(InvalidError) as raised:
            share(world, subject, area_id, kind=kind)
        assert [p.code for p in raised.value.problems] == [code]


def test_a_shared_voice_says_what_nothing_nearer_says_until_it_is_taken_back() -> None:
    world = World()
    record(world, C1, "1" * 64)
    record(world, C1, "2" * 64, "Lũ quét")
    record(world, NORTH, "3" * 64)
    assert bank(world, C3) == []
    held = share(world, C1, SOUTH, kind=ShareKind.VOICE)
    share(world, C1, C2, kind=ShareKind.VOICE)
    # The south has no recording; in the north the district's own comes first, and C1 has its own anyway.
    assert sorted(bank(world, C3)) == ["1" * 64, "2" * 64]
    assert sorted(bank(world, C2)) == ["2" * 64, "3" * 64]
    assert sorted(bank(world, C1)) == ["1" * 64, "2" * 64]
    # One sound for both of them: only what is shared with both.
    assert bank(world, C2, C3) == []
    take_back(world, held)
    assert bank(world, C3) == []


def test_of_two_shared_voices_the_one_for_the_nearer_area_speaks() -> None:
    world = World()
    record(world, C2, "2" * 64)
    record(world, C3, "3" * 64)
    share(world, C3, PROVINCE, kind=ShareKind.VOICE)
    share(world, C2, C1, kind=ShareKind.VOICE, minutes=1)
    assert bank(world, C1) == ["2" * 64]
    with world.store() as uow:
        assert [each.subject_id for each in sharing.voices_in(uow, (C1, NORTH, PROVINCE))] == [C2, C3]
