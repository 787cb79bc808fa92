from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.transmissions import OccurrenceId
from broadcast.reports.counting import (
    AiringFacts,
    Airtime,
    AsRunSounding,
    Cell,
    FleetUptime,
    ServicePeriod,
    airtime,
    fleet,
    online_ms,
)
from devices.model import DeviceId, DeviceKind
from province.areas import AreaId

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOUR_MS = 3_600_000
HERE, THERE = AreaId("here"), AreaId("there")
HEALTH = AiringFacts("health", "Sở Y tế", PriorityClass.NORMAL, 60_000)
CELL = Cell(HERE, "health", "Sở Y tế", PriorityClass.NORMAL)


def sounding(
    device: str = "l1",
    seconds: float | None = 60,
    result: str = "done",
    *,
    area: AreaId = HERE,
    airing: str = "a",
    about: AiringFacts = HEALTH,
) -> AsRunSounding:
    ended = None if seconds is None else NOON + timedelta(seconds=seconds)
    started = None if seconds is None else NOON
    return AsRunSounding(DeviceId(device), area, OccurrenceId(airing), result, started, ended, about)


def test_an_airing_counts_once_a_place_as_long_as_its_longest_device_and_once_a_device() -> None:
    counted = airtime([sounding("l1", 60), sounding("l2", 40, "cut"), sounding("l3", None, "missed")])
    assert counted == {CELL: Airtime(airings=1, airtime_ms=60_000, device_ms=100_000, done=1, cut=1, missed=1)}


def test_what_was_cut_and_resumed_is_one_airing_no_longer_than_it_is() -> None:
    counted = airtime([sounding(seconds=45, result="cut"), sounding(seconds=30)])
    assert counted == {CELL: Airtime(1, 60_000, 60_000, done=1)}


def test_an_airing_nobody_sounded_is_no_airtime() -> None:
    assert airtime([sounding(seconds=None, result="missed")]) == {CELL: Airtime(missed=1)}
    assert airtime([sounding(seconds=0, result="cut")]) == {CELL: Airtime(missed=1)}
    assert airtime([sounding(seconds=None, result="cut")]) == {CELL: Airtime(missed=1)}


def test_a_device_without_a_clock_that_played_to_the_end_played_all_of_it() -> None:
    assert airtime([sounding(seconds=None)])[CELL].airtime_ms == 60_000


def test_a_clock_set_meanwhile_makes_no_airing_longer_than_it_is_nor_shorter_than_nothing() -> None:
    assert airtime([sounding(seconds=90_000)])[CELL].device_ms == 60_000
    assert airtime([sounding(seconds=-90_000)])[CELL].device_ms == 0


def test_topic_source_class_and_place_are_counted_apart() -> None:
    urgent = AiringFacts("health", "", PriorityClass.PRIORITY, 60_000)
    counted = airtime([sounding(), sounding(airing="b", about=urgent), sounding("l9", area=THERE)])
    assert {cell: aired.airings for cell, aired in counted.items()} == {
        CELL: 1,
        Cell(HERE, "health", "", PriorityClass.PRIORITY): 1,
        Cell(THERE, "health", "Sở Y tế", PriorityClass.NORMAL): 1,
    }


SOUNDINGS = st.lists(
    st.builds(
        lambda device, airing, seconds, result: sounding(
            f"{device}", seconds, result, airing=airing, area=AreaId(f"c{device % 3}")
        ),
        st.integers(1, 6),
        st.sampled_from("abc"),
        st.none() | st.integers(-5, 90),
        st.sampled_from(["done", "cut", "missed"]),
    ),
    max_size=25,
)


@given(SOUNDINGS, st.randoms(use_true_random=False))
def test_records_in_any_order_give_the_same_figures(soundings: list[AsRunSounding], random: object) -> None:
    shuffled = list(soundings)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert airtime(shuffled) == airtime(soundings)


@given(SOUNDINGS)
def test_places_counted_apart_are_what_they_are_together(soundings: list[AsRunSounding]) -> None:
    apart: dict[Cell, Airtime] = {}
    for area in ("c0", "c1", "c2"):
        apart |= airtime(each for each in soundings if each.area_id == area)
    assert apart == airtime(soundings)


def post(
    device: str = "l1", *, enrolled_at: datetime = NOON - HOUR, retired_at: datetime | None = None
) -> ServicePeriod:
    return ServicePeriod(DeviceId(device), HERE, DeviceKind.CLUSTER, enrolled_at, retired_at)


def test_a_device_could_speak_while_it_was_connected() -> None:
    changes = {DeviceId("l1"): [(NOON - HOUR, True), (NOON + HOUR, False), (NOON + 3 * HOUR, True)]}
    counted = fleet([post(), post("never")], changes, NOON, NOON + 4 * HOUR)
    assert counted == {(HERE, DeviceKind.CLUSTER): FleetUptime(2, 8 * HOUR_MS, 2 * HOUR_MS)}


def test_time_out_of_service_is_no_time_in_which_it_could_not_speak() -> None:
    always = [(NOON - 9 * HOUR, True)]
    changes = {DeviceId(name): always for name in ("new", "old", "gone", "later")}
    counted = fleet(
        [
            post("new", enrolled_at=NOON + HOUR),
            post("old", retired_at=NOON + HOUR),
            post("gone", retired_at=NOON),
            post("later", enrolled_at=NOON + 4 * HOUR),
        ],
        changes,
        NOON,
        NOON + 4 * HOUR,
    )
    assert counted == {(HERE, DeviceKind.CLUSTER): FleetUptime(1, 4 * HOUR_MS, 4 * HOUR_MS)}


@given(st.lists(st.tuples(st.integers(-50, 300), st.booleans()), max_size=12), st.integers(1, 200))
def test_hours_of_a_day_add_up_wherever_it_is_cut(minutes: list[tuple[int, bool]], cut: int) -> None:
    changes = sorted((NOON + timedelta(minutes=at), online) for at, online in minutes)
    middle, end = NOON + timedelta(minutes=cut), NOON + timedelta(minutes=200)
    whole = online_ms(changes, NOON, end)
    assert whole == online_ms(changes, NOON, middle) + online_ms(changes, middle, end)
    assert 0 <= whole <= 200 * 60_000
