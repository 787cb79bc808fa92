"""Every screen, on a telephone and on a desk: it fits, nothing jumps, the browser has nothing to complain about."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from broadcast.use_cases.remarking import NoteDraft
from tests import alert_room, feedback_room, inbox_room, recordings
from tests import newsroom as desk
from tests import reporting_room as desk_reports
from tests.alert_room import SECOND
from tests.console import COMMUNE, post
from tests.e2e.browser import exchange_room
from tests.e2e.browser.conftest import Visitor
from tests.e2e.browser.newsroom import Newsroom, tomorrow_at
from tests.newsroom import send_back

SHIFT_MOST = 0.01
THUMB_PX = 44
AXE = Path(__file__).resolve().parents[3] / "node_modules" / "axe-core" / "axe.min.js"
ALERT_SCREENS = (
    *("alerts", "live-or-drill", "hazards", "raise", "own-alert", "agree", "live-alert", "cancelled", "drill-report"),
    *("drills", "drill-plan", "plan-a-drill", "stop", "stopped", "contacts", "contact-form"),
)
# What is pressed, with its label where that is pressed as well; a link within a sentence is part of the text.
_SMALL_TARGETS = """(least) => [...document.querySelectorAll("a, button, input, select, textarea, summary")]
  .filter((each) => each.checkVisibility() && each.type !== "hidden")
  .filter((each) => !each.closest(".visually-hidden, .leaflet-container, .foot"))
  .filter((each) => each.tagName !== "A" || !["inline"].includes(getComputedStyle(each).display))
  .map((each) => [each, (each.closest("label") || each).getBoundingClientRect()])
  .filter(([each, box]) => box.right > 0 && box.width > 1 && box.height < least - 0.5)
  .map(([each, box]) => `${each.outerHTML.slice(0, 100)} ${Math.round(box.width)}x${Math.round(box.height)}`)"""
_TWO_FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"


@pytest.fixture(scope="package")
def paths(newsroom: Newsroom) -> dict[str, tuple[str, str]]:
    """Screen → who looks at it and where."""
    aired, waiting = newsroom.approved(hour=10), newsroom.submitted(hour=11)
    move = f"/bulletins/{waiting.id}/move?schedule=1&on={tomorrow_at(11).date()}"
    changing = desk.reschedule(newsroom.console, newsroom.approved(hour=12))
    returned = send_back(newsroom.console, newsroom.submitted(hour=13), NoteDraft("Ghi rõ ngày", "bảy giờ"))
    collided = inbox_room.collide(newsroom.console, tomorrow_at(15).isoformat()[:16])
    alert_room.staff(newsroom.console)
    desk.delegate(newsroom.console, last_on=f"{tomorrow_at(0).date()}")
    recordings.set_chime(newsroom.console)
    recorded = recordings.record(newsroom.console)
    newsroom.make_sound(recorded.id)
    desk.ask_exemption(newsroom.console)
    return _alert_paths(newsroom) | {
        "sign-in": ("", "/sign-in"),
        "today": ("editor", "/"),
        "bulletins": ("editor", "/bulletins"),
        "editor": ("editor", "/bulletins/new"),
        "phrases": ("operator", "/phrases"),
        "templates": ("operator", "/templates"),
        "template": ("operator", f"/templates/new?area={COMMUNE}"),
        "voices": ("operator", "/voices"),
        "chimes": ("operator", "/chimes"),
        "cues": ("editor", f"/bulletins/{recorded.id}/cues"),
        "recorded": ("editor", f"/bulletins/{recorded.id}"),
        "slots": ("approver", "/slots"),
        "fill": ("editor", f"/bulletins/{aired.id}/fill"),
        "words": ("operator", "/words"),
        "calendar": ("editor", f"/calendar?area={COMMUNE}&day={tomorrow_at(11).date()}"),
        "calendar-week": ("editor", f"/calendar?day={tomorrow_at(11).date()}&view=week"),
        "date-sets": ("editor", "/date-sets"),
        "rules-of-areas": ("operator", "/rules"),
        "rules": ("approver", f"/rules/{COMMUNE}"),
        "feeds-of-calendars": ("editor", "/calendar/feeds"),
        "reports": ("editor", _reports(newsroom)),
        "feedback": ("operator", "/feedback"),
        "feedback-form": ("operator", "/feedback/new"),
        "feedback-item": ("operator", f"/feedback/{feedback_room.noted(newsroom.console).id}"),
        "move": ("editor", move),
        "move-into-a-clash": ("editor", f"{move}&to={tomorrow_at(10).isoformat()}"),
        "change": ("approver", f"/bulletins/{changing.id}/change"),
        "bulletin": ("editor", f"/bulletins/{waiting.id}"),
        "inbox": ("approver", "/approvals"),
        "approval": ("approver", f"/bulletins/{waiting.id}/approval"),
        "approval-area": ("approver", f"/bulletins/{waiting.id}/approval/areas/{COMMUNE}"),
        "handed-down-list": ("admin", "/inbox"),
        "handed-down": ("operator", f"/inbox/{inbox_room.hand_down(newsroom.console).id}"),
        "collision": ("operator", f"/inbox/{collided.id}"),
        "receipts": ("editor", f"/bulletins/{collided.bulletin_id}"),
        "central": ("editor", "/exchange/central"),
        "returned-editor": ("editor", f"/bulletins/{returned.id}/edit"),
        "returned": ("editor", f"/bulletins/{returned.id}"),
        "delivery": ("technician", f"/bulletins/{aired.id}/delivery"),
        "not-ready": ("technician", f"/bulletins/{aired.id}/not-ready"),
        "make-good": ("approver", "/make-good"),
        "as-run": ("auditor", "/as-run?verify=1"),
        "why": ("technician", f"/why?device={COMMUNE}-l01&at={aired.schedules[0].starts.isoformat()}"),
    }


def _reports(newsroom: Newsroom) -> str:
    """With figures, files, one that is being made, and one that the calendar makes."""
    console = newsroom.console
    of = desk_reports.transmission(console, starts=f"{tomorrow_at(14) + timedelta(days=6):%Y-%m-%dT%H:%M}")
    at = console.clock() - timedelta(hours=1)
    desk_reports.record(console, *(desk_reports.as_run(console, of, each, at) for each in desk.devices(console)))
    desk_reports.count(console)
    desk_reports.made(console)
    desk_reports.ordered(console)
    desk_reports.subscribed(console)
    return f"/reports?area={COMMUNE}"


def _alert_paths(newsroom: Newsroom) -> dict[str, tuple[str, str]]:
    console = newsroom.console
    officer = console.client("officer")
    draft = alert_room.drafted(console, officer, shape="10.93,108.28 3")
    drill = alert_room.active(console, officer, kind="drill")
    live, gone = alert_room.active(console, officer), alert_room.active(console, officer)
    waiting = alert_room.submitted(console, officer)
    post(officer, f"/alerts/{gone.id}/cancel")
    outside = exchange_room.furnish(console)
    stop = post(officer, "/stop", {"areas": [COMMUNE], "reason": "Loa kêu nhầm", "hush_hours": "1"})
    return {
        "alerts": ("officer", "/alerts"),
        "live-or-drill": ("officer", "/alerts/new"),
        "hazards": ("officer", "/alerts/new?kind=live"),
        "raise": ("officer", f"/alerts/{draft.id}/edit"),
        "own-alert": ("officer", f"/alerts/{waiting.id}"),
        "agree": (SECOND, f"/alerts/{waiting.id}"),
        "live-alert": (SECOND, f"/alerts/{live.id}?area={COMMUNE}"),
        "cancelled": ("officer", f"/alerts/{gone.id}"),
        "drill-report": ("officer", f"/alerts/{drill.id}/report"),
        "drills": ("officer", "/drills"),
        "drill-plan": (SECOND, f"/drills/{alert_room.planned(console, officer, on='2099-01-05')}"),
        "exchange": ("officer", "/exchange"),
        "messages": ("officer", "/exchange/messages"),
        "message": ("editor", f"/exchange/messages/{outside}"),
        "feeds": ("technician", "/exchange/feeds"),
        "published": ("technician", "/exchange/out"),
        "take-a-message": ("officer", "/exchange/check"),
        "contacts": ("officer", "/contacts"),
        "contact-form": ("officer", f"/contacts/{COMMUNE}"),
        "plan-a-drill": ("officer", f"/alerts/{alert_room.raised(console, officer, kind='drill').id}/plan"),
        "stop": ("operator", "/stop"),
        "stopped": ("technician", stop.headers["Location"]),
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


@pytest.mark.parametrize("width", [360, 1280])
def test_no_screen_shuts_anybody_out(width: int, paths: dict[str, tuple[str, str]], visitor: Visitor) -> None:
    axe = AXE.read_text()
    visits = {login: visitor(login, size=ViewportSize(width=width, height=800)) for login, _ in set(paths.values())}
    found: dict[str, list[str]] = {}
    for screen, (login, path) in paths.items():
        visit = visits[login]
        visit.go(path)
        visit.page.evaluate(axe)
        worst = [
            f"{each['id']}: {node['html'][:200]} {node['any'][0]['message'] if node['any'] else ''}"
            for each in visit.page.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]
            if each["impact"] in ("serious", "critical")
            for node in each["nodes"][:3]
        ]
        if worst:
            found[screen] = worst
    assert found == {}


def test_every_target_on_an_alert_screen_is_large_enough_for_a_thumb(
    paths: dict[str, tuple[str, str]], visitor: Visitor
) -> None:
    size = ViewportSize(width=360, height=800)
    visits = {login: visitor(login, size=size) for login in {paths[screen][0] for screen in ALERT_SCREENS}}
    found = {}
    for screen in ALERT_SCREENS:
        login, path = paths[screen]
        visits[login].go(path)
        small = visits[login].page.evaluate(_SMALL_TARGETS, THUMB_PX)
        if small:
            found[screen] = small
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


@pytest.mark.parametrize("media", [{"contrast": "more"}, {"forced_colors": "active"}])
def test_live_and_drill_are_told_apart_without_any_colour(
    media: dict[str, Any], paths: dict[str, tuple[str, str]], visitor: Visitor
) -> None:
    visit = visitor("officer")
    visit.page.emulate_media(**media)
    visit.go(paths["live-or-drill"][1])
    for name, sign in (("CẢNH BÁO THẬT", "▲"), ("DIỄN TẬP", "▨")):
        tile = visit.page.locator("main").get_by_role("link", name=f"{sign} {name}")
        expect(tile).to_be_visible()
        width = tile.evaluate("(tile) => getComputedStyle(tile).borderTopWidth")
        assert float(width.removesuffix("px")) >= 2
