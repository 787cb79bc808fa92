from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime, time

import pytest

from broadcast.bulletins.model import Bulletin, BulletinStatus, Targets
from broadcast.bulletins.schedules import Schedule
from broadcast.scheduling.area_rules import AreaRules, QuietWindow
from cms.accounts.repository import People
from cms.areas.repository import Places
from cms.bulletins.views import approvals, preflight
from cms.fleet.repository.devices import Devices
from devices.model import DeviceStatus
from tests.builders import bulletins
from tests.builders.recordings import set_chime
from tests.console import COMMUNE, COMMUNE_2, DISTRICT, FAR_COMMUNE, Console, post
from tests.integration.web.bulletins.test_chimes import take


def waiting(console: Console, title: str = "Tiêm phòng dại", **more: object) -> Bulletin:
    ready = bulletins.make_sound(console, bulletins.write(console, title, **more))  # type: ignore[arg-type]
    return bulletins.submit(console, ready)


def test_the_look_ahead_of_the_approvers_page_waits_for_nobody_who_writes(console: Console) -> None:
    submitted = waiting(console)
    client = console.client("approver")
    page = f"/bulletins/{submitted.id}/approval"
    assert client.get(page).status_code == 200  # the first look is kept
    with closing(sqlite3.connect(console.context.settings.root / "loa.db", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        assert "có thể lỡ" in client.get(f"{page}/ahead", headers={"HX-Request": "true"}).text
        assert client.get(f"{page}/areas/{COMMUNE}").status_code == 200


def test_the_inbox_lists_what_one_may_review(console: Console) -> None:
    waiting(console)
    assert "Tiêm phòng dại" in console.client("approver").get("/approvals").text
    assert "Không có bản tin nào đang chờ bạn duyệt" in console.client("far-approver").get("/approvals").text


def test_the_page_shows_text_sound_places_and_what_will_be_heard(console: Console) -> None:
    html = console.client("approver").get(f"/bulletins/{waiting(console).id}/approval").text
    for shown in (bulletins.TEXT, "<audio", "Một lần, lúc 17:00 ngày 24/11/2026", "1 nơi, 3 loa.", "3 loa có thể lỡ"):
        assert shown in html
    assert "3 loa đang mất kết nối" in html
    assert "phát đủ" not in html


def test_approving_freezes_and_sends_for_planning(console: Console) -> None:
    submitted = waiting(console)
    client = console.client("approver")
    page = f"/bulletins/{submitted.id}/approval"
    answer = post(client, page, {"act": "approve", "version": submitted.version})
    assert answer.headers["Location"] == f"/bulletins/{submitted.id}"
    assert bulletins.again(console, submitted).status is BulletinStatus.APPROVED
    assert client.get(page).headers["Location"] == f"/bulletins/{submitted.id}"


def test_returning_needs_a_reason_and_keeps_what_was_typed(console: Console) -> None:
    submitted = waiting(console)
    client = console.client("approver")
    page = f"/bulletins/{submitted.id}/approval"
    refused = post(client, page, {"act": "return", "reason": " "})
    assert refused.status_code == 422
    assert 'id="reason-error-1"' in refused.text
    assert post(client, page, {"act": "return", "reason": "Ghi rõ giờ"}).headers["Location"] == "/approvals"
    author = console.client("editor")
    assert "Approver trả lại:" in author.get(f"/bulletins/{submitted.id}").text
    assert "Ghi rõ giờ" in author.get(f"/bulletins/{submitted.id}/edit").text


def test_rejecting_is_for_good(console: Console) -> None:
    submitted = waiting(console)
    post(console.client("approver"), f"/bulletins/{submitted.id}/approval", {"act": "reject", "reason": "Trùng tin"})
    html = console.client("editor").get(f"/bulletins/{submitted.id}").text
    assert "Approver từ chối:" in html
    assert "/edit" not in html


def test_a_submitter_finds_no_button_and_is_refused_by_the_server(console: Console) -> None:
    with console.context.uow() as uow:
        uow[People].grant(console.actor("editor").user_id, console.actor("approver").grants)
        uow.commit()
    submitted = waiting(console)
    client = console.client("editor")
    page = f"/bulletins/{submitted.id}/approval"
    html = client.get(page).text
    assert 'id="not-you"' in html
    assert "Duyệt cho phát" not in html
    assert "Bạn gửi: người khác duyệt" in client.get("/approvals").text
    refused = post(client, page, {"act": "approve"})
    assert refused.status_code == 403
    assert "không tự duyệt" in refused.text
    assert bulletins.again(console, submitted).status is BulletinStatus.SUBMITTED


def test_a_change_behind_the_reviewers_back_is_shown_before_deciding(console: Console) -> None:
    submitted = waiting(console)
    page = f"/bulletins/{submitted.id}/approval"
    answer = post(console.client("approver"), page, {"act": "approve", "version": "1", "reason": "đang gõ"})
    assert answer.status_code == 409
    assert 'id="conflict"' in answer.text
    assert "đang gõ" in answer.text


def test_a_collision_that_came_up_meanwhile_stops_the_approval(console: Console) -> None:
    first, second = waiting(console, "Tin một"), waiting(console, "Tin hai")
    bulletins.approve(console, first)
    answer = post(console.client("approver"), f"/bulletins/{second.id}/approval", {"act": "approve"})
    assert answer.status_code == 409
    assert "trùng với “Tin một”" in answer.text
    assert "Duyệt cho phát" not in answer.text


def test_what_gives_way_is_named_before_approval(console: Console) -> None:
    bulletins.on_the_way(console, "Tin thường")
    urgent = bulletins.write(console, "Tin ưu tiên", priority="priority")
    submitted = bulletins.submit(console, bulletins.make_sound(console, urgent))
    html = console.client("approver").get(f"/bulletins/{submitted.id}/approval").text
    assert "sẽ ngắt “Tin thường” (17:00) ở Mũi Né" in html
    assert "chiếm giờ 1 lần" in html


def test_nothing_left_to_air_stops_the_approval(console: Console) -> None:
    submitted = waiting(console, starts="2026-11-24T09:01")
    console.clock.pass_by(minutes=5)
    answer = post(console.client("approver"), f"/bulletins/{submitted.id}/approval", {"act": "approve"})
    assert answer.status_code == 422
    assert "Mọi giờ phát đã qua" in answer.text


def test_places_beyond_ones_own_are_for_another_reviewer(console: Console) -> None:
    wide = waiting(console, areas=(COMMUNE, FAR_COMMUNE))
    answer = console.client("far-approver").get(f"/bulletins/{wide.id}/approval")
    assert answer.status_code == 403
    assert "Mũi Né" in answer.text


def test_a_place_without_loudspeakers_is_told(console: Console) -> None:
    with console.context.uow() as uow:
        for device in uow[Devices].in_area(COMMUNE):
            uow[Devices].save(replace(device, retired_at=console.clock()))
        uow.commit()
    html = console.client("approver").get(f"/bulletins/{waiting(console, areas=(DISTRICT,)).id}/approval").text
    assert "Nơi đã chọn chưa có loa nào" in html


def test_the_page_tells_what_changed_since_the_approvers_last_look(console: Console) -> None:
    submitted = waiting(console)
    approver = console.client("approver")
    page = f"/bulletins/{submitted.id}/approval"
    assert 'id="changes"' not in approver.get(page).text
    returned = bulletins.send_back(console, submitted)
    changed = bulletins.edit(
        console,
        returned,
        title="Tiêm phòng dại đợt hai",
        text=bulletins.TEXT.replace("7 giờ", "8 giờ"),
        targets=Targets((DISTRICT,), (COMMUNE_2,)),
        schedules=(Schedule("1", datetime.fromisoformat("2026-11-25T17:00")),),
    )
    bulletins.submit(console, bulletins.make_sound(console, changed))
    for _ in range(2):
        html = approver.get(page).text
        assert "<del>Tiêm phòng dại</del> <ins>Tiêm phòng dại đợt hai</ins>" in html
        for text in ("Thêm nơi phát: Phan Thiết.", "Bỏ nơi phát: Mũi Né.", "Nay trừ ra: Hàm Tiến."):
            assert text in html
        assert "Thêm lịch: Một lần, lúc 17:00 ngày 25/11/2026." in html
        assert "Bỏ lịch: Một lần, lúc 17:00 ngày 24/11/2026." in html
        assert re.search(r"bỏ: </span>7 </del>", html)
        assert re.search(r"thêm: </span>8 </ins>", html)


def test_the_page_keeps_the_history_with_people_and_reasons(console: Console) -> None:
    submitted = waiting(console)
    page = f"/bulletins/{submitted.id}/approval"
    post(console.client("approver"), page, {"act": "return", "reason": "Ghi rõ giờ"})
    bulletins.submit(console, bulletins.make_sound(console, bulletins.edit(console, submitted)))
    html = console.client("approver").get(page).text
    assert "Sửa bản tin · Editor" in html
    assert re.search(r"Trả lại · Approver<br><span class=\"quiet\">Ghi rõ giờ", html)


def test_who_would_miss_it_is_told_with_the_reason(console: Console) -> None:
    ready = bulletins.make_sound(console, bulletins.write(console, starts="2026-11-24T17:00", rrule="FREQ=DAILY"))
    submitted = bulletins.submit(console, ready)
    with console.context.uow() as uow:
        uow[Places].set_rules(COMMUNE, AreaRules((QuietWindow(time(16), time(18)),)))
        uow.commit()
    html = console.client("approver").get(f"/bulletins/{submitted.id}/approval").text
    assert "Ai sẽ không nghe được, và vì sao" in html
    assert "Rơi vào giờ yên tĩnh 16:00–18:00." in html
    assert "17:00 24/11, 17:00 25/11, 17:00 26/11, …" in html
    assert "42 lượt loa" in html
    assert "mất 14 lần" in html


def test_the_devices_of_an_area_are_told_one_by_one(console: Console) -> None:
    bulletins.on_the_way(console, "Tin thường")
    urgent = bulletins.write(console, "Tin ưu tiên", priority="priority", rrule="FREQ=DAILY;COUNT=2")
    submitted = bulletins.submit(console, bulletins.make_sound(console, urgent))
    one, two, _ = bulletins.devices(console)
    with console.context.uow() as uow:
        uow[Devices].report(DeviceStatus(one.id, True, 1, console.clock()))
        uow[Devices].report(DeviceStatus(two.id, False, 1, console.clock()))
        uow.commit()
    html = console.client("approver").get(f"/bulletins/{submitted.id}/approval/areas/{COMMUNE}").text
    for text in ("17:00: “Tin thường”", "2/2 ngày", "đang kết nối", "mất kết nối", "chưa từng kết nối"):
        assert text in html
    assert html.count("0/2 ngày, nếu không nối lại trước giờ phát") == 2
    for elsewhere in (FAR_COMMUNE, "khong-co"):
        answer = console.client("approver").get(f"/bulletins/{submitted.id}/approval/areas/{elsewhere}")
        assert answer.status_code == 404


def test_a_wide_look_ahead_comes_after_the_page_and_brings_the_button(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "AREAS_AT_ONCE", 0)
    submitted = waiting(console)
    client = console.client("approver")
    page = f"/bulletins/{submitted.id}/approval"
    html = client.get(page).text
    assert f'hx-get="{page}/ahead"' in html
    assert 'value="approve" disabled' in html
    assert "có thể lỡ" not in html
    ahead = client.get(f"{page}/ahead", headers={"HX-Request": "true"}).text
    assert "có thể lỡ" in ahead
    assert 'id="approve" hx-swap-oob="true"' in ahead
    assert 'value="approve">' in ahead
    assert "có thể lỡ" in client.get(f"{page}?ahead=now").text
    bulletins.approve(console, submitted)
    assert client.get(f"{page}/ahead").headers["HX-Refresh"] == "true"


def test_the_map_shows_where_it_is_heard_and_devices_only_where_somebody_looks(console: Console) -> None:
    submitted = waiting(console)
    client = console.client("approver")
    found = client.get(f"/bulletins/{submitted.id}/map").get_json()
    assert {area["name"]: area["state"] for area in found["areas"]} == {
        "Mũi Né": "inside",
        "Hàm Tiến": "none",
        "Liên Hương": "none",
    }
    assert found["devices"] == []
    close = client.get(f"/bulletins/{submitted.id}/map?box=10,108,11.9,109").get_json()
    assert sorted(device[2] for device in close["devices"]) == ["inside", "inside", "inside", "outside"]


def test_an_approver_does_not_sign_a_chime_he_has_not_heard(console: Console) -> None:
    submitted = waiting(console)
    client = console.client("approver")
    page = f"/bulletins/{submitted.id}/approval"
    seen = re.search(r'name="content" value="([0-9a-f]{64})"', client.get(page).text)
    assert seen is not None
    take(console, set_chime(console, area_id=COMMUNE), 28)
    form = {"act": "approve", "version": submitted.version, "content": seen.group(1)}
    refused = post(client, page, form)
    assert refused.status_code == 409
    assert 'id="content-changed"' in refused.text
    assert bulletins.again(console, submitted).status is BulletinStatus.SUBMITTED
    fresh = re.search(r'name="content" value="([0-9a-f]{64})"', refused.text)
    assert fresh is not None
    assert post(client, page, {**form, "content": fresh.group(1)}).status_code == 302
    assert bulletins.again(console, submitted).status is BulletinStatus.APPROVED


def test_the_queue_is_in_order_of_airing_with_the_time_left(console: Console) -> None:
    """Before, it was in order of sending: a priority item stood below an ordinary one that aired later."""
    waiting(console, "Tin mai", starts="2026-11-25T09:00")
    waiting(console, "Tin thường", starts="2026-11-24T09:40")
    waiting(console, "Tin gấp", starts="2026-11-24T09:40", priority="priority")
    html = console.client("approver").get("/approvals").text
    places = [html.index(f">{title}</a>") for title in ("Tin gấp", "Tin thường", "Tin mai")]
    assert places == sorted(places)
    assert "còn 40 phút" in html
    assert "còn 24 giờ" not in html
    assert "còn 1 ngày" in html
    console.clock.pass_by(minutes=41)
    html = console.client("approver").get("/approvals").text
    assert html.index(">Tin mai</a>") < html.index(">Tin thường</a>")
    assert "đã qua giờ phát" in html


def test_a_long_queue_has_pages(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(approvals, "PAGE_ROWS", 1)
    waiting(console, "Tin một", starts="2026-11-24T10:00")
    waiting(console, "Tin hai", starts="2026-11-24T11:00")
    client = console.client("approver")
    first = client.get("/approvals").text
    assert "Tin một" in first
    assert "Tin hai" not in first
    second = client.get("/approvals?after=1").text
    assert "Tin hai" in second
    assert "Xem tiếp" not in second
    assert "Xem tiếp" in first


def test_the_approver_hears_and_sees_what_happens_before_the_button(console: Console) -> None:
    html = console.client("approver").get(f"/bulletins/{waiting(console).id}/approval").text
    sound, ahead, button = (html.index(part) for part in ("<audio", 'id="preflight"', 'value="approve"'))
    assert sound < ahead < button


def test_a_series_is_one_line_and_one_without_an_end_says_so(console: Console) -> None:
    daily = waiting(console, "Tin hằng ngày", rrule="FREQ=DAILY")
    client = console.client("approver")
    html = client.get(f"/bulletins/{daily.id}/approval").text
    assert "mỗi ngày từ 24/11/2026 đến 07/12/2026" in html
    assert "Lịch này không có ngày cuối" in html
    ended = waiting(console, "Tin ba ngày", rrule="FREQ=DAILY;COUNT=3", starts="2026-11-24T18:00")
    html = client.get(f"/bulletins/{ended.id}/approval").text
    assert "mỗi ngày từ 24/11/2026 đến 26/11/2026" in html
    assert "không có ngày cuối" not in html
