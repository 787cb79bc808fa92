"""Log follower: a log that grows, is rotated, and is written to while the follower is away."""

from __future__ import annotations

from pathlib import Path

import pytest

from cms.fleet.jobs.broker_watch import LogFollower


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "x.log"
    path.write_text("long ago\n")
    return path


def follow(log: Path) -> LogFollower:
    return LogFollower(log, log.parent / "run" / "x.read")


def add(log: Path, text: str) -> None:
    with log.open("a") as file:
        file.write(text)


def turn_over(log: Path) -> None:
    log.replace(log.with_suffix(".log.1"))


def test_a_line_that_comes_in_two_parts_is_one(log: Path) -> None:
    reader = follow(log)
    add(log, "one\ntw")
    assert list(reader.lines()) == ["one"]
    add(log, "o\n")
    assert list(reader.lines()) == ["two"]
    assert list(reader.lines()) == []


def test_half_a_line_is_read_whole_by_the_next(log: Path) -> None:
    reader = follow(log)
    add(log, "one\ntw")
    assert list(reader.lines()) == ["one"]
    reader.save()
    add(log, "o\n")
    assert list(follow(log).lines()) == ["two"]


def test_what_was_not_saved_is_read_again(log: Path) -> None:
    reader = follow(log)
    reader.save()
    add(log, "one\n")
    assert list(reader.lines()) == ["one"]
    assert list(follow(log).lines()) == ["one"]


def test_a_log_that_was_turned_over_is_read_to_its_end_and_the_new_one_from_its_beginning(log: Path) -> None:
    reader = follow(log)
    add(log, "one\n")
    turn_over(log)
    assert list(reader.lines()) == ["one"]
    log.write_text("two\n")
    assert list(reader.lines()) == ["two"]


def test_one_that_was_turned_over_twice_is_read_as_far_as_it_is_there(log: Path) -> None:
    reader = follow(log)
    for line in ("one\n", "two\n", "three\n"):
        add(log, line)
        if line != "three\n":
            turn_over(log)
    assert list(reader.lines()) == ["three"]


def test_one_that_became_shorter_is_read_from_its_beginning(log: Path) -> None:
    reader = follow(log)
    with log.open("r+") as file:
        file.truncate(0)
        file.write("new\n")
    assert list(reader.lines()) == ["new"]


def test_one_that_is_not_there_yet_is_read_from_its_beginning(tmp_path: Path) -> None:
    reader = follow(tmp_path / "x.log")
    assert list(reader.lines()) == []
    add(tmp_path / "x.log", "first\n")
    assert list(reader.lines()) == ["first"]


@pytest.mark.parametrize("kept", ["", "{", "[1]", '["a", 2]', "null"])
def test_a_place_that_cannot_be_read_is_the_end(log: Path, kept: str) -> None:
    place = log.parent / "run" / "x.read"
    place.parent.mkdir()
    place.write_text(kept)
    reader = follow(log)
    add(log, "now\n")
    assert list(reader.lines()) == ["now"]
