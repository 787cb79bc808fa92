"""Judgement of devices' labels (can speak or not): a reason may be missed, or stay, only for its own time."""

from __future__ import annotations

from operator import itemgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.virtual_province.labels import DeviceTruth, Span, Wrong, compare
from devices.health.kinds import FaultKind
from devices.health.speak_label import YES, CanSpeak, SpeakLabel

MINUTE, HOUR = 60_000, 3_600_000
DAY = 24 * HOUR
NONE: frozenset[str] = frozenset()
ExecutionState = tuple[int, frozenset[str]]


def no(kind: FaultKind) -> SpeakLabel:
    return SpeakLabel(CanSpeak.NO, kind)


def between(reason: str, first: int, last: int) -> list[ExecutionState]:
    return [(0, NONE), (first, frozenset({reason})), (last, NONE)]


def wrong(
    standings: list[ExecutionState],
    believed: list[tuple[int, SpeakLabel]],
    *,
    sounded: list[Span] | None = None,
    unheard: list[Span] | None = None,
    but: list[Span] | None = None,
) -> list[int]:
    truth = DeviceTruth.of(standings, DAY, sounded or (), unheard or ())
    found = compare(truth, believed, since_ms=0, until_ms=DAY, every_ms=MINUTE, look_ms=2_000, but=but or ())
    return [each.at_ms for each in found]


@pytest.mark.parametrize(
    ("reason", "kind", "found_within"),
    [
        ("link", FaultKind.LINK_LOST, 245_000),
        ("power", FaultKind.MAINS_LOST, 245_000),
        ("open", FaultKind.SPEAKER_OPEN, 50_000),
        ("short", FaultKind.SPEAKER_SHORT, 50_000),
        ("flash", FaultKind.DISK_READ_ONLY, 80_000),
        ("flash", FaultKind.LINK_LOST, 80_000),
        ("hot", FaultKind.AMP_CUT_OUT, 320_000),
    ],
)
def test_a_reason_has_to_be_found_within_its_time(reason: str, kind: FaultKind, found_within: int) -> None:
    true = between(reason, HOUR, 2 * HOUR)
    assert wrong(true, [(0, YES), (HOUR + found_within, no(kind)), (2 * HOUR + MINUTE, YES)]) == []
    assert wrong(true, [(0, YES), (HOUR + found_within + 2 * MINUTE, no(kind)), (2 * HOUR, YES)])


def test_a_label_may_stay_for_as_long_as_its_fault_takes_to_close_and_no_longer() -> None:
    true = between("open", HOUR, 2 * HOUR)
    believed = [(0, YES), (HOUR + MINUTE, no(FaultKind.SPEAKER_OPEN)), (2 * HOUR + 10 * MINUTE, YES)]
    assert wrong(true, believed) == []
    believed[-1] = (2 * HOUR + 13 * MINUTE, YES)
    assert wrong(true, believed) == [2 * HOUR + each * MINUTE for each in (11, 12)]


def test_what_never_held_is_wrong_and_so_is_another_reason() -> None:
    true = between("open", HOUR, 2 * HOUR)
    assert wrong([(0, NONE)], [(0, no(FaultKind.LINK_LOST))])
    assert wrong(true, [(0, YES), (HOUR, no(FaultKind.LINK_LOST)), (2 * HOUR, YES)])


def test_nothing_is_asked_of_a_time_in_which_nothing_can_be_known() -> None:
    assert wrong(between("link", HOUR, 2 * HOUR), [(0, YES)], but=[(HOUR, 2 * HOUR)]) == []
    assert wrong(between("open", HOUR, 2 * HOUR), [(0, YES)], unheard=[(30 * MINUTE, 2 * HOUR)]) == []


def test_who_never_was_heard_of_is_not_known_to_speak() -> None:
    assert wrong(between("link", 0, DAY), []) == []
    assert wrong([(0, NONE)], [])


def test_only_what_sounds_shows_that_nothing_is_heard() -> None:
    true = between("amplifier", HOUR, 4 * HOUR)
    long = (2 * HOUR, 2 * HOUR + 5 * MINUTE)
    assert wrong(true, [(0, YES)]) == []
    assert wrong(true, [(0, YES)], sounded=[long])
    silent = no(FaultKind.SILENT_PLAYBACK)
    assert wrong(true, [(0, YES), (2 * HOUR + 3 * MINUTE, silent)], sounded=[long]) == []
    after = (6 * HOUR, 6 * HOUR + 5 * MINUTE)
    assert wrong(true, [(0, YES), (2 * HOUR + 3 * MINUTE, silent)], sounded=[long, after])


@pytest.mark.parametrize(
    ("deaf", "is_asked"),
    [
        ([], True),
        ([(0, 1)], True),
        ([(1, 6)], False),
        ([(0, 6)], False),
        ([(2, 3)], False),
        ([(1, 2), (0, 4)], False),
        ([(4, 20)], True),
        ([(0, 1), (5, 6)], True),
        ([(6, 20)], True),
    ],
)
def test_what_sounded_while_nobody_listened_proved_nothing(deaf: list[Span], is_asked: bool) -> None:
    """Five minutes of sound; deaf from and until which of its minutes. Three minutes and a look have to be left."""
    begins = 2 * HOUR
    but = [(begins + first * MINUTE, begins + last * MINUTE) for first, last in deaf]
    found = wrong(between("amplifier", HOUR, 4 * HOUR), [(0, YES)], sounded=[(begins, begins + 5 * MINUTE)], but=but)
    assert bool(found) is is_asked


def test_what_keeps_coming_back_may_be_remembered_for_an_hour() -> None:
    true: list[ExecutionState] = [(0, NONE)]
    for time in range(4):
        true += [(HOUR + time * 20 * MINUTE, frozenset({"link"})), (HOUR + (time * 20 + 16) * MINUTE, NONE)]
    over = true[-1][0]
    believed = [(0, YES), (HOUR + 4 * MINUTE, no(FaultKind.LINK_LOST)), (over + HOUR, YES)]
    assert wrong(true, believed) == []
    assert wrong(true[:3], believed)


LABELS = st.sampled_from(
    [YES, SpeakLabel(CanSpeak.DOUBTFUL, FaultKind.MAINS_LOST), no(FaultKind.LINK_LOST), no(FaultKind.SPEAKER_OPEN)]
)
REASONS = st.frozensets(st.sampled_from(["link", "open", "power", "hot", "amplifier"]), max_size=2)


@given(
    st.lists(st.tuples(st.integers(0, 600), REASONS), max_size=8),
    st.lists(st.tuples(st.integers(0, 600), LABELS), max_size=8),
)
def test_minutes_that_are_passed_over_because_nothing_is_wrong_would_have_been_right(
    standings: list[ExecutionState], believed: list[tuple[int, SpeakLabel]]
) -> None:
    truth = DeviceTruth.of([(at * MINUTE, why) for at, why in sorted(standings, key=itemgetter(0))], DAY, [(0, DAY)])
    said = [(at * MINUTE, label) for at, label in sorted(believed, key=itemgetter(0))]

    def between_ms(since_ms: int, until_ms: int) -> list[Wrong]:
        return compare(truth, said, since_ms=since_ms, until_ms=until_ms, every_ms=MINUTE, look_ms=2_000)

    one_by_one = [each for at_ms in range(0, 700 * MINUTE, MINUTE) for each in between_ms(at_ms, at_ms + 1)]
    assert between_ms(0, 700 * MINUTE) == one_by_one
