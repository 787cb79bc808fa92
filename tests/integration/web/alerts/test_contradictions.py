"""Contradictions between alerts: told to who approves, with the ways out, and to officers afterwards."""

from __future__ import annotations

from flask.testing import FlaskClient

from broadcast.alerts.orders import ReachState
from tests.builders import alerts
from tests.console import COMMUNE, COMMUNE_2, FAR_COMMUNE, Console, post

OPPOSED = "Một cảnh báo bảo rời đi, cảnh báo kia bảo ở trong nhà."
LOWER = "Hai cảnh báo cùng loại, khác cấp."
STILL = "Có thiết bị chưa nhận tin kết thúc cảnh báo này, vẫn còn hiện hoặc phát lại."


def test_who_approves_reads_what_would_contradict_it_and_what_to_do(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    flood = alerts.active(console, officer, areas=(COMMUNE, FAR_COMMUNE), level="3")
    storm = alerts.submitted(console, officer, hazard="storm", areas=(COMMUNE, COMMUNE_2), level="3")
    html = second.get(f"/alerts/{storm.id}").text
    assert OPPOSED in html
    assert f'href="/alerts/{flood.id}">{flood.headline}' in html
    assert "· Mũi Né" in " ".join(html.split())
    assert "Nói rõ trong cả hai" in html
    assert OPPOSED in officer.get(f"/alerts/{storm.id}").text
    for path in ("/alerts", "/"):
        assert OPPOSED not in officer.get(path).text
    assert alerts.approve(console, second, storm).status_code == 302
    for path in ("/alerts", "/", f"/alerts/{storm.id}", f"/alerts/{flood.id}"):
        assert OPPOSED in officer.get(path).text, path
    assert OPPOSED not in console.client("auditor").get("/alerts").text
    post(officer, f"/alerts/{flood.id}/cancel", {"cause": "mistake"})
    assert OPPOSED not in officer.get("/alerts").text


def test_a_lower_level_of_the_same_hazard_and_an_update_that_narrows_are_told(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    flood = alerts.active(console, officer, areas=(COMMUNE, COMMUNE_2), level="2")
    other = alerts.submitted(console, officer, areas=(COMMUNE,), level="1")
    assert LOWER in second.get(f"/alerts/{other.id}").text
    edited = post(officer, f"/alerts/{flood.id}/update").headers["Location"]
    update = alerts.stored(console, edited.split("/")[2])
    alerts.save(console, officer, update, areas=[COMMUNE])
    alerts.make_sounds(console, update)
    html = second.get(f"/alerts/{update.id}").text
    assert "Bản cập nhật bỏ bớt nơi, ở đó cảnh báo cũ im mà không có lời." in html
    assert "Hàm Tiến" in html


def test_a_device_that_has_not_taken_the_end_is_named_until_it_has(console: Console, officer: FlaskClient) -> None:
    sent = alerts.active(console, officer)
    alerts.report(console, sent, 0, ReachState.DONE, started_at=console.clock(), ended_at=console.clock())
    post(officer, f"/alerts/{sent.id}/cancel", {"cause": "mistake"})
    assert STILL not in officer.get("/alerts").text
    console.clock.pass_by(seconds=21)
    html = " ".join(officer.get("/alerts").text.split())
    assert STILL in html
    assert "1 thiết bị" in html
    alerts.report(console, sent, 0, ReachState.CANCELLED, closed_at=console.clock())
    assert STILL not in officer.get("/alerts").text
