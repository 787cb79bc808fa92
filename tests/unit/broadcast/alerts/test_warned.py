from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from broadcast.alerts.miss_reasons import MissReason
from broadcast.alerts.model import Audience, Disc, OrderId
from broadcast.alerts.orders import OrderReach, ReachState
from broadcast.alerts.warned import (
    AddressedLoudspeaker,
    Delays,
    delay_ms,
    delays_of,
    expected_miss,
    figures_of,
    missed,
    outlines_of,
    shared_people,
)
from broadcast.bulletins.model import Targets
from devices.health.sound_proof import SoundVerdict
from devices.model import DeviceId
from province.areas import Area, AreaId, AreaTree, Outline, Point

MUI_NE, HAM_TIEN = AreaId("mui-ne"), AreaId("ham-tien")
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Box:
    device_id: DeviceId
    area_id: AreaId
    inhabitants: int | None = None


def loudspeaker(
    name: str, reason: MissReason | None, people: int | None, point: Point | None = None
) -> AddressedLoudspeaker:
    return AddressedLoudspeaker(DeviceId(name), MUI_NE, point, 400, people, reason, None if reason else 900)


@pytest.mark.parametrize(
    ("state", "verdict", "has_sounded", "reason"),
    [
        (ReachState.WAITING, None, False, MissReason.UNREACHABLE),
        (ReachState.SILENT, None, False, MissReason.UNREACHABLE),
        (ReachState.REFUSED, None, False, MissReason.REFUSED),
        (ReachState.RECEIVED, None, False, MissReason.NOT_SOUNDED),
        (ReachState.SOUNDING, None, True, None),
        (ReachState.DONE, SoundVerdict.HEARD, True, None),
        (ReachState.DONE, SoundVerdict.NOT_MEASURED, True, None),
        (ReachState.DONE, SoundVerdict.NOT_HEARD, True, MissReason.MUTE),
        (ReachState.CUT, SoundVerdict.HEARD, True, MissReason.CUT_SHORT),
        (ReachState.CANCELLED, None, False, MissReason.NOT_SOUNDED),
    ],
)
def test_reason_of_people_who_were_not_warned(
    state: ReachState, verdict: SoundVerdict | None, has_sounded: bool, reason: MissReason | None
) -> None:
    assert missed(state, verdict, has_sounded=has_sounded, is_silent=False) is reason


def test_a_silent_drill_asks_for_answers_alone() -> None:
    assert missed(ReachState.RECEIVED, None, has_sounded=False, is_silent=True) is None
    assert missed(ReachState.SILENT, None, has_sounded=False, is_silent=True) is MissReason.UNREACHABLE


def test_health_tells_who_will_not_be_warned() -> None:
    assert expected_miss(is_online=True, refuses=False, is_silenced=False) is None
    assert expected_miss(is_online=True, refuses=False, is_silenced=True) is MissReason.MUTE
    assert expected_miss(is_online=True, refuses=True, is_silenced=True) is MissReason.REFUSED
    assert expected_miss(is_online=False, refuses=True, is_silenced=True) is MissReason.UNREACHABLE


def test_inhabitants_are_shared_and_each_counted_once() -> None:
    boxes = [
        Box(DeviceId("c"), MUI_NE),
        Box(DeviceId("b"), MUI_NE),
        Box(DeviceId("a"), MUI_NE, 301),
        Box(DeviceId("d"), HAM_TIEN),
        Box(DeviceId("e"), HAM_TIEN, 20),
    ]
    assert shared_people({MUI_NE: 1_000}, boxes) == {"a": 301, "b": 350, "c": 349, "e": 20}
    assert shared_people({HAM_TIEN: 10}, boxes)[DeviceId("d")] == 0


def test_figures_of_what_warned_and_what_did_not() -> None:
    found = figures_of(
        Audience(discs=(Disc(11.0, 108.0, 400),)),
        (),
        [
            loudspeaker("a", None, 100, Point(11.0, 108.0)),
            loudspeaker("b", MissReason.MUTE, 50, Point(11.0, 108.0)),
            loudspeaker("c", MissReason.UNREACHABLE, 30),
            loudspeaker("d", MissReason.UNREACHABLE, None),
        ],
    )
    assert (found.devices, found.warned, found.placed, found.warned_share) == (4, 1, 2, 0.25)
    assert (found.people, found.people_warned) == (180, 100)
    assert list(found.missed_people.items()) == [(MissReason.UNREACHABLE, 30), (MissReason.MUTE, 50)]
    assert found.missed_devices == {MissReason.UNREACHABLE: 2, MissReason.MUTE: 1}
    assert found.coverage is not None
    assert found.coverage.share == pytest.approx(1.0)
    assert found.delays == Delays(900, 900, 900, 900)


def test_people_are_unknown_where_no_number_is() -> None:
    found = figures_of(Audience(), (), [loudspeaker("a", None, None)])
    assert (found.people, found.people_warned, found.coverage, found.missed_people) == (None, None, None, {})
    assert figures_of(Audience(), (), []).warned_share == 0.0


def test_delays_by_nearest_rank() -> None:
    assert delays_of([]) is None
    assert delays_of(range(1, 201)) == Delays(100, 190, 198, 200)
    reach = OrderReach(OrderId("o"), DeviceId("d"), "Cụm 1", MUI_NE, ReachState.SOUNDING)
    assert delay_ms(reach, NOON) is None
    at = OrderReach(OrderId("o"), DeviceId("d"), "Cụm 1", MUI_NE, started_at=NOON + timedelta(milliseconds=1_840))
    assert delay_ms(at, NOON) == 1_840
    assert delay_ms(at, NOON + timedelta(seconds=5)) == 0


def test_places_have_their_own_outline_or_that_of_a_place_above_reached_as_a_whole() -> None:
    province, hamlet_a, hamlet_b = AreaId("province"), AreaId("hamlet-a"), AreaId("hamlet-b")
    above = {province: None, MUI_NE: province, HAM_TIEN: province, hamlet_a: MUI_NE, hamlet_b: MUI_NE}
    tree = AreaTree(Area(name, name, "commune", roof, date(2025, 7, 1)) for name, roof in above.items())
    known: dict[AreaId, Outline] = {MUI_NE: [[(1.0, 1.0)]], hamlet_a: [[(2.0, 2.0)]]}
    today = NOON.date()

    def found(*areas: AreaId, exclude: tuple[AreaId, ...] = ()) -> tuple[list[Outline], int]:
        return outlines_of(tree, Audience(Targets(areas, exclude)), known, today)

    assert found(MUI_NE) == ([known[hamlet_a], known[MUI_NE]], 0)
    assert found(province) == ([known[hamlet_a], known[MUI_NE]], 1)
    assert found(hamlet_b) == ([], 1)
    assert found(MUI_NE, exclude=(hamlet_a,)) == ([], 1)
    assert found(HAM_TIEN, exclude=(AreaId("unknown"),)) == ([], 1)
