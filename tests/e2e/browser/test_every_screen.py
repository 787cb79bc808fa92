"""Every screen, on a telephone and on a desk: it fits, nothing jumps, the browser has nothing to complain about."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.console import COMMUNE
from tests.e2e.browser.conftest import Visitor
from tests.e2e.browser.newsroom import Newsroom

SHIFT_MOST = 0.01
_TWO_FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"


@pytest.fixture(scope="package")
def paths(newsroom: Newsroom) -> dict[str, tuple[str, str]]:
    """Screen → who looks at it and where."""
    aired, waiting = newsroom.approved(hour=10), newsroom.submitted(hour=11)
    return {
        "sign-in": ("", "/sign-in"),
        "today": ("editor", "/"),
        "bulletins": ("editor", "/bulletins"),
        "editor": ("editor", "/bulletins/new"),
        "bulletin": ("editor", f"/bulletins/{waiting.id}"),
        "inbox": ("approver", "/approvals"),
        "approval": ("approver", f"/bulletins/{waiting.id}/approval"),
        "delivery": ("technician", f"/bulletins/{aired.id}/delivery"),
        "why": ("technician", f"/why?device={COMMUNE}-l01&at={aired.schedules[0].starts.isoformat()}"),
    }


@pytest.mark.parametrize("width", [360, 1280])
def test_every_screen_fits_keeps_still_and_gives_no_cause_for_complaint(
    width: int, paths: dict[str, tuple[str, str]], visitor: Visitor
) -> None:
    visits = {login: visitor(login, size=ViewportSize(width=width, height=800)) for login, _ in set(paths.values())}
    found: dict[str, object] = {}
    for screen, (login, path) in paths.items():
        visit = visits[login]
        visit.go(path)
        visit.page.evaluate(_TWO_FRAMES)
        if visit.complaints or _overflow(visit.page) > 0 or _shift(visit.page) > SHIFT_MOST:
            found[screen] = (_overflow(visit.page), _shift(visit.page), list(visit.complaints))
            visit.complaints.clear()
    assert found == {}


def test_why_answers_for_the_very_second_the_delivery_page_links_to(
    paths: dict[str, tuple[str, str]], visitor: Visitor
) -> None:
    visit = visitor("technician")
    visit.go(paths["delivery"][1])
    visit.page.get_by_role("link", name="Vì sao? Cụm loa 1").click()
    expect(visit.page.get_by_role("link", name="Vì sao?", exact=True)).to_have_attribute("aria-current", "page")
    answer = visit.page.locator("#answer")
    answer.get_by_text("Theo kế hoạch phát").wait_for()
    assert "Đúng lịch" in answer.inner_text()


def _overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def _shift(page: Page) -> float:
    return float(page.evaluate("window.loaShift"))
