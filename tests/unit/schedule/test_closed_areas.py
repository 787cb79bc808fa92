"""Closed areas: no use case creates anything for an area that is closed on the province's date."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from broadcast.bulletins.framing import ChimePlace
from broadcast.inbox.model import InboxRules
from broadcast.speech.readings import Saying
from cms.areas.repository import Places
from cms.bulletins.service import chimes
from cms.inbox.service import answers
from cms.schedule.service import calendar
from cms.speech.service import dictionary, phrase_recordings
from province.errors import InvalidError
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.programme import AUTHOR, C1, MONDAY, local

LAST_MINUTE = local("2026-03-01T23:59")
MIDNIGHT = local("2026-03-02T00:00")

MAKERS: dict[str, Callable[..., object]] = {
    "a word": lambda uow, **more: dictionary.teach(uow, area_id=C1, saying=Saying("La Ngà", "Lờ a Ngà"), **more),
    "a set of dates": lambda uow, **more: calendar.put_date_set(uow, area_id=C1, name="Lễ hội", dates=[MONDAY], **more),
    "a phrase": lambda uow, **more: phrase_recordings.record_phrase(
        uow, area_id=C1, language="vi", text="Cảnh báo bão", sha256="a" * 64, **more
    ),
    "a chime": lambda uow, **more: chimes.set_chime(
        uow, area_id=C1, place=ChimePlace.OPENING, sha256="a" * 64, name="nhac.wav", **more
    ),
    "rules of an inbox": lambda uow, **more: answers.set_rules(uow, C1, InboxRules(), **more),
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_an_area_takes_nothing_new_from_the_day_it_is_closed(make: Callable[..., object]) -> None:
    world = World()
    with world.store() as uow:
        uow[Places].close([C1], MONDAY)
        uow.commit()
    make(world.store(), call=world.call(AUTHOR, LAST_MINUTE))
    before = world.store.commits
    with pytest.raises(InvalidError) as refused:
        make(world.store(), call=world.call(AUTHOR, MIDNIGHT))
    assert [(each.field, each.code) for each in refused.value.problems] == [("area", "AREA_CLOSED")]
    assert world.store.commits == before
