"""Record, listen back, release: the safer way to speak live."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from broadcast.alerts.orders import ReachState
from broadcast.bulletins.model import Rendition, Sound, SoundState
from broadcast.live.model import HELD_FOR, LEAD, LiveEnd, LiveId, LiveRecording, LiveSession, LiveState
from broadcast.scheduling.area_rules import AreaRules
from cms.alerts.repository.orders import Orders
from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.live.service import addresses, held_addresses
from cms.platform.store.kinds import JobKind, OutboxKind
from devices.model import DeviceKind
from province.areas import AreaId
from province.errors import ConflictError, InvalidError, NotAllowedError, NotPossibleError
from province.people import Action, Actor
from tests.builders.calls import with_call
from tests.builders.in_memory.bulletin_world import World
from tests.builders.in_memory.live_addresses import LIVE, LONGEST, SPEAKER, prepare
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import AUTHOR, C1, C2, NOW, REVIEWER, device

HEARD = Rendition("device-opus", "a" * 64, 40_000, 30_000, "audio/ogg")
LATER = NOW + timedelta(minutes=2)


def hold(world: World, **more: Any) -> LiveSession:
    details = {"areas": [C1], "topic": " Nhắc nộp thuế ", "actor": AUTHOR, "now": NOW, **more}
    return held_addresses.hold(world.store(), LIVE.id, **with_call({"authority": world.authority, **details}))


def record(world: World, sha256: str = "b" * 64, **more: Any) -> LiveSession:
    details = with_call({"actor": AUTHOR, "authority": world.authority, "now": NOW, **more})
    return held_addresses.record(world.store(), LIVE.id, sha256=sha256, **details)


def make(world: World, *renditions: Rendition, **more: Any) -> bool:
    job_id = stored(world).sound.job_id  # type: ignore[union-attr]
    sound = Sound(SoundState.READY, f"audio:{'b' * 64}", job_id, renditions or (HEARD,))
    return held_addresses.take(world.store(), LIVE.id, replace(sound, **more), now=NOW)


def release(world: World, **more: Any) -> LiveSession:
    details = with_call({"longest": LONGEST, "actor": SPEAKER, "authority": world.authority, "now": LATER, **more})
    return held_addresses.release(world.store(), LIVE.id, **details)


def held(**more: Any) -> World:
    """Make a held address with a finished recording of half a minute."""
    world = World()
    hold(world, **more)
    record(world)
    make(world)
    return world


def stored(world: World) -> LiveSession:
    return world.store.one(LiveSession, id=LIVE.id)


def codes(error: InvalidError) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in error.problems]


def test_what_is_held_takes_no_place_and_no_device_hears_of_it() -> None:
    world = World()
    made = hold(world)
    assert (made.state, made.topic, made.until_at) == (LiveState.HELD, "Nhắc nộp thuế", NOW + HELD_FOR)
    assert not made.is_open
    assert hold(world, topic="Khác") == made
    record(world)
    make(world)
    assert world.outbox(OutboxKind.LIVE) == []
    assert prepare(world, "l2", actor=REVIEWER).is_open
    assert world.events() == ["live.held", "live.said", "live.made", "live.prepared"]


def test_it_is_released_as_it_was_listened_to_and_its_devices_owe_an_answer() -> None:
    world = held()
    out = release(world)
    assert (out.state, out.on_air_at) == (LiveState.ON_AIR, LATER)
    assert out.until_at == LATER + LEAD + timedelta(milliseconds=HEARD.duration_ms)
    assert out.recording == LiveRecording(HEARD.sha256, HEARD.bytes, HEARD.duration_ms, 0, HEARD.sha256)
    assert [row.subject_id for row in world.outbox(OutboxKind.LIVE)] == ["l1"]
    with world.store() as uow:
        assert {each.state for each in uow[Orders].reaches(LIVE.id)} == {ReachState.WAITING}  # type: ignore[arg-type]
    with pytest.raises(InvalidError) as taken:
        prepare(world, "l2", actor=REVIEWER)
    assert codes(taken.value) == [("areas", "LIVE_TAKEN")]


def test_a_release_twice_is_one_also_after_its_end() -> None:
    world = held()
    out = release(world)
    assert release(world, now=LATER + timedelta(seconds=3)) == out
    over = addresses.close(world.store(), LIVE.id, LiveEnd.HEARD, now=out.until_at)
    assert release(world, now=out.until_at) == over
    assert world.events().count("live.released") == 1


def test_whoever_may_speak_live_there_may_release_it_and_is_named() -> None:
    assert release(held(), actor=REVIEWER).released_by_name == REVIEWER.name
    with pytest.raises(NotAllowedError):
        release(held(), actor=REVIEWER, authority=FixedAuthority(frozenset({(Action.LIVE_SPEAK, C1)})))


def test_only_its_owner_says_it_and_what_is_said_anew_takes_the_place_of_what_was() -> None:
    world = held()
    with pytest.raises(NotAllowedError):
        record(world, actor=REVIEWER)
    first = record(world, "c" * 64).sound
    second = record(world, "d" * 64).sound
    assert first is not None
    assert second is not None
    assert world.store.jobs()[first.job_id].is_cancelled
    assert world.store.jobs()[second.job_id].kind is JobKind.MAKE_ADDRESS
    late = Sound(SoundState.READY, job_id=first.job_id, renditions=(HEARD,))
    assert not held_addresses.take(world.store(), LIVE.id, late, now=NOW)
    with pytest.raises(InvalidError) as early:
        release(world)
    assert codes(early.value) == [("recording", "SOUND_NOT_READY")]


def test_what_could_not_be_made_says_why_and_is_not_released() -> None:
    world = World()
    hold(world)
    record(world)
    failed = Sound(SoundState.FAILED, job_id=stored(world).sound.job_id, error="AUDIO_REFUSED:SILENT")  # type: ignore[union-attr]
    assert held_addresses.take(world.store(), LIVE.id, failed, now=NOW)
    assert not stored(world).is_ready
    with pytest.raises(InvalidError):
        release(world)


def test_nothing_waits_for_what_is_unknown_or_discarded() -> None:
    world = held()
    record(world)
    sound = Sound(SoundState.READY, job_id=stored(world).sound.job_id)  # type: ignore[union-attr]
    over = addresses.stop(world.store(), LIVE.id, call=world.call(AUTHOR, NOW))
    assert (over.state, over.end) == (LiveState.ENDED, LiveEnd.DISCARDED)
    assert not held_addresses.take(world.store(), LIVE.id, sound, now=NOW)
    assert not held_addresses.take(world.store(), LiveId("none"), sound, now=NOW)
    assert world.outbox(OutboxKind.LIVE) == []
    with pytest.raises(NotPossibleError):
        release(world)
    with pytest.raises(InvalidError) as refused:
        record(world)
    assert codes(refused.value) == [("recording", "LIVE_NOT_HELD")]


def test_what_is_spoken_live_is_neither_recorded_first_nor_released() -> None:
    world = World()
    prepare(world)
    with pytest.raises(InvalidError):
        record(world)
    with pytest.raises(NotPossibleError):
        release(world)


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"areas": []}, [("areas", "MISSING")]),
        ({"areas": [AreaId("x" * 60)]}, [("areas", "AREA_UNKNOWN")]),
        ({"topic": "  "}, [("topic", "MISSING")]),
        ({"topic": "d" * 201}, [("topic", "TOO_LONG")]),
    ],
)
def test_what_cannot_be_heard_is_refused_before_anybody_records(
    more: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    with pytest.raises(InvalidError) as refused:
        hold(World(), **more)
    assert codes(refused.value) == found


@pytest.mark.parametrize(
    ("now", "longest", "found"),
    [
        (datetime(2026, 3, 2, 15, tzinfo=UTC), LONGEST, [("areas", "QUIET_HOURS_NOW")]),
        (datetime(2026, 3, 2, 14, 29, 40, tzinfo=UTC), LONGEST, [("areas", "QUIET_HOURS_SOON")]),
        (LATER, timedelta(seconds=29), [("recording", "LIVE_TOO_LONG")]),
        (NOW + HELD_FOR + timedelta(seconds=1), LONGEST, [("recording", "LIVE_STALE")]),
    ],
)
def test_quiet_hours_its_greatest_length_and_its_age_hold_at_the_release(
    now: datetime, longest: timedelta, found: list[tuple[str, str]]
) -> None:
    with pytest.raises(InvalidError) as refused:
        release(held(), now=now, longest=longest)
    assert codes(refused.value) == found


def test_a_release_that_ends_with_the_beginning_of_quiet_hours_is_none_of_them() -> None:
    quiet_at = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
    now = quiet_at - LEAD - timedelta(milliseconds=HEARD.duration_ms)
    assert release(held(), now=now).until_at == quiet_at


def test_where_nothing_is_heard_without_a_signature_nothing_is_released() -> None:
    world = held()
    with world.store() as uow:
        uow[Places].set_rules(C1, AreaRules(needs_signature=True))
        uow.commit()
    with pytest.raises(InvalidError) as refused:
        release(world)
    assert codes(refused.value) == [("areas", "LIVE_UNSIGNED")]


def test_somebody_who_speaks_there_is_not_cut_by_a_release() -> None:
    world = held()
    prepare(world, "l2", actor=REVIEWER, now=LATER)
    with pytest.raises(InvalidError) as refused:
        release(world)
    assert codes(refused.value) == [("areas", "LIVE_TAKEN")]
    assert stored(world).state is LiveState.HELD


def test_an_id_is_one_persons() -> None:
    with pytest.raises(ConflictError):
        hold(held(), actor=REVIEWER)


def test_boards_and_stations_have_no_loudspeaker_and_owe_no_answer() -> None:
    world = held(areas=[C1, C2])
    with world.store() as uow:
        for kind in (DeviceKind.BOARD, DeviceKind.STATION, DeviceKind.BRIDGE):
            uow[Devices].add(replace(device(f"{C1}-{kind}", C1), kind=kind))
        uow.commit()
    release(world)
    with world.store() as uow:
        expected = {each.device_id for each in uow[Orders].reaches(LIVE.id)}  # type: ignore[arg-type]
    assert expected == {f"{C1}-l1", f"{C1}-l2", f"{C1}-bridge", f"{C2}-l1", f"{C2}-l2"}


def test_where_only_a_board_stands_nobody_is_heard() -> None:
    world = World()
    with world.store() as uow:
        for name in (f"{C1}-l1", f"{C1}-l2"):
            uow[Devices].save(replace(uow[Devices].get(name), kind=DeviceKind.BOARD))  # type: ignore[arg-type]
        uow.commit()
    for ask in (hold, prepare):
        with pytest.raises(InvalidError) as refused:
            ask(world)
        assert codes(refused.value) == [("areas", "NO_LOUDSPEAKER")]


def heard(world: World, *, actor: Actor = AUTHOR, now: datetime = LATER) -> bool:
    """Return True if a live frame is accepted at that moment; the refusal is raised."""
    with world.store() as uow:
        addresses.require_heard(stored(world), world.call(actor, now), uow[Places].tree())
    return True


def test_only_its_owner_is_heard_on_air_up_to_its_end_and_nothing_is_said_into_a_recording() -> None:
    world = World()
    prepare(world)
    with pytest.raises(NotPossibleError):
        heard(world)
    on = addresses.go_on_air(world.store(), LIVE.id, call=world.call(AUTHOR, NOW))
    assert heard(world)
    with pytest.raises(NotAllowedError):
        heard(world, actor=REVIEWER)
    with pytest.raises(NotPossibleError):
        heard(world, now=on.until_at)
    released = held()
    release(released)
    with pytest.raises(NotPossibleError):
        heard(released)


def test_to_more_than_one_commune_a_fresh_code_is_given() -> None:
    world = held(areas=[C1, C2])
    with pytest.raises(NotAllowedError, match="SECOND_FACTOR"):
        release(world, actor=AUTHOR)
    with pytest.raises(NotAllowedError, match="SECOND_FACTOR"):
        release(world, actor=replace(AUTHOR, second_factor_at=LATER - timedelta(minutes=6)))
    assert stored(world).state is LiveState.HELD
    assert release(world).state is LiveState.ON_AIR
    assert release(held(), actor=AUTHOR).state is LiveState.ON_AIR
