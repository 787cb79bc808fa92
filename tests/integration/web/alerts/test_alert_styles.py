"""Look of alerts on screens: an all-clear does not look like a warning, and many alerts do not push the page away."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

import cms
from broadcast.alerts.model import Alert
from cms.alerts.repository.alerts import Alerts
from tests.builders import alerts
from tests.builders.public_pages import PAGE
from tests.console import COMMUNE, FAR_COMMUNE, Console, post

SIREN = "hú còi và phát thật"


def ended(console: Console, officer: FlaskClient, how: str) -> Alert:
    """Return the live alert that announced the end of another one."""
    sent = alerts.active(console, officer)
    if how == "correction":
        post(officer, f"/alerts/{sent.id}/cancel", {"cause": "mistake", "reason": "Bấm nhầm"})
    post(officer, f"/alerts/{sent.id}/all-clear")
    with console.context.uow() as uow:
        (calm,) = [each for each in uow[Alerts].active() if each.updates_id == sent.id]
    return calm


def band(html: str) -> str:
    found = re.search(r'<p class="band".*?</p>', html)
    assert found is not None
    return found.group()


@pytest.mark.parametrize("how", ["all-clear", "correction"])
def test_what_ends_a_warning_is_calm_on_every_screen(console: Console, officer: FlaskClient, how: str) -> None:
    calm = ended(console, officer, how)
    html = officer.get(f"/alerts/{calm.id}").text
    assert 'class="kind-calm"' in html
    assert "✓ TIN KẾT THÚC CẢNH BÁO" in band(html)
    assert "không hú còi" in band(html)
    for path in (f"/alerts/{calm.id}", "/", "/alerts", "/alerts/news?known="):
        html = officer.get(path).text
        assert f'<a class="calm" href="/alerts/{calm.id}">' in html or f'id="to-{calm.id}"' in html, path
        assert "✓ TIN KẾT THÚC CẢNH BÁO" in html, path
        for warning in ("▲ CẢNH BÁO THẬT", SIREN, 'class="live"', "kind-live"):
            assert warning not in html.split('id="ended"')[0], (path, warning)
    assert 'class="level' not in officer.get(f"/alerts/{calm.id}").text.split('class="columns')[0]
    public = console.app.test_client().get(PAGE).text
    assert '<article class="public-alert calm">' in public
    assert "✓ TIN KẾT THÚC CẢNH BÁO" in public
    assert "▲" not in public


def test_before_it_is_sent_a_prepared_all_clear_is_calm_too(console: Console, officer: FlaskClient) -> None:
    sent = alerts.active(console, officer)
    with console.context.uow() as uow:
        prepared = uow[Alerts].prepared_for(sent.id)
    assert prepared is not None
    said = band(officer.get(f"/alerts/{prepared.id}").text)
    assert "✓" in said
    assert "Chưa phát." in said
    assert "không hú còi" in said


def test_the_band_promises_a_siren_only_where_one_will_sound(console: Console, officer: FlaskClient) -> None:
    draft = alerts.raised(console, officer)
    said = band(officer.get(f"/alerts/{draft.id}/edit").text)
    assert "Chưa phát. Khi được duyệt, loa hú còi" in said
    gong = alerts.raised(console, officer, hazard="missing_person")
    assert SIREN not in band(officer.get(f"/alerts/{gong.id}/edit").text)
    sent = alerts.active(console, officer)
    assert "Loa hú còi và phát thật cho người dân." in band(officer.get(f"/alerts/{sent.id}").text)
    answer = post(officer, f"/alerts/{sent.id}/update", {"minor": "yes"})
    said = band(officer.get(answer.headers["Location"]).text)
    assert "Cập nhật nhỏ" in said
    assert SIREN not in said
    post(officer, f"/alerts/{sent.id}/cancel", {"cause": "mistake", "reason": "Bấm nhầm"})
    said = band(officer.get(f"/alerts/{sent.id}").text)
    assert "loa không còn phát" in said
    assert SIREN not in said


def test_many_alerts_in_force_are_one_line_with_the_worst_first(console: Console, officer: FlaskClient) -> None:
    for _ in range(2):
        alerts.active(console, officer, kind="drill", is_silent="yes")
    ended(console, officer, "all-clear")
    low = alerts.active(console, officer, areas=(FAR_COMMUNE,), level="1")
    high = alerts.active(console, officer, areas=(FAR_COMMUNE,), level="3")
    html = officer.get("/bulletins").text
    bar = html[html.index('<div class="in-force') : html.index("</section>")]
    shown, listed = bar.split("<details", 1)
    assert re.findall(r'href="/alerts/(\w+)"', shown) == [high.id]
    assert "Tất cả: 5" in listed
    for said in ("cảnh báo thật: 2", "tin kết thúc cảnh báo: 1", "diễn tập: 2"):
        assert said in listed
    assert re.findall(r'<li><a class="(\w+)"', listed) == ["live", "live", "calm", "drill", "drill"]
    assert re.findall(r'href="/alerts/(\w+)"', listed)[:2] == [high.id, low.id]
    news = officer.get("/alerts/news?known=").text
    assert news.count("<details") == 1


def test_many_that_wait_for_me_are_one_line_that_leads_to_the_list(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    for area in (COMMUNE, FAR_COMMUNE):
        alerts.submitted(console, officer, areas=(area,))
    html = second.get("/").text
    calls = html[html.index("data-waits-for-you") :]
    assert calls.count("#decide") == 1
    assert '<a class="waits all" href="/alerts#waiting">Tất cả: 2</a>' in calls


def test_the_list_of_alerts_in_force_lies_over_the_page() -> None:
    css = (Path(cms.__file__).parent / "platform" / "web" / "static" / "alerts.css").read_text(encoding="utf-8")
    (rule,) = re.findall(r"^\.in-force-all \{([^}]*)\}", css, re.MULTILINE)
    assert "position: absolute" in rule
    assert "max-height" in rule


def test_a_silent_drill_is_nothing_to_citizens(console: Console, officer: FlaskClient) -> None:
    alerts.active(console, officer, kind="drill", is_silent="yes")
    assert "DIỄN TẬP" not in console.app.test_client().get(PAGE).text
    alerts.active(console, officer, kind="drill")
    assert "DIỄN TẬP" in console.app.test_client().get(PAGE).text
