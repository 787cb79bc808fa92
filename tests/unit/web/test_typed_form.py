"""Forms as typed: each field is read as it is declared."""

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum

from werkzeug.datastructures import MultiDict

from cms.platform.web.typed_form import (
    ENTRY_MAX,
    TypedForm,
    chosen,
    entry,
    read_choice,
    read_day,
    read_time,
    ticked,
)
from province.errors import Problem


class Paint(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class SampleForm(TypedForm):
    name: str = entry("nobody", 5)
    minutes: str = entry("0", if_empty="0")
    until: str = entry(sent_as="until_on")
    is_loud: bool = ticked(sent_as="loud")
    areas: tuple[str, ...] = chosen(("all",), most=2)
    kept: str = "untouched"


def test_an_empty_form_has_the_declared_defaults() -> None:
    assert SampleForm() == SampleForm("nobody", "0", "", is_loud=False, areas=("all",), kept="untouched")


def test_what_was_sent_is_read_and_no_default_stands_for_what_was_not() -> None:
    sent = MultiDict(
        [("name", " Nguyen "), ("minutes", ""), ("until_on", "x"), ("loud", "yes"), ("kept", "changed")]
        + [("areas", area) for area in ("a", "b", "c")]
    )
    assert SampleForm.of(sent) == SampleForm("Nguye", "0", "x", is_loud=True, areas=("a", "b"), kept="untouched")
    assert SampleForm.of(MultiDict()) == SampleForm("", "0", "", is_loud=False, areas=(), kept="untouched")
    assert SampleForm.of(MultiDict([("until_on", "y" * 99)])).until == "y" * ENTRY_MAX


def test_what_cannot_be_read_becomes_a_problem_of_its_field() -> None:
    problems: list[Problem] = []
    assert read_day("2026-11-29", "on", problems) == date(2026, 11, 29)
    assert read_day("", "on", problems) is None
    assert read_time(" 07:30 ", "at", problems) == time(7, 30)
    assert read_choice(Paint, "red", "paint", problems) is Paint.RED
    assert problems == []
    assert read_day("tomorrow", "on", problems) is None
    assert read_time("noon", "at", problems) == time()
    assert read_choice(Paint, "blue", "paint", problems) is None
    assert [(each.field, each.code) for each in problems] == [
        ("on", "NOT_A_DATE"),
        ("at", "NOT_A_TIME"),
        ("paint", "MISSING"),
    ]
