from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from broadcast.bulletins.deliveries import DeliveryState
from broadcast.bulletins.make_good_rules import MakeGoodMode
from broadcast.scheduling.make_good import Remedy
from cms.bulletins.repository.bulletins import Transmissions
from cms.fleet.repository.devices import Devices
from cms.schedule.queries.airings import Airing
from cms.schedule.repository.missed import MissedAirings
from devices.model import DeviceStatus
from tests.builders import after_air, bulletins
from tests.console import COMMUNE, Console, post

AT = "2026-11-24T10:00"


def aired(console: Console, mode: MakeGoodMode | None = None) -> Airing:
    """Return an airing at 10:00 that is past, planned on three devices."""
    if mode is not None:
        after_air.rule_on_missed(console, mode)
    bulletin = bulletins.on_the_way(console, "Tin giữa giờ", starts=AT)
    airing = bulletins.airings(console, bulletin)[0]
    console.clock.at = airing.end_at + timedelta(minutes=1)
    return airing


def test_today_tells_what_is_missed_and_a_second_person_lets_it_air_again(console: Console) -> None:
    airing = aired(console)
    one, two, _ = bulletins.devices(console)
    after_air.tell(console, airing, one)
    after_air.tell(console, airing, two, "cut", "BUSY_HIGHER")
    approver = console.client("approver")
    html = approver.get("/").text
    assert "chờ quyết định" in html
    assert "2 loa ở 1 địa bàn" in html
    assert 'value="again"' not in console.client("auditor").get("/").text
    answer = post(approver, f"/missed/{airing.occurrence_id}", {"act": "again"})
    assert "số loa là 2" in approver.get(answer.location).text
    bulletins.plan(console, COMMUNE)
    html = approver.get("/").text
    assert "10:15" in html
    assert "2/2 loa chưa sẵn sàng" in html
    gone = post(approver, f"/missed/{airing.occurrence_id}", {"act": "leave"})
    assert "Không còn loa nào chờ" in approver.get(gone.location).text


def test_what_a_person_leaves_is_left(console: Console) -> None:
    airing = aired(console)
    after_air.tell(console, airing, bulletins.devices(console)[0])
    approver = console.client("approver")
    left = post(approver, f"/missed/{airing.occurrence_id}", {"act": "leave"})
    page = approver.get(left.location).text
    assert "người duyệt quyết định" in page
    assert f'action="/missed/{airing.occurrence_id}/again"' in page
    undone = post(approver, f"/missed/{airing.occurrence_id}/again")
    assert "chờ quyết định" in approver.get(undone.location).text
    again = post(approver, f"/missed/{airing.occurrence_id}/again")
    assert "Bạn không bỏ qua lần phát này" in approver.get(again.location).text


def test_a_word_that_comes_too_late_says_so(console: Console) -> None:
    airing = aired(console)
    after_air.tell(console, airing, bulletins.devices(console)[0])
    console.clock.at = airing.start_at + timedelta(hours=47, minutes=55)
    approver = console.client("approver")
    answer = post(approver, f"/missed/{airing.occurrence_id}", {"act": "again"})
    assert "Không còn kịp phát bù" in approver.get(answer.location).text


def test_only_who_missed_it_is_counted_and_listed_for_what_makes_it_good(console: Console) -> None:
    airing = aired(console, MakeGoodMode.SAME_DAY)
    one, two, _ = bulletins.devices(console)
    after_air.tell(console, airing, one)
    bulletins.plan(console, COMMUNE)
    with console.context.uow() as uow:
        (missed,) = uow[MissedAirings].of_occurrence(airing.occurrence_id)
    assert missed.remedy is Remedy.PLANNED
    path = f"/bulletins/{airing.bulletin_id}"
    client = console.client("technician")
    html = client.get(f"{path}/delivery?occurrence={missed.item_id}").text
    assert f'<th scope="row">{one.name}' in html
    assert f'<th scope="row">{two.name}' not in html
    html = client.get(f"{path}/not-ready?occurrence={missed.item_id}").text
    assert one.name in html
    assert two.name not in html


