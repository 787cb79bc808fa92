from __future__ import annotations

from datetime import timedelta

import pytest

from broadcast.bulletins.cues import problems_of_cues
from broadcast.bulletins.model import Bulletin, BulletinStatus, Cues, Rendition, Sound, SoundState
from broadcast.bulletins.transmissions import Transmission
from cms.bulletins.service import drafts, sound
from province.errors import InvalidError
from tests.builders.in_memory.bulletin_world import World, draft
from tests.fakes.programme import AUTHOR, NOW, SOUND

LATER = NOW + timedelta(minutes=5)
RECORDING, OTHER = "c" * 64, "d" * 64
OUTLINE = Rendition("outline", "e" * 64, 900, 60_000, "application/json")


def recorded(world: World) -> Bulletin:
    """Make a recording of a minute, with its sound."""
    made = world.draft(text="", original_sha256=RECORDING)
    finish(world, made)
    return world.bulletin(made.id)


def finish(world: World, made: Bulletin) -> None:
    sound.finish(
        world.store(),
        made.id,
        Sound(
            SoundState.READY,
            made_from=made.sound_input,
            job_id=made.sound.job_id,
            renditions=(SOUND, OUTLINE),
            loudness_lufs=-16.0,
            true_peak_dbtp=-1.2,
        ),
        now=NOW,
    )


def cue(world: World, old: Bulletin, cues: Cues, **more: object) -> Bulletin:
    typed = draft(**{"text": "", "original_sha256": RECORDING, "cues": cues, **more})
    return drafts.edit(world.store(), old.id, draft=typed, expected_version=old.version, call=world.call(AUTHOR, LATER))


@pytest.mark.parametrize(
    ("cues", "length_ms", "found"),
    [
        (Cues(), 60_000, []),
        (Cues(), None, []),
        (Cues(1_000, 2_000, 500, 500), 60_000, []),
        (Cues(1_000, 60_000), 60_000, []),
        (Cues(59_000), 60_000, []),
        (Cues(99_000, None, 5_000), None, []),
        (Cues(-1, -1, -1, -1), None, ["in_ms", "out_ms", "fade_in_ms", "fade_out_ms"]),
        (Cues(0, 60_001), 60_000, ["out_ms"]),
        (Cues(60_001, 60_002), 60_000, ["in_ms", "out_ms"]),
        (Cues(59_001), 60_000, ["in_ms"]),
        (Cues(5_000, 5_999), None, ["out_ms"]),
        (Cues(5_000, 4_000), 60_000, ["out_ms"]),
        (Cues(0, 2_000, 1_500, 501), None, ["fade_out_ms"]),
        (Cues(0, None, 30_000, 30_001), 60_000, ["fade_out_ms"]),
    ],
)
def test_cues_lie_in_order_within_the_recording_and_leave_a_second_and_their_fades(
    cues: Cues, length_ms: int | None, found: list[str]
) -> None:
    assert [problem.field for problem in problems_of_cues(cues, length_ms)] == [f"cues.{name}" for name in found]


@pytest.mark.parametrize("cues", [Cues(), Cues(1), Cues(0, 5_000), Cues(250, 9_000, 300, 1_500), Cues(0, None, 7)])
def test_cues_are_read_back_from_what_the_sound_is_made_from(cues: Cues) -> None:
    assert Cues.read(cues.mark) == cues
    assert (cues.mark == "") is (cues == Cues())


def test_new_cues_have_the_sound_made_again_from_the_same_recording() -> None:
    world = World()
    old = recorded(world)
    cued = cue(world, old, Cues(1_000, 30_000, 200, 400))
    assert cued.sound.state is SoundState.MAKING
    assert cued.sound.made_from == f"audio:{RECORDING}:1000-30000-200-400"
    assert cued.original_sha256 == RECORDING
    assert cued.original_ms == 60_000
    finish(world, cued)
    assert world.bulletin(cued.id).sound.state is SoundState.READY


def test_cues_set_after_approval_ask_for_approval_again() -> None:
    world = World()
    approved = world.approve(world.submit(recorded(world)))
    assert cue(world, approved, Cues(1_000)).status is BulletinStatus.DRAFT
    (transmission,) = world.store.all(Transmission)
    assert transmission.withdrawn_at == LATER


def test_cues_past_the_end_of_a_measured_recording_are_refused() -> None:
    world = World()
    with pytest.raises(InvalidError) as refused:
        cue(world, recorded(world), Cues(0, 61_000))
    assert [p.code for p in refused.value.problems] == ["CUE_PAST_END"]


def test_another_recording_is_as_long_as_it_is() -> None:
    world = World()
    other = cue(world, recorded(world), Cues(0, 61_000), original_sha256=OTHER)
    assert other.original_ms is None


def test_a_sound_that_failed_keeps_the_outline_so_that_its_cues_can_be_set_right() -> None:
    world = World()
    cued = cue(world, recorded(world), Cues(1_000))
    failed = "AUDIO_REFUSED:SILENT"
    sound.finish(
        world.store(),
        cued.id,
        Sound(SoundState.FAILED, made_from=cued.sound_input, job_id=cued.sound.job_id, error=failed),
        now=LATER,
    )
    assert world.bulletin(cued.id).sound.state is SoundState.FAILED
    assert world.bulletin(cued.id).original_ms == 60_000


def test_what_is_spoken_has_no_cues() -> None:
    world = World()
    spoken = cue(world, recorded(world), Cues(1_000), text="Xin chào", original_sha256="")
    assert (spoken.cues, spoken.original_ms) == (Cues(), None)
    assert spoken.sound_input == "text:vi:Xin chào"
