from __future__ import annotations

from broadcast.bulletins.schedules import Move
from broadcast.bulletins.transmissions import Transmission
from broadcast.scheduling.overlap_precheck import ClockFace
from tests.fakes.programme import MONDAY, schedule, transmission, wall


def at(name: str, clock: str, **more: object) -> Transmission:
    return transmission(name, schedule(f"2026-03-02T{clock}"), **more)


def names(found: list[Transmission]) -> list[str]:
    return [each.id for each in found]


def met(wanted: Transmission, *others: Transmission) -> list[str]:
    face = ClockFace(wanted)
    return names([other for other in others if face.meets(other)])


def test_only_what_overlaps_by_the_clock_can_meet_whatever_its_dates() -> None:
    wanted = at("wanted", "17:00", minutes=2)
    others = [at("touches", "17:02"), at("within", "17:01"), at("reaches in", "16:50", minutes=11), at("far", "05:00")]
    assert met(wanted, *others) == ["within", "reaches in"]


def test_what_is_met_through_others_is_connected() -> None:
    wanted = at("wanted", "17:00", minutes=2)
    others = [at("third", "17:03", minutes=5), at("second", "17:01", minutes=3), at("far", "17:08")]
    assert names(ClockFace(wanted).connected(others)) == ["second", "third"]


def test_midnight_is_no_border() -> None:
    assert met(at("wanted", "23:59", minutes=5), at("t1", "00:03"), at("t2", "00:04")) == ["t1"]


def test_a_moved_airing_counts_at_its_new_time() -> None:
    moved = transmission("t1", schedule("2026-03-02T05:00", moves=(Move(MONDAY, wall("2026-03-02T17:01")),)))
    assert met(at("wanted", "17:00"), moved) == ["t1"]


def test_another_zone_is_never_left_out() -> None:
    elsewhere = transmission("t1", schedule("2026-03-02T05:00", zone="Asia/Tokyo"))
    assert names(ClockFace(at("wanted", "17:00")).connected([elsewhere])) == ["t1"]
