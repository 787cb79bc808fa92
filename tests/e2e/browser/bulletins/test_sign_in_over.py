"""Sign-in over the page: it waits for a pause, so that no letter of a word goes into it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from playwright.sync_api import expect

from tests.e2e.browser.conftest import Visitor
from tests.e2e.browser.served_console import ServedConsole
from tests.e2e.browser.signing_in import dialog, end_sessions

WORDS: Final = ("Phun ", "thuốc ", "muỗi ", "bảy ", "giờ")
_BEGUN: Final = datetime(2026, 11, 30, tzinfo=UTC)
_AUTOSAVED_MS: Final = 1200
_PAUSED_MS: Final = 1200


def test_whoever_types_as_the_session_ends_finishes_the_word(served: ServedConsole, visitor: Visitor) -> None:
    visit = visitor("operator")
    page = visit.page
    page.clock.install(time=_BEGUN)
    # The page's clock runs only as the test says, from its beginning: no poll is on its way as the session ends.
    page.clock.pause_at(_BEGUN + timedelta(hours=1))
    page.goto(f"{visit.url}/bulletins/new")
    end_sessions(served.console, "operator")
    field = page.locator("#title")
    field.press_sequentially(WORDS[0])
    with page.expect_response("**/bulletins/autosave") as refused:
        page.clock.run_for(_AUTOSAVED_MS // 2)
        field.press_sequentially(WORDS[1])
        page.clock.run_for(_AUTOSAVED_MS // 2)
    assert refused.value.status == 401
    expect(page.locator("#autosaved.error")).to_be_visible()
    for word in WORDS[2:]:
        page.clock.run_for(_PAUSED_MS // 4)
        expect(page.locator("dialog[open]")).to_have_count(0)
        field.press_sequentially(word)
    expect(field).to_have_value("".join(WORDS))
    page.clock.run_for(_PAUSED_MS)
    expect(dialog(page)).to_be_visible()
