"""Citizens' feedback: recorded, corrected, answered, closed; rights, states, and the personal data kept."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from broadcast.bulletins.model import BulletinId, Targets
from broadcast.feedback.model import (
    TRANSITIONS,
    Feedback,
    FeedbackAction,
    FeedbackKind,
    FeedbackState,
    next_state,
)
from cms.areas.repository import Places
from cms.feedback.service import public_form, register
from cms.feedback.service.register import CONTACT_MAX, SAID_WITHIN, TEXT_MAX
from devices.model import DeviceId
from province.areas import AreaId
from province.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError, NotPossibleError
from province.people import Action
from province.state_machine import final
from scripts.state_diagram import diagram
from tests.builders.in_memory.bulletin_world import World
from tests.builders.in_memory.feedback_register import FEEDBACK, SAID_AT, step, take_down, words
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import AUTHOR, C1, C2, MONDAY, NORTH, NOW, PROVINCE, REVIEWER, SOUTH

S, A = FeedbackState, FeedbackAction
ACTS: dict[FeedbackAction, tuple[Any, dict[str, Any]]] = {
    A.CORRECT: (register.correct, {"draft": words(text="Loa đầu ngõ quá to.")}),
    A.ANSWER: (register.answer, {"text": " Đã chỉnh nhỏ lại. "}),
    A.CLOSE: (register.close, {}),
    A.PUBLISH: (public_form.publish, {"text": "Loa ở ngõ to quá."}),
    A.HIDE: (public_form.hide, {}),
}


def codes(error: InvalidError) -> list[tuple[str, str]]:
    return [(each.field, each.code) for each in error.problems]


@pytest.mark.parametrize(("state", "action"), list(product(S, A)))
def test_every_step_leads_where_the_table_says_or_is_refused(state: FeedbackState, action: FeedbackAction) -> None:
    world = World()
    found = replace(FEEDBACK, state=state)
    world.store.put(found)
    act, more = ACTS[action]
    if (state, action) in TRANSITIONS:
        done = step(world, act, found, **more)
        assert (done.state, done.version) == (next_state(state, action), 2)
        assert world.store.one(Feedback, id=found.id) == done
    else:
        with pytest.raises(NotPossibleError):
            step(world, act, found, **more)
        assert world.store.one(Feedback, id=found.id) == found


def test_the_diagram_in_the_document_is_the_table() -> None:
    page = Path("docs/lifecycle.md").read_text(encoding="utf-8")
    assert re.findall(r"```mermaid\n(.*?)```", page, re.DOTALL)[3] == diagram(
        TRANSITIONS, FeedbackState.OPEN, final(TRANSITIONS, FeedbackState)
    )


def test_what_was_said_is_answered_and_closed_and_the_contact_forgotten() -> None:
    world = World()
    taken = take_down(world, contact=" 0912 345 678 ")
    assert taken == replace(FEEDBACK, contact="0912 345 678")
    found = step(world, register.answer, taken, by=REVIEWER, text=" Đã chỉnh nhỏ lại. ")
    assert (found.state, found.answer, found.answered_by_name, found.answered_at) == (
        *(S.ANSWERED, "Đã chỉnh nhỏ lại."),
        *(REVIEWER.name, NOW),
    )
    assert found.contact == "0912 345 678"
    closed = step(world, register.close, found)
    assert (closed.state, closed.contact, closed.closed_by, closed.closed_at) == (S.CLOSED, "", AUTHOR.user_id, NOW)
    assert world.events() == ["feedback.taken_down", "feedback.answered", "feedback.closed"]


def test_an_answer_put_right_keeps_the_time_of_the_first() -> None:
    world = World()
    first = step(world, register.answer, take_down(world), text="Đã chỉnh.")
    later = NOW + timedelta(days=3)
    again = step(world, register.answer, first, by=REVIEWER, at=later, text="Đã chỉnh nhỏ lại.")
    assert (again.answer, again.answered_at, again.answered_by) == ("Đã chỉnh nhỏ lại.", NOW, REVIEWER.user_id)


def test_the_log_holds_nothing_that_was_said() -> None:
    world = World()
    taken = take_down(world, contact="0912 345 678")
    sorted_ = step(world, register.correct, taken, draft=words(kind=FeedbackKind.CONTENT))
    step(world, register.answer, sorted_, text="Xin lỗi bà Hoa.")
    events = [event.detail for event in world.store.events()]
    assert events[1]["kind_before"] == "noise"
    assert events[1]["kind"] == "content"
    assert not re.search("Loa đầu|0912|Hoa", str(events))


def test_a_form_sent_twice_is_noted_once_and_nobody_takes_anothers_place() -> None:
    world = World()
    taken = take_down(world)
    assert take_down(world, text="Lại nữa.") == taken
    assert world.events() == ["feedback.taken_down"]
    with pytest.raises(ConflictError):
        take_down(world, by=REVIEWER)


def test_what_it_is_about_is_named_as_it_was_called() -> None:
    world = World()
    bulletin = world.draft(targets=Targets((PROVINCE,)))
    taken = take_down(world, bulletin_id=bulletin.id, device_id=DeviceId("p-n-1-l1"))
    assert (taken.bulletin_title, taken.device_name) == (bulletin.title, "Loa p-n-1-l1")
    below = world.draft(targets=Targets((C2,)))
    assert take_down(world, "f2", area_id=NORTH, bulletin_id=below.id).bulletin_title == below.title


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"text": "  "}, ("text", "MISSING")),
        ({"text": "x" * (TEXT_MAX + 1)}, ("text", "TOO_LONG")),
        ({"contact": "x" * (CONTACT_MAX + 1)}, ("contact", "TOO_LONG")),
        ({"said_at": NOW + timedelta(seconds=1)}, ("said_at", "IN_FUTURE")),
        ({"said_at": NOW - SAID_WITHIN - timedelta(seconds=1)}, ("said_at", "TOO_LONG_AGO")),
        ({"area_id": AreaId("nowhere")}, ("area", "AREA_UNKNOWN")),
        ({"bulletin_id": BulletinId("none")}, ("bulletin", "BULLETIN_UNKNOWN")),
        ({"device_id": DeviceId("none")}, ("device", "DEVICE_UNKNOWN")),
        ({"device_id": DeviceId("p-s-3-l1")}, ("device", "DEVICE_UNKNOWN")),
    ],
)
def test_what_cannot_be_noted_is_refused_at_its_field(more: dict[str, Any], found: tuple[str, str]) -> None:
    world = World()
    with pytest.raises(InvalidError) as refused:
        take_down(world, **more)
    assert codes(refused.value) == [found]
    assert world.store.all(Feedback) == []


def test_another_places_bulletin_is_as_good_as_none() -> None:
    world = World()
    elsewhere = world.draft(targets=Targets((SOUTH,)))
    with pytest.raises(InvalidError) as refused:
        take_down(world, bulletin_id=elsewhere.id)
    assert codes(refused.value) == [("bulletin", "BULLETIN_UNKNOWN")]


@pytest.mark.parametrize("text", ["", "x" * (TEXT_MAX + 1)])
def test_an_answer_says_something(text: str) -> None:
    world = World()
    with pytest.raises(InvalidError) as refused:
        step(world, register.answer, take_down(world), text=text)
    assert [each.field for each in refused.value.problems] == ["answer"]


def test_what_was_noted_before_its_area_closed_a_year_ago_can_still_be_put_right() -> None:
    world = World()
    taken = take_down(world)
    with world.store() as uow:
        uow[Places].close([C1], MONDAY)
        uow.commit()
    later = SAID_AT + SAID_WITHIN + timedelta(days=30)
    done = step(world, register.correct, taken, at=later, draft=words(kind=FeedbackKind.OTHER))
    assert done.kind is FeedbackKind.OTHER
    with pytest.raises(InvalidError) as refused:
        take_down(world, "f2")
    assert codes(refused.value) == [("area", "AREA_CLOSED")]


@pytest.mark.parametrize("action", list(ACTS))
def test_only_who_answers_there_and_saw_it_as_it_is_changes_it(action: FeedbackAction) -> None:
    world = World()
    found = replace(FEEDBACK, state=S.ANSWERED)
    world.store.put(found)
    act, more = ACTS[action]
    with pytest.raises(ConflictError):
        step(world, act, replace(found, version=4), **more)
    with pytest.raises(NotFoundError):
        step(world, act, replace(found, id="none"), **more)  # type: ignore[arg-type]
    world.authority = FixedAuthority(frozenset({Action.FEEDBACK_ANSWER}))
    with pytest.raises(NotAllowedError):
        step(world, act, found, **more)
    with pytest.raises(NotAllowedError):
        take_down(world, "f2")


def test_it_is_moved_only_to_a_place_one_answers_for() -> None:
    world = World()
    taken = take_down(world)
    world.authority = FixedAuthority(frozenset({(Action.FEEDBACK_ANSWER, C2)}))
    with pytest.raises(NotAllowedError):
        step(world, register.correct, taken, draft=words(area_id=C2))
    with pytest.raises(InvalidError) as refused:
        step(world, register.correct, taken, draft=words(area_id=AreaId("nowhere")))
    assert codes(refused.value) == [("area", "AREA_UNKNOWN")]
    world.authority = FixedAuthority()
    assert step(world, register.correct, taken, draft=words(area_id=C2)).area_id == C2
