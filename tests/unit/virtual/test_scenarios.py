"""Scenario files: they are read, and their errors name the line."""

from __future__ import annotations

import typing

import pytest

from bench.scenarios import reader
from bench.scenarios.device_faults import HalfOpenLink
from bench.scenarios.fault import ScenarioFault, SharedFault, to_ms
from bench.scenarios.reader import FOLDER, AnyFault, ScenarioError

HEAD = "name: try\nlasts: 2d\nfaults:\n"


@pytest.mark.parametrize(
    ("text", "ms"), [("0", 0), ("90s", 90_000), ("1d 6h 30m", 109_800_000), ("500ms", 500), ("1.5h", 5_400_000)]
)
def test_a_length_of_time_is_read(text: str, ms: int) -> None:
    assert to_ms(text) == ms


@pytest.mark.parametrize("text", ["", "5", "an hour", "1h later", "h"])
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no length of time"):
        to_ms(text)


def test_a_fault_is_read_with_what_it_can_be_told() -> None:
    line = "  - {fault: half_open_link, who: {count: 2}, at: 1h, lasts: 5m, every: 6h, times: 3}\n"
    scenario = reader.read(HEAD + line)
    (fault,) = scenario.faults
    assert isinstance(fault, HalfOpenLink)
    assert (fault.who.count, fault.times, fault.kind) == (2, 3, "half_open_link")


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("name: [", 1, "expected"),
        ("name: try\nlasts: 2d\n", 1, "missing required field `faults`"),
        (
            HEAD + "  - {fault: bad_network, who: {count: 1}, at: 1h}\n  - {fault: ghosts, who: {count: 1}, at: 1h}",
            5,
            "ghosts",
        ),
        (HEAD + "  - fault: mains_cut\n    at: 1h\n    who:\n      count: 0\n", 7, ">= 1"),
        (HEAD + "  - fault: mains_cut\n    at: 1h\n    where: here\n    who: {count: 1}\n", 4, "where"),
        (HEAD + "  - fault: mains_cut\n    who: {count: 1}\n    at: soon\n", 6, "no length of time"),
        (HEAD + "  - fault: mains_cut\n    at: 1h\n    who: {}\n", 6, "exactly one"),
        (HEAD + "  - fault: mains_cut\n    at: 1h\n    who: {count: 1, share: 0.5}\n", 6, "exactly one"),
        (HEAD + "  - fault: broker_down\n    at: 1h\n    who: {count: 1}\n", 6, "everybody"),
        (HEAD + "  - fault: mains_cut\n    at: 1h\n    times: 3\n    who: {count: 1}\n", 6, "needs every"),
        (HEAD + "  - fault: mains_cut\n    at: 1h\n    lasts: 2h\n    every: 1h\n    who: {count: 1}\n", 7, "again"),
        (HEAD + "  - fault: bad_network\n    at: 1h\n    loss: 1.5\n    who: {count: 1}\n", 6, "< 1"),
    ],
)
def test_who_wrote_it_wrongly_is_told_the_line(text: str, line: int, problem: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        reader.read(text, "try.yaml")
    assert caught.value.line == line, str(caught.value)
    assert problem in str(caught.value)
    assert str(caught.value).startswith("try.yaml, line ")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_scenario_that_comes_with_the_simulator_can_be_read(path: object) -> None:
    assert reader.named(str(path)).faults


def test_the_month_has_every_fault() -> None:
    kinds = set(typing.get_args(AnyFault))
    assert {type(fault) for fault in reader.named("month").faults} == kinds


def test_every_fault_of_a_device_can_begin() -> None:
    for kind in set(typing.get_args(AnyFault)) - set(SharedFault.__subclasses__()):
        assert kind.begin is not ScenarioFault.begin, kind


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(FileNotFoundError):
        reader.named("no-such-scenario")
