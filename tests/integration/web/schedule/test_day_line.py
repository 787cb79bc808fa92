"""Line of today: what airs, aired, waits and was withdrawn, around the present; and the on-air lamp of every page."""

from __future__ import annotations

import re
from datetime import timedelta

from flask.testing import FlaskClient

from broadcast.alerts.model import AlertKind
from broadcast.bulletins.deliveries import DeliveryState
from province.areas import AreaId
from tests.builders import alert_states, bulletins, live, sessions
from tests.console import COMMUNE, DISTRICT, FAR_COMMUNE, Console, post


def line(client: FlaskClient) -> str:
    """Return the text of the line."""
    html = client.get("/").text
    part = html[html.index('id="day-line"') : html.index('id="missed"')]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", part))


def test_what_waits_for_approval_stands_on_the_line_with_its_limit(console: Console) -> None:
    """Before, an approver's Today said that nothing airs any more while a bulletin for 17:00 waited for him."""
    ready = bulletins.make_sound(console, bulletins.write(console, "Lịch cắt điện", starts="2026-11-24T10:00"))
    bulletins.submit(console, ready)
    approver = console.client("approver")
    said = line(approver)
    assert "10:00 Lịch cắt điện" in said
    assert "Chờ duyệt" in said
    assert "duyệt trước 10:00" in said
    assert f"/bulletins/{ready.id}/approval" in approver.get("/").text
    assert f"/bulletins/{ready.id}/approval" not in console.client("operator").get("/").text
    assert "Lịch cắt điện" not in console.client("far-operator").get("/").text
    console.clock.pass_by(hours=1, minutes=1)
    assert "Chưa duyệt kịp" in line(approver)


def test_a_withdrawn_bulletin_stands_where_it_would_have_aired(console: Console) -> None:
    gone = bulletins.on_the_way(console, "Hoãn họp", starts="2026-11-24T10:00")
    operator = console.client("editor")
    post(operator, f"/bulletins/{gone.id}/withdraw", {"version": bulletins.again(console, gone).version})
    bulletins.plan(console)
    said = line(console.client("operator"))
    assert "10:00 Hoãn họp" in said
    assert "Đã thu hồi" in said


def test_the_present_stands_between_what_was_and_what_comes(console: Console) -> None:
    early = bulletins.on_the_way(console, "Tin sáng", starts="2026-11-24T09:05")
    bulletins.on_the_way(console, "Tin chiều", starts="2026-11-24T17:00")
    airing = bulletins.airings(console, early)[0]
    for device in bulletins.devices(console):
        bulletins.report(console, airing, device, DeliveryState.DONE)
    console.clock.at = airing.end_at + timedelta(minutes=5)
    html = console.client("editor").get("/").text
    assert html.index("Tin sáng") < html.index('id="now"') < html.index(">Tin chiều</a>")
    said = line(console.client("editor"))
    assert "Đã phát: 3/3 loa đã phát" in said
    assert "Tiếp theo 17:00 Tin chiều" in said
    assert "còn 7 giờ 49 phút" in said
    assert 'data-listen="Tin sáng"' in html
    assert "data-listen" not in console.client("technician").get("/").text


def test_a_broadcast_session_is_a_block_of_the_line_with_its_items_and_its_running_order(console: Console) -> None:
    """Sessions are the unit in which people think: before, the line knew only gaps between airings."""
    session, on = sessions.afternoon(console), sessions.day_ahead(console, 0)
    said = line(console.client("operator"))
    assert "17:00–17:30 Buổi chiều Chưa có mục nào" in said
    made = bulletins.make_sound(console, bulletins.write(console, "Tin trong buổi", starts=""))
    bulletins.approve(console, bulletins.submit(console, sessions.put(console, made, session, on)))
    bulletins.plan(console)
    html = console.client("operator").get("/").text
    said = line(console.client("operator"))
    assert said.index("17:00–17:30 Buổi chiều") < said.rindex("Tin trong buổi")
    assert f'href="/sessions/{session.id}?on={on}"' in html
    assert "Chưa có mục nào" not in said
    for login in ("technician", "far-operator"):
        assert f"/sessions/{session.id}" not in console.client(login).get("/").text
    assert "Buổi chiều" in line(console.client("technician"))
    assert "Buổi chiều" not in line(console.client("far-operator"))


def test_many_sessions_at_one_time_are_counted_and_found_on_their_own_page(console: Console) -> None:
    for area_id in ("bt-ham-tien", COMMUNE, FAR_COMMUNE, DISTRICT):
        sessions.afternoon(console, area_id=AreaId(area_id))
    said = line(console.client("editor"))
    assert "4 buổi phát" in said
    assert "Buổi chiều" not in said


def test_an_alert_stands_on_the_line_with_its_name(console: Console) -> None:
    alert_states.active(console, kind=AlertKind.DRILL)
    said = line(console.client("operator"))
    assert "DIỄN TẬP" in said
    assert "Đang hiệu lực" in said


def test_the_lamp_tells_what_plays_where_the_reader_is(console: Console) -> None:
    airing = bulletins.airings(console, bulletins.on_the_way(console, "Tin giữa giờ", starts="2026-11-24T10:00"))[0]
    operator, far = console.client("operator"), console.client("far-operator")
    assert "Không phát" in operator.get("/on-air").text
    console.clock.at = airing.start_at + timedelta(seconds=1)
    lamp = operator.get("/on-air").text
    assert "Đang phát" in lamp
    assert "Tin giữa giờ" in lamp
    assert "Tin giữa giờ" in operator.get("/bulletins").text
    assert "Tin giữa giờ" not in far.get("/on-air").text
    live.on_air(console)
    assert "Tin giữa giờ" in operator.get("/on-air").text, "one look at the store serves two seconds"
    console.clock.pass_by(seconds=2)
    assert "Đang phát trực tiếp" in operator.get("/on-air").text
