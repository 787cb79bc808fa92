"""Opening and closing sounds of a bulletin: the nearest area's, frozen at approval, counted in every duration."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from broadcast.bulletins.framing import Chime, ChimeId, ChimePlace, Frames, Framing, frames_of
from broadcast.bulletins.model import Rendition, Sound, SoundState, Targets
from broadcast.bulletins.transmissions import EVERYWHERE, SoundFrame, Transmission
from broadcast.scheduling.area_rules import AreaRules
from broadcast.scheduling.conflicts import ClashKind, ClashSurroundings, find_clashes
from broadcast.scheduling.planning import plan_days
from broadcast.scheduling.planning.wire import wire_plan
from cms.bulletins.repository.bulletins import StoredPlan
from cms.bulletins.repository.sharing import Chimes
from province.areas import AreaId, AreaTree
from tests.builders.in_memory.bulletin_world import World
from tests.builders.in_memory.planned_province import PlannedProvince
from tests.fakes.programme import (
    AREAS,
    AUTHOR,
    C1,
    C2,
    C3,
    COMMUNES,
    MONDAY,
    NORTH,
    NOW,
    PROVINCE,
    SOUTH,
    TREE,
    area,
    local,
    schedule,
    transmission,
)

OPENING, CLOSING = ChimePlace.OPENING, ChimePlace.CLOSING
HOUSE_MS = 2_600
RULES = AreaRules()


def rendition(name: str, seconds: int = 4) -> Rendition:
    return Rendition("device-opus", name * 64, 9_000, seconds * 1000, "audio/ogg")


def chime(area_id: AreaId, place: ChimePlace, sound: Rendition | None) -> Chime:
    made = Sound(SoundState.READY, renditions=(sound,)) if sound else Sound()
    return Chime(ChimeId(f"{area_id}-{place}"), area_id, place, NOW, AUTHOR.user_id, AUTHOR.name, made)


ONE, TWO, THREE, END = rendition("1", 4), rendition("2", 9), rendition("3", 6), rendition("4", 2)
SET = (
    chime(PROVINCE, CLOSING, END),
    chime(NORTH, OPENING, ONE),
    chime(C2, OPENING, TWO),
    chime(C3, OPENING, None),
)


def frozen(*areas: AreaId, chime_ms: int = 0) -> dict[AreaId, SoundFrame]:
    return dict(frames_of(SET, Targets(areas), TREE, chime_ms))


def framed(name: str = "t1", clock: str = "17:00", **more: object) -> Transmission:
    """Build a transmission for the whole province, with all its chimes."""
    frames: Frames = frames_of(SET, Targets((PROVINCE,)), TREE, 0)
    return replace(transmission(name, schedule(f"2026-03-02T{clock}")), frames=frames, **more)  # type: ignore[arg-type]


def test_the_nearest_area_wins_for_the_opening_and_for_the_closing_each() -> None:
    found = frozen(PROVINCE)
    assert found == {PROVINCE: SoundFrame(None, END), NORTH: SoundFrame(ONE, END), C2: SoundFrame(TWO, END)}


def test_only_what_lies_above_or_below_the_targets_is_frozen() -> None:
    assert set(frozen(C1)) == {PROVINCE, NORTH}
    assert set(frozen(SOUTH)) == {PROVINCE}
    assert frozen(AreaId("nowhere")) == {}


def test_an_opening_stands_in_the_place_of_the_chime_of_the_house() -> None:
    found = frozen(PROVINCE, chime_ms=HOUSE_MS)
    assert {area_id: frame.skip_ms for area_id, frame in found.items()} == {PROVINCE: 0, NORTH: HOUSE_MS, C2: HOUSE_MS}
    assert found[C2].added_ms == 9_000 + 2_000 - HOUSE_MS


def test_an_area_keeps_what_it_came_out_of_had() -> None:
    new = AreaId("p-new")
    tree = AreaTree(
        [
            *(replace(each, valid_to=date(2025, 7, 1)) if each.id == C2 else each for each in AREAS),
            area(new, PROVINCE, predecessors=(C2,)),
        ]
    )
    frames = frames_of(SET, Targets((C2,)), tree, 0)
    heard = Framing(tree).heard_in(replace(transmission(), targets=Targets((C2,)), frames=frames), new)
    # By today's tree first: the closing of the province, because nothing nearer is set.
    assert heard.frame == SoundFrame(None, END)
    without = frames_of([each for each in SET if each.area_id != PROVINCE], Targets((C2,)), tree, 0)
    assert Framing(tree).heard_in(replace(transmission(), frames=without), new).frame == SoundFrame(TWO, None)


def test_areas_that_hear_the_same_are_given_the_same_object() -> None:
    framing, wanted = Framing(TREE), framed()
    assert framing.heard_in(wanted, C1).frames == ((EVERYWHERE, SoundFrame(ONE, END)),)
    assert framing.heard_in(wanted, C3).frame == SoundFrame(None, END)
    assert framing.heard_in(wanted, C1) is framing.heard_in(wanted, NORTH)
    assert framing.heard_in(transmission(), C1) == transmission()
    assert [areas for _, areas in framing.groups(wanted, COMMUNES)] == [[C1], [C2], [C3]]
    assert framing.groups(transmission(), COMMUNES) == [(transmission(), [C1, C2, C3])]


def test_a_frame_nowhere_near_changes_nothing() -> None:
    elsewhere = replace(transmission(), frames=((C2, SoundFrame(TWO)),))
    heard = Framing(TREE).heard_in(elsewhere, C3)
    assert (heard.frame, heard.duration_ms) == (None, 120_000)
    assert elsewhere.duration_ms == 129_000


def test_an_airing_is_as_long_as_all_that_is_heard_of_it() -> None:
    framing, wanted = Framing(TREE), framed()
    lengths = {area_id: framing.heard_in(wanted, area_id).duration_ms for area_id in COMMUNES}
    assert lengths == {C1: 126_000, C2: 131_000, C3: 122_000}
    assert wanted.duration_ms == 131_000
    (plan,) = plan_days(C2, MONDAY, 1, [framing.heard_in(wanted, C2)], RULES)
    (item,) = wire_plan(plan).items
    assert item.end_at - item.start_at == 131_000
    assert item.opening is not None
    assert item.closing is not None
    assert (item.opening.sha256, item.closing.sha256, item.audio.sha256) == ("2" * 64, "4" * 64, "a" * 64)


def test_clashes_are_found_only_where_the_sounds_around_reach() -> None:
    later = transmission("t2", schedule("2026-03-02T17:02"), approved_at=NOW)
    rules = dict.fromkeys(COMMUNES, RULES)

    def met(wanted: Transmission, other: Transmission, areas: tuple[AreaId, ...] = COMMUNES) -> list[AreaId | None]:
        found = find_clashes(wanted, ClashSurroundings(areas, [other], TREE, rules), NOW)
        assert {clash.kind for clash in found} <= {ClashKind.EQUAL_PRIORITY}
        return [clash.area_id for clash in found]

    only_c2 = replace(framed(), frames=((C2, SoundFrame(TWO)),))
    assert met(later, only_c2) == [C2]
    assert met(only_c2, later) == [C2]
    assert met(only_c2, later, (C1,)) == []
    assert met(transmission(), later) == []


def test_a_closing_may_not_reach_into_quiet_hours() -> None:
    late = replace(transmission("t1", schedule("2026-03-02T21:28")), frames=((C1, SoundFrame(None, END)),))
    found = find_clashes(late, ClashSurroundings(COMMUNES, (), TREE, dict.fromkeys(COMMUNES, RULES)), NOW)
    assert [(clash.kind, clash.area_id) for clash in found] == [(ClashKind.QUIET_HOURS, C1)]


def test_each_of_many_areas_is_planned_as_it_hears_them() -> None:
    province = PlannedProvince(dict.fromkeys(COMMUNES, RULES), (framed(), framed("t2", "18:00")))
    province.replan()
    # The same id with other chimes: nothing of the earlier one may be cached.
    edited = replace(framed("t2", "17:02"), frames=((C1, SoundFrame(THREE)),), approved_at=NOW)
    province.edit(added=(edited,), removed=(framed("t2", "18:00"),))
    province.replan()
    for area_id in COMMUNES:
        heard = [Framing(TREE).heard_in(each, area_id) for each in (framed(), edited)]
        for plan in plan_days(area_id, MONDAY, 2, heard, RULES):
            stored = province.store.one(StoredPlan, area_id=area_id, on=plan.on)
            assert stored.plan == plan
            assert len(province.content.blobs[stored.sha256]) > 0


def test_an_approval_freezes_what_sounds_around_and_a_later_change_leaves_it() -> None:
    world = World()
    put(world, chime(C1, OPENING, ONE), chime(C2, OPENING, TWO))
    approved = world.approved()
    put(world, chime(C1, OPENING, THREE))
    for area_id, sound in ((C1, ONE), (C2, TWO)):
        world.replan(area_id)
        (entry,) = world.plan(area_id).entries
        assert entry.frame == SoundFrame(sound)
        assert entry.end_at == local("2026-03-02T17:02") + timedelta(milliseconds=sound.duration_ms)
    world.replan(C3)
    assert world.plan(C3).entries[0].frame is None
    assert world.transmission(approved).frames == ((C1, SoundFrame(ONE)), (C2, SoundFrame(TWO)))


def put(world: World, *chimes: Chime) -> None:
    with world.store() as uow:
        for each in chimes:
            uow[Chimes].put(each)
        uow.commit()
