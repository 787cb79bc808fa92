"""An official who writes is interrupted in four ways, at a desk and on a telephone: nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from bench.writing.interruptions import TEXT, TITLE, InterruptedWriter, Interruption, WritingStage
from cms.bulletins.repository.autosaves import Autosaves
from tests.e2e.browser.conftest import open_visits
from tests.e2e.browser.restarted_console import RestartedConsole
from tests.e2e.browser.served_console import ServedConsole, tomorrow_at
from tests.e2e.browser.shoes.journey import Journey, Shoes, walked_in

LOGIN = "operator"
K = Interruption


@pytest.fixture(autouse=True)
def _nothing_unfinished(served: ServedConsole) -> None:
    # Whoever has several unfinished forms chooses one of them: those of other tests are ended first.
    with served.console.context.uow() as unit:
        for each in unit[Autosaves].unfinished(served.console.actor(LOGIN).user_id, 100):
            unit[Autosaves].end(each.owner_id, each.bulletin_id, served.console.clock())
        unit.commit()


def test_whatever_ends_while_one_writes_at_a_desk_everything_typed_is_there_again(
    browser: Browser, served: ServedConsole
) -> None:
    with (
        RestartedConsole(served.console, LOGIN).started() as stage,
        open_visits(browser, served, url=stage.url) as visitor,
    ):
        _write(served, stage, visitor(LOGIN).page.context, {0: K.TAB, 3: K.SESSION, 6: K.SERVER, 8: K.LINE})


@walked_in(Shoes.OFFICIAL, LOGIN)
def test_whatever_ends_while_an_official_writes_everything_typed_is_there_again(
    served: ServedConsole, journey: Journey
) -> None:
    plan = {1: K.LINE, 3: K.SERVER, 7: K.TAB, 10: K.SESSION}
    journey.undergone.update(_write(served, journey, journey.page.context, plan))


def _write(
    served: ServedConsole, stage: WritingStage, context: BrowserContext, plan: Mapping[int, Interruption]
) -> set[Interruption]:
    """Write a bulletin with these interruptions, compare what is stored, and return those that came."""
    writer = InterruptedWriter(stage, context)
    saved = served.bulletin(writer.write(tomorrow_at(17).date(), plan).rsplit("/", 1)[1])
    assert writer.lost == []
    assert writer.count.total() == len(plan)
    assert (saved.title, saved.text, saved.priority) == (TITLE, TEXT, "priority")
    assert [each.starts.hour for each in saved.schedules] == [17, 6]
    assert len(saved.targets.areas) == 1
    page = context.new_page()
    page.goto("/bulletins")
    expect(page.get_by_text(re.compile("Bạn đang viết dở"))).to_have_count(0)
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('loa-kept:'))") == []
    return set(writer.count)