def test_why_tells_what_makes_a_miss_good_and_of_what(console: Console) -> None:
    airing = aired(console, MakeGoodMode.SAME_DAY)
    one, two, _ = bulletins.devices(console)
    after_air.tell(console, airing, one)
    bulletins.plan(console, COMMUNE)
    client = console.client("technician")
    then = client.get(f"/why?device={one.id}&at=2026-11-24T10:00:05").text
    assert "Lỡ lúc" in then
    assert "mất điện" in then
    later = client.get(f"/why?device={one.id}&at=2026-11-24T10:15:05").text
    assert "Phát bù cho lần 10:00 mà loa này đã lỡ." in later
    assert "Kế hoạch không có bản tin nào" in client.get(f"/why?device={two.id}&at=2026-11-24T10:15:05").text


def test_why_answers_beyond_the_horizon_and_of_days_without_a_plan(console: Console) -> None:
    daily = bulletins.on_the_way(console, rrule="FREQ=DAILY;COUNT=50")
    device = bulletins.devices(console)[0]
    client = console.client("technician")
    html = client.get(f"/why?device={device.id}&at=2026-12-30T17:00:05").text
    assert "Chưa có kế hoạch phát cho ngày này" in html
    assert daily.title in html
    assert "Kế hoạch không có bản tin nào" in client.get(f"/why?device={device.id}&at=2020-01-01T17:00").text


def test_why_goes_by_where_the_device_stood_then(console: Console) -> None:
    airing = aired(console)
    device = bulletins.devices(console)[0]
    after_air.tell(console, airing, device, "done", None)
    with console.context.engine.begin() as connection:
        connection.execute(text("UPDATE devices SET area_id = 'bt-ham-tien' WHERE id = :id"), {"id": device.id})
    html = console.client("technician").get(f"/why?device={device.id}&at=2026-11-24T10:00:05").text
    assert "Mũi Né" in html
    assert "Theo kế hoạch phát" in html


def test_who_is_not_ready_is_listed_with_what_to_do(console: Console) -> None:
    bulletin = bulletins.on_the_way(console, starts="2026-11-24T10:30")
    airing = bulletins.airings(console, bulletin)[0]
    one, two, three = bulletins.devices(console)
    with console.context.uow() as uow:
        uow[Devices].report(DeviceStatus(one.id, online=False, conn=1, seen_at=console.clock.at))
        uow[Devices].report(DeviceStatus(two.id, online=True, conn=1, seen_at=console.clock.at))
        uow.commit()
    bulletins.report(console, airing, two, DeliveryState.RECEIVED)
    client = console.client("technician")
    today = client.get("/").text
    for said in ("3/3 loa sẽ lỡ", "1 mất kết nối", "1 chưa tải xong âm thanh", "1 chưa bao giờ kết nối"):
        assert said in today
    html = client.get(f"/bulletins/{bulletin.id}/not-ready").text
    for device in (one, two, three):
        assert device.name in html
    assert "Gọi người trông loa" in html
    chosen = client.get(f"/bulletins/{bulletin.id}/not-ready?area={COMMUNE}").text
    assert "Mọi địa bàn" in chosen
    bulletins.report(console, airing, two, DeliveryState.MISSED, "NO_SPACE")
    assert "hết chỗ lưu" in client.get(f"/bulletins/{bulletin.id}/not-ready").text


def test_a_fleet_is_counted_by_commune_and_its_devices_come_on_demand(console: Console) -> None:
    bulletins.more_devices(console, 110)
    bulletin = bulletins.on_the_way(console, starts="2026-11-24T10:30")
    client = console.client("technician")
    html = client.get(f"/bulletins/{bulletin.id}/not-ready").text
    assert '<th scope="row">' not in html
    (path,) = {found.replace("&amp;", "&") for found in re.findall(r'href="([^"]+area=[^"]+)"', html)}
    html = client.get(path).text
    assert html.count('<th scope="row">') == 100
    (more,) = re.findall(r'href="([^"]+after=[^"]+)"', html)
    assert client.get(more.replace("&amp;", "&")).text.count('<th scope="row">') == 13


def test_without_an_airing_nobody_is_late(console: Console) -> None:
    bulletin = bulletins.write(console)
    answer = console.client("technician").get(f"/bulletins/{bulletin.id}/not-ready")
    assert answer.location == f"/bulletins/{bulletin.id}/delivery"


