"""Marks of exercises: what a person's acts have passed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cms.training.model import Exercise, Participant, PracticeAct
from cms.training.service.marks import exercises_of, passed_at
from province.areas import AreaId
from province.people import Role, UserId

NOON = datetime(2026, 11, 30, 5, tzinfo=UTC)


def acts(*names: str, subject: str = "x", **detail: object) -> list[PracticeAct]:
    return [
        PracticeAct(UserId("u"), name, subject, NOON + timedelta(minutes=number), detail)
        for number, name in enumerate(names)
    ]


@pytest.mark.parametrize(
    ("done", "exercise"),
    [
        (acts("bulletin.submitted", subject="at-five"), Exercise.WRITE),
        (acts("bulletin.submitted"), None),
        (acts("bulletin.approved"), Exercise.APPROVE),
        (acts("bulletin.returned", notes=1), Exercise.RETURN),
        (acts("bulletin.returned", notes=0, reason="Sai giờ"), None),
        (acts("handed_down.accepted"), Exercise.ANSWER),
        (acts("handed_down.declined"), Exercise.ANSWER),
        (acts("alert.approved", kind="drill"), Exercise.APPROVE_DRILL),
        (acts("alert.approved", kind="live"), None),
        (acts("alert.submitted", "alert.cancelled", kind="drill"), Exercise.DRILL),
        (acts("alert.submitted", "alert.cancelled", kind="live"), None),
        (acts("alert.cancelled", kind="drill"), None),
        ([*acts("alert.submitted", kind="drill"), *acts("alert.cancelled", subject="y", kind="drill")], None),
        (acts("ticket.checked", "ticket.finished"), Exercise.TICKET),
        (acts("ticket.finished"), None),
        (acts("ticket.finished", "ticket.checked"), None),
    ],
)
def test_an_act_passes_the_exercise_that_it_is(done: list[PracticeAct], exercise: Exercise | None) -> None:
    assert list(passed_at(done, {"at-five"})) == ([exercise] if exercise else [])


def test_an_exercise_is_passed_when_it_was_done_first() -> None:
    assert passed_at(acts("bulletin.approved", "bulletin.approved"), ()) == {Exercise.APPROVE: NOON}


def test_the_exercises_are_those_of_the_roles_each_once() -> None:
    assert exercises_of({Role.COMMUNE_OPERATOR, Role.PROVINCE_EDITOR}) == (Exercise.WRITE, Exercise.ANSWER)
    assert exercises_of({Role.APPROVER}) == (Exercise.APPROVE, Exercise.RETURN)
    assert exercises_of({Role.AUDITOR, Role.ADMIN}) == ()


def participant(exercises: tuple[Exercise, ...], *passed: Exercise) -> Participant:
    return Participant(
        UserId("u"), "Lê Thị Thanh", frozenset(), (AreaId("bt"),), exercises, dict.fromkeys(passed, NOON)
    )


def test_a_person_has_passed_with_all_exercises_and_never_without_any() -> None:
    both = (Exercise.WRITE, Exercise.ANSWER)
    assert participant(both, *both).has_passed
    assert not participant(both, Exercise.WRITE).has_passed
    assert not participant(()).has_passed
