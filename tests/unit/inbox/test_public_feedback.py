"""Feedback sent by citizens themselves, and the part of it on the public page."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from broadcast.feedback.model import PUBLIC, Channel, Feedback, FeedbackId, FeedbackState
from broadcast.scheduling.area_rules import AreaRules
from cms.areas.repository import Places
from cms.feedback.service import public_form, register
from cms.feedback.service.public_form import SENT_MAX
from province.areas import AreaId
from province.errors import InvalidError, NotFoundError, NotPossibleError
from tests.builders.in_memory.bulletin_world import World
from tests.builders.in_memory.feedback_register import step, take_down, words
from tests.fakes.programme import C1, NORTH, NOW, PROVINCE


def receive(world: World, feedback_id: str = "f1", **more: Any) -> Feedback:
    return public_form.receive(world.store(), FeedbackId(feedback_id), draft=words(**more), code_hash="c" * 64, now=NOW)


def test_a_citizens_own_word_is_open_said_now_by_the_web_and_nobodys() -> None:
    world = World()
    sent = receive(world, contact="Bà Hoa, 0912 345 678")
    assert (sent.state, sent.channel, sent.said_at, sent.taken_by) == (FeedbackState.OPEN, Channel.WEB, NOW, PUBLIC)
    assert sent.is_from_public
    assert not take_down(world, "f2").is_from_public
    (events, _) = world.store.events()
    assert (events.name, events.by) == ("feedback.received", PUBLIC)
    assert not re.search("Loa đầu|Hoa|0912", str(events.detail))


def test_a_page_sent_twice_is_received_once() -> None:
    world = World()
    assert receive(world, text="Lại nữa.") == receive(world)
    assert world.events() == ["feedback.received"]


@pytest.mark.parametrize("text", [" ", "x" * (SENT_MAX + 1)])
def test_a_word_that_is_empty_or_too_long_is_not_received(text: str) -> None:
    world = World()
    with pytest.raises(InvalidError) as refused:
        receive(world, text=text)
    assert [each.field for each in refused.value.problems] == ["text"]
    assert world.store.all(Feedback) == []


@pytest.mark.parametrize("area_id", [C1, AreaId("nowhere")])
def test_only_where_a_place_has_a_public_page_are_citizens_heard_by_it(area_id: AreaId) -> None:
    world = World()
    with world.store() as uow:
        uow[Places].set_rules(NORTH, AreaRules(is_public=False))
        uow.commit()
    with pytest.raises(NotFoundError):
        receive(world, area_id=area_id)
    assert receive(world, area_id=PROVINCE).area_id == PROVINCE


def test_question_and_answer_are_published_as_the_official_words_them_and_taken_off_again() -> None:
    world = World()
    sent = receive(world)
    with pytest.raises(NotPossibleError):
        step(world, public_form.publish, sent, text="Loa to quá.")
    found = step(world, register.answer, sent, text="Đã chỉnh.")
    shown = step(world, public_form.publish, found, text=" Loa ở ngõ to quá. ")
    assert (shown.published_text, shown.published_at, shown.state) == ("Loa ở ngõ to quá.", NOW, FeedbackState.ANSWERED)
    later = NOW + timedelta(days=1)
    again = step(world, public_form.publish, shown, text="Loa to quá.", at=later)
    assert (again.published_text, again.published_at) == ("Loa to quá.", NOW)
    closed = step(world, register.close, again)
    hidden = step(world, public_form.hide, closed)
    assert hidden == replace(
        closed,
        version=closed.version + 1,
        published_text="",
        published_at=None,
        published_by=None,
        published_by_name="",
    )
    assert world.events()[2:] == ["feedback.published", "feedback.published", "feedback.closed", "feedback.hidden"]


@pytest.mark.parametrize("text", [" ", "x" * 5001])
def test_what_is_published_says_something(text: str) -> None:
    world = World()
    found = step(world, register.answer, receive(world), text="Đã chỉnh.")
    with pytest.raises(InvalidError) as refused:
        step(world, public_form.publish, found, text=text)
    assert [each.field for each in refused.value.problems] == ["published_text"]
