"""Judgement of incidents and notices: a cause that many devices share is reported once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bench.virtual_province.notification_comparison import (
    FALLS_OUT_MS,
    InjectedCause,
    SentNotification,
    causes,
    compare,
)
from devices.health.incidents import Cause, Incident, IncidentScope
from devices.health.notices import LETTERS_MOST, IncidentStage

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
AT_MS = round(AT.timestamp() * 1000)
CUT = InjectedCause(AT_MS, "mains_cut", 20)


def incident(name: str, after_s: float = 5, merged_into: str = "") -> Incident:
    began = AT + timedelta(seconds=after_s)
    return Incident(
        name, IncidentScope.AREAS, ("xa-01",), Cause.POWER, began, began, began, 20, 20, merged_into=merged_into
    )


def letter(name: str, stage: IncidentStage = IncidentStage.OPENED, after_s: float = 30) -> SentNotification:
    return SentNotification(AT + timedelta(seconds=after_s), name, stage)


def test_one_incident_opened_and_over_is_as_it_should_be() -> None:
    assert compare([CUT], [incident("one")], [letter("one"), letter("one", IncidentStage.OVER, 600)]) == []


def test_two_incidents_of_one_cause_are_one_too_many_unless_one_is_part_of_the_other() -> None:
    found = [letter("one"), letter("two")]
    assert [each.what for each in compare([CUT], [incident("one"), incident("two")], found)] == [
        "mains_cut told as 2 incidents"
    ]
    assert compare([CUT], [incident("one"), incident("two", merged_into="one")], found) == []
    assert compare([CUT], [incident("one"), incident("two")], found[:1]) == []


def test_an_incident_of_nothing_is_wrong_and_so_is_one_of_what_befell_few() -> None:
    late = incident("one", after_s=FALLS_OUT_MS / 1000 + 1)
    assert len(compare([CUT], [late], [letter("one")])) == 1
    assert len(compare([InjectedCause(AT_MS, "mains_cut", 1)], [incident("one")], [letter("one")])) == 1
    assert compare([InjectedCause(AT_MS, "broker_down", 0)], [incident("one")], [letter("one")]) == []


def test_a_stage_told_twice_and_a_storm_of_letters_are_wrong() -> None:
    assert len(compare([CUT], [incident("one")], [letter("one"), letter("one")])) == 1
    storm = [
        SentNotification(AT + timedelta(minutes=each), "", IncidentStage.OPENED) for each in range(LETTERS_MOST + 1)
    ]
    assert len(compare([CUT], [], storm)) == 1
    assert compare([CUT], [], storm[:-1]) == []


def test_causes_are_counted_by_moment() -> None:
    begun = [(2, 9, "mains_cut", "a"), (2, 9, "mains_cut", "b"), (1, 9, "broker_down", "")]
    assert causes(begun) == [InjectedCause(1, "broker_down", 0), InjectedCause(2, "mains_cut", 2)]
