"""Contradictions between alerts: told to who approves, with the ways out, and to officers afterwards."""

from __future__ import annotations

from dataclasses import replace

from flask.testing import FlaskClient

from broadcast.alerts.orders import ReachState
from broadcast.relays.model import RelayOrder
from cms.fleet.repository.devices import Devices
from devices.model import DeviceKind
from tests.builders import alerts, bulletins, live, public_pages, relays
from tests.console import COMMUNE, COMMUNE_2, FAR_COMMUNE, Console, post

OPPOSED = "Một cảnh báo bảo rời đi, cảnh báo kia bảo ở trong nhà."
LOWER = "Hai cảnh báo cùng loại, khác cấp."
UNCHECKED = "Giữa các lượt cảnh báo, ở đó đang phát lời chưa ai đối chiếu với cảnh báo."
CALM = "public-alert calm"
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


def test_live_words_and_relays_beside_a_warning_are_named_before_its_approval_and_until_they_end(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    source = relays.approved(console)
    order = RelayOrder(source.id, 30 * 60_000)
    public_pages.heard(console, "Tiếp sóng VOV1", minutes_ago=10, relay=order)
    public_pages.heard(console, "Tiếp sóng đã hết", minutes_ago=50, relay=order)
    address = live.on_air(console)
    elsewhere = alerts.active(console, officer, areas=(FAR_COMMUNE,))
    waiting = alerts.submitted(console, officer, areas=(COMMUNE, COMMUNE_2))
    html = " ".join(second.get(f"/alerts/{waiting.id}").text.split())
    assert html.count(UNCHECKED) == 2
    for title in ("Tiếp sóng VOV1", address.topic):
        assert f"“{title}” · Mũi Né" in html
    assert UNCHECKED not in officer.get("/alerts").text
    assert UNCHECKED not in officer.get(f"/alerts/{elsewhere.id}").text
    assert alerts.approve(console, second, waiting).status_code == 302
    assert officer.get("/alerts").text.count(UNCHECKED) == 2
    live.end_all(console)
    assert officer.get("/alerts").text.count(UNCHECKED) == 1
    console.clock.pass_by(minutes=21)
    assert UNCHECKED not in officer.get("/alerts").text


def test_a_bulletin_that_two_people_agreed_to_is_not_unchecked(console: Console, officer: FlaskClient) -> None:
    public_pages.heard(console, minutes_ago=0)
    alerts.active(console, officer)
    assert UNCHECKED not in officer.get("/alerts").text


def test_a_drill_says_nothing_of_what_is_on_air_beside_it(console: Console, officer: FlaskClient) -> None:
    live.on_air(console)
    alerts.active(console, officer, kind="drill")
    assert UNCHECKED not in officer.get("/alerts").text


def test_the_public_page_of_a_place_never_shows_an_all_clear_beside_a_newer_warning(
    console: Console, officer: FlaskClient
) -> None:
    over = alerts.active(console, officer, areas=(COMMUNE, COMMUNE_2))
    post(officer, f"/alerts/{over.id}/all-clear")
    public = console.app.test_client()
    pages = {area: f"{public_pages.ROOT}/{area}/" for area in (COMMUNE, COMMUNE_2)}
    for path in pages.values():
        assert CALM in public.get(path).text
    warning = alerts.active(console, officer, areas=(COMMUNE,), hazard="storm")
    html = public.get(pages[COMMUNE]).text
    assert warning.headline in html
    assert CALM not in html
    assert CALM in public.get(pages[COMMUNE_2]).text
    assert "mâu thuẫn" not in officer.get("/alerts").text


def test_a_stations_receiver_that_has_not_taken_an_end_is_named_like_a_loudspeaker(
    console: Console, officer: FlaskClient
) -> None:
    with console.context.uow() as uow:
        first = bulletins.devices(console)[0]
        uow[Devices].save(replace(first, kind=DeviceKind.STATION))
        uow.commit()
    sent = alerts.active(console, officer)
    alerts.report(console, sent, 0, ReachState.DONE, started_at=console.clock(), ended_at=console.clock())
    post(officer, f"/alerts/{sent.id}/cancel", {"cause": "mistake"})
    console.clock.pass_by(seconds=21)
    assert STILL in officer.get("/alerts").text