def test_an_area_sets_its_rule_and_approvers_are_told(console: Console) -> None:
    approver = console.client("approver")
    assert "Chưa nơi nào đặt" in approver.get("/make-good").text
    form: dict[str, object] = {"area": COMMUNE, "priority": "normal", "mode": "same_day", "until": "19:30", "cuts": "1"}
    answer = post(approver, "/make-good", form)
    html = approver.get(answer.location).text
    assert "xong trước 19:30" in html
    assert "như khi bị lỡ" in html
    waiting = bulletins.submit(console, bulletins.make_sound(console, bulletins.write(console)))
    html = approver.get(f"/bulletins/{waiting.id}/approval").text
    assert "Phát bù trong ngày, xong trước 19:30: Mũi Né" in html
    bulletins.approve(console, waiting)
    with console.context.uow() as uow:
        (transmission,) = uow[Transmissions].of_bulletin(waiting.id)
    assert [rule.mode for rule in transmission.make_good] == [MakeGoodMode.SAME_DAY]


def test_a_rule_that_says_nothing_is_refused_with_every_fault(console: Console) -> None:
    approver = console.client("approver")
    answer = post(approver, "/make-good", {"area": "x", "priority": "x", "mode": "x", "until": "x"})
    assert answer.status_code == 422
    assert answer.text.partition("<main")[2].count('class="error"') == 4
    assert "Đặt quy định" not in console.client("auditor").get("/make-good").text


def test_the_log_is_shown_and_exported_as_it_was_received(console: Console) -> None:
    airing = aired(console)
    one, two, _ = bulletins.devices(console)
    after_air.tell(console, airing, one, "done", None)
    after_air.tell(console, airing, two)
    with console.context.engine.begin() as connection:
        connection.execute(text("UPDATE devices SET name = '=Tên mới'"))
        connection.execute(text("UPDATE areas SET name = 'Nơi mới'"))
    client = console.client("auditor")
    html = client.get("/as-run").text
    assert one.name in html
    assert "Mũi Né" in html
    assert "không phát: mất điện" in html
    assert "2 dòng đã niêm phong" in html
    answer = client.get(f"/as-run.csv?from=2026-11-24&until=2026-11-24&area={COMMUNE}")
    assert answer.headers["Content-Disposition"] == ('attachment; filename="nhat-ky-phat-2026-11-24-2026-11-24.csv"')
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [(row["device_name"], row["result"], row["skew_ms"], row["area_name"]) for row in rows] == [
        (one.name, "done", "4", "Mũi Né"),
        (two.name, "missed", "", "Mũi Né"),
    ]
    assert rows[0]["planned_at"] == "2026-11-24T10:00:00.000+07:00"


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE as_runs SET volume_pct = 71", "Nhật ký bị sửa từ dòng thứ 1"),
        ("DELETE FROM as_run_seals", "1 dòng không có niêm phong"),
        ("UPDATE devices SET name = 'Tên mới'", "nhật ký nguyên vẹn"),
    ],
)
def test_the_page_tells_whether_the_log_holds(console: Console, damage: str, said: str) -> None:
    airing = aired(console)
    after_air.tell(console, airing, bulletins.devices(console)[0])
    with console.context.engine.begin() as connection:
        connection.execute(text(damage))
    assert said in console.client("auditor").get("/as-run?verify=1").text


def test_the_log_is_paged_and_a_long_span_is_cut(console: Console) -> None:
    bulletins.more_devices(console, 110)
    airing = aired(console)
    after_air.tell_all(console, airing, bulletins.devices(console))
    client = console.client("auditor")
    html = client.get("/as-run?from=2026-11-01&until=2027-11-01").text
    assert "tối đa 92 ngày" in html
    assert html.count('<th scope="row"') == 100
    (more,) = re.findall(r'href="([^"]+after=[^"]+)"', html)
    assert client.get(more.replace("&amp;", "&")).text.count('<th scope="row"') == 13
    assert "Không có dòng nào" in console.client("far-operator").get("/as-run").text


def test_what_a_spreadsheet_would_reckon_with_is_written_as_text(console: Console) -> None:
    airing = aired(console)
    device = bulletins.devices(console)[0]
    with console.context.engine.begin() as connection:
        connection.execute(text("UPDATE transmissions SET title = '=1+1'"))
    after_air.tell(console, airing, device, "done", None)
    assert ",'=1+1," in console.client("auditor").get("/as-run.csv").text
