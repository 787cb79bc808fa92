"""Device list, and the page of each device."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from datetime import timedelta

from flask.testing import FlaskClient

from broadcast.alerts.orders import ReachState
from cms.areas.repository import Places
from cms.commands.repository import MaintenanceRecords
from cms.features import FEATURES
from cms.firmware.repository import FirmwareRecords
from cms.fleet.repository.devices import Devices
from cms.health.queries.telemetry import ChartSpan
from cms.health.service.speak_labels import labels
from devices.commands.model import Window, WindowId
from devices.firmware.model import Installed
from devices.health.kinds import FaultKind
from devices.health.speak_label import CanSpeak
from devices.model import DeviceId, DeviceStatus
from province.areas import AreaId
from tests.builders import alerts, bulletins, faults, reports, telemetry
from tests.builders.telemetry import LOA, record, tell, tell_for
from tests.console import COMMUNE, Console


def online(console: Console, device_id: DeviceId = LOA, firmware: str = "loa-sim-1") -> None:
    with console.context.uow() as uow:
        uow[Devices].report(
            DeviceStatus(device_id, online=True, conn=1, seen_at=console.context.now(), firmware=firmware)
        )
        uow.commit()


def shut_off(console: Console) -> None:
    with console.context.uow() as uow:
        uow[Devices].save(replace(uow[Devices].get(LOA), quarantined=True))
        uow.commit()


def listed(client: FlaskClient, query: str = "") -> list[str]:
    return re.findall(r'href="/devices/([a-z0-9-]+-l\d+)"', client.get(f"/devices{query}").text)


def plots(page: str) -> dict[str, dict[str, object]]:
    found = re.search(r'data-plots="([^"]+)"', page)
    assert found is not None
    body: dict[str, dict[str, object]] = json.loads(html.unescape(found.group(1)))["plots"]
    return body


def test_the_list_is_narrowed_by_place_kind_link_firmware_and_words(console: Console) -> None:
    online(console)
    client = console.client("technician")
    everything = listed(client)
    assert LOA in everything
    assert set(listed(client, "?link=on")) == {LOA}
    assert set(listed(client, "?link=off")) == set(everything) - {LOA}
    assert listed(client, "?firmware=loa-sim-1") == [LOA]
    assert listed(client, "?kind=bridge") == []
    assert set(listed(client, "?area=bt-mui-ne")) < set(everything)
    assert listed(client, "?q=MUI-NE-L01") == [LOA]
    assert listed(client, "?q=%25") == []
    assert set(listed(client, "?kind=nonsense&area=nowhere&link=x")) == set(everything)


def test_the_list_says_who_can_speak_and_is_narrowed_by_it_as_the_label_has_it(console: Console) -> None:
    client = console.client("technician")
    everything = set(listed(client))

    def speaking() -> dict[str, set[str]]:
        return {each.value: set(listed(client, f"?speaks={each.value}")) for each in CanSpeak}

    assert speaking() == {"yes": set(), "doubtful": set(), "no": everything}
    online(console)
    assert speaking() == {"yes": set(), "doubtful": {LOA}, "no": everything - {LOA}}
    tell(console.context, record(console.context.now()))
    assert speaking() == {"yes": {LOA}, "doubtful": set(), "no": everything - {LOA}}
    for kind in FaultKind:
        fault = faults.fault(console, kind, LOA)
        with console.context.uow() as uow:
            found = labels(uow.session, [LOA])[LOA].can_speak
        assert LOA in speaking()[found.value], kind
        faults.passing(console, fault)
        with console.context.uow() as uow:
            found = labels(uow.session, [LOA])[LOA].can_speak
        assert found is not CanSpeak.NO
        assert LOA in speaking()[found.value], kind
        faults.over(console, fault)
    faults.passing(console, faults.fault(console, FaultKind.AMP_FAULT, LOA))
    assert "(đã hết, đang theo dõi)" in client.get("/devices").text
    assert "đã hết lúc" in client.get(f"/devices/{LOA}").text
    faults.fault(console, FaultKind.AMP_HOT, LOA)
    faults.fault(console, FaultKind.SPEAKER_OPEN, LOA)
    assert speaking() == {"yes": set(), "doubtful": set(), "no": everything}
    assert 'Không phát được</span> <span class="small">Đứt đường dây loa' in client.get("/devices").text


def test_one_page_says_whether_it_can_speak_who_it_is_what_runs_and_what_was_asked(console: Console) -> None:
    online(console)
    tell(console.context, record(console.context.now()))
    client = console.client("technician")
    assert "Phát được</span>" in client.get(f"/devices/{LOA}").text
    faults.fault(console, FaultKind.SPEAKER_OPEN, LOA)
    with console.context.uow() as uow:
        now = console.context.now()
        uow[FirmwareRecords].note_installed([Installed(LOA, "loa-1", 7, "2.4.1", now)])
        until = now + timedelta(hours=2)
        uow[MaintenanceRecords].add(
            Window(
                id=WindowId("w1"),
                device_id=None,
                area_id=AreaId("bt-mui-ne"),
                from_at=now,
                until_at=until,
                reason="Thay loa",
                by="u",
                by_name="Thợ",
                at=now,
            )
        )
        uow.commit()
    page = client.get(f"/devices/{LOA}").text
    for words in (
        "Đứt đường dây loa",
        "Không phát được</span>",
        "loa-1 · 2.4.1 (7)",
        "Đang bảo trì, chưa báo sự cố cho ai đến",
        "Thay loa",
    ):
        assert words in page, words
    for address in ("identity", "act"):
        assert f'href="/devices/{LOA}/{address}"' in page
    assert '/act"' not in console.client("operator").get(f"/devices/{LOA}").text


def test_the_technicians_screens_are_one_entry_with_tabs(console: Console) -> None:
    client = console.client("technician")
    tabs = re.findall(
        r'<li><a href="([^"]+)"', client.get("/devices").text.partition('class="tabs"')[2].partition("</ul>")[0]
    )
    assert len(tabs) == sum(tab.entry == "web.devices" for feature in FEATURES for tab in feature.tabs)
    for path in tabs:
        page = client.get(path).text
        assert f'<a href="{path}" aria-current="page"' in page
        assert len(re.findall(r'<a href="/devices" aria-current="page"><svg.*</svg>Thiết bị</a>', page)) == 1
    for path in (f"/devices/{LOA}", f"/devices/{LOA}/act", f"/devices/{LOA}/identity"):
        assert '<a href="/devices" aria-current="page">Danh sách</a>' in client.get(path).text
    reader = console.client("operator").get("/devices").text
    assert "Bảo trì</a>" in reader
    assert "Lệnh từ xa</a>" not in reader
    assert 'class="tabs"' not in client.get("/why").text


def test_nobody_is_shown_devices_of_other_places(console: Console) -> None:
    far = console.client("far-operator")
    assert LOA not in listed(far)
    assert far.get(f"/devices/{LOA}").status_code == 404
    assert console.client("technician").get("/devices/nowhere").status_code == 404


def test_the_page_tells_what_the_device_measured_in_words(console: Console) -> None:
    online(console)
    tell(console.context, record(console.context.now(), mains=False, spk="open", st="playing", src="relay"))
    page = console.client("operator").get(f"/devices/{LOA}").text
    for words in ("mất điện", "đứt", "đang phát", "tiếp sóng", "41,5\u00a0°C", "4G", "900 ngày", "21 phút"):
        assert words in page
    assert "Đã lâu" not in page


def test_what_was_measured_long_ago_is_said_to_be_old(console: Console) -> None:
    tell(console.context, record(console.context.now() - timedelta(hours=1)))
    assert "Đã lâu" in console.client("operator").get(f"/devices/{LOA}").text


def test_a_device_that_never_told_anything_says_so(console: Console) -> None:
    page = console.client("operator").get(f"/devices/{LOA}").text
    assert "Máy chưa báo tình trạng lần nào" in page
    assert "Không có số đo nào trong khoảng này" in page


def test_a_day_is_drawn_from_records_and_what_is_longer_from_hours_up_to_now(console: Console) -> None:
    tell_for(console.context, timedelta(days=3))
    client = console.client("technician")
    hour, day, week, month, year = (client.get(f"/devices/{LOA}?span={span}").text for span in ChartSpan)
    assert len(plots(hour)["temp"]["mean"]) == timedelta(hours=1) // telemetry.EVERY + 1  # type: ignore[arg-type]
    assert len(plots(day)["temp"]["mean"]) == timedelta(days=1) // telemetry.EVERY + 1  # type: ignore[arg-type]
    assert "least" not in plots(day)["temp"]
    assert plots(week) == plots(month)  # all records are of three days
    hours = plots(month)["temp"]
    assert 72 <= len(hours["mean"]) <= 74  # type: ignore[arg-type] # the last hours are added up as they are asked
    assert min(hours["least"]) == 30.0  # type: ignore[call-overload]
    assert max(hours["most"]) == 41.0  # type: ignore[call-overload]
    assert 'aria-current="true">30 ngày' in month
    days = plots(year)["temp"]
    assert len(days["mean"]) in {3, 4}  # type: ignore[arg-type]
    assert (min(days["least"]), max(days["most"])) == (30.0, 41.0)  # type: ignore[call-overload]
    assert client.get(f"/devices/{LOA}?span=century").status_code == 200


def test_faults_and_airings_are_drawn_into_the_charts(console: Console) -> None:
    tell_for(console.context, timedelta(hours=2))
    faults.fault(console, FaultKind.LINE_DRIFT)
    now = console.context.now()
    of, by = reports.transmission(console), bulletins.devices(console)[0]
    aired = [reports.as_run(console, of, by, now - timedelta(hours=ago)) for ago in (2, 30)]
    reports.record(console, *aired)
    page = console.client("technician").get(f"/devices/{LOA}?span=day").text
    found = re.search(r'data-plots="([^"]+)"', page)
    assert found is not None
    marks = json.loads(html.unescape(found.group(1)))["marks"]
    hour_ago = (now - timedelta(hours=1)).timestamp()
    assert [kind for _from, _to, _words, kind in marks] == ["done", "fault"]
    assert marks[1][:2] == [hour_ago, now.timestamp()]
    assert marks[1][2].endswith(": 12,0 Ω")
    assert "Sự cố và lần phát trong khoảng này" in page


def test_a_line_is_not_drawn_through_hours_of_silence(console: Console) -> None:
    now = console.context.now()
    tell(console.context, record(now - timedelta(hours=6)), record(now - timedelta(minutes=5)), record(now))
    drawn = plots(console.client("technician").get(f"/devices/{LOA}").text)
    assert drawn["temp"]["mean"] == [41.5, None, 41.5, 41.5]


def test_the_plan_that_it_holds_is_known_by_when_it_was_made_whatever_number_it_says(console: Console) -> None:
    now = console.context.now()
    client = console.client("technician")
    tell(console.context, record(now - timedelta(minutes=10), plan_ver=1_764_000_000_000))
    assert "23:00 24/11/2025</time>" in client.get(f"/devices/{LOA}").text
    tell(console.context, record(now, plan_ver=10**15))
    assert "1.000.000.000.000.000" in client.get(f"/devices/{LOA}").text


def test_comings_goings_and_events_stand_in_one_line_of_time(console: Console) -> None:
    with console.context.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO presence_changes (device_id, at, online) VALUES (?, ?, ?)",
            [(LOA, "2026-11-24 01:00:00", False), (LOA, "2026-11-24 01:10:00", True)],
        )
    past = console.client("technician").get(f"/devices/{LOA}").text.partition('id="past"')[2]
    assert past.index("Đã nối") < past.index("Mất kết nối")


def test_a_map_names_the_places_the_larger_first_and_not_all_of_it(console: Console) -> None:
    body = console.client("technician").get("/map/ground").get_json()["places"]
    names = [name for _, _, name in body]
    assert names.index("Phan Thiết") < names.index("Mũi Né")
    assert "Bình Thuận" not in names
    town = [each for each in body if each[2] in {"Mũi Né", "Hàm Tiến"}]
    lat, lon, _ = body[names.index("Phan Thiết")]
    assert min(each[0] for each in town) <= lat <= max(each[0] for each in town)
    assert min(each[1] for each in town) <= lon <= max(each[1] for each in town)


def test_a_map_has_the_outlines_of_areas_and_is_not_sent_them_twice(console: Console) -> None:
    client = console.client("technician")
    assert client.get("/map/ground").get_json()["outlines"] == {}
    ring = [(10.9, 108.2), (10.9, 108.3), (11.0, 108.25)]
    with console.context.uow() as unit:
        unit[Places].set_outlines({COMMUNE: [ring]})
        unit.commit()
    answer = client.get("/map/ground")
    assert answer.get_json()["outlines"] == {COMMUNE: [[list(corner) for corner in ring]]}
    again = client.get("/map/ground", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_the_map_gathers_the_lists_devices_and_names_one_that_stands_alone(console: Console) -> None:
    client = console.client("technician")
    assert client.get("/devices/map").status_code == 200
    (far,) = client.get("/devices/map/clusters?zoom=0").get_json()
    assert far[2] == far[3] > 1
    online(console)
    (one,) = client.get("/devices/map/clusters?zoom=17&link=on").get_json()
    assert one[2:] == [1, 0, LOA, "Cụm loa 1"]
    # Connected is not enough: before, a box that could not speak was green.
    faults.passing(console, faults.fault(console, FaultKind.AMP_HOT))
    assert client.get("/devices/map/clusters?zoom=17&link=on").get_json()[0][2:4] == [1, 0]
    mute = faults.fault(console)
    assert client.get("/devices/map/clusters?zoom=17&link=on").get_json()[0][2:4] == [1, 1]
    faults.over(console, mute)
    shut_off(console)
    assert client.get("/devices/map/clusters?zoom=17&link=on").get_json()[0][2:4] == [1, 1]
    assert client.get("/devices/map/clusters?zoom=x").get_json() != []
    assert "thiết bị nào khớp" in client.get("/devices/map?kind=bridge").text


def test_the_map_counts_those_of_its_devices_that_sound_an_alert(console: Console, officer: FlaskClient) -> None:
    sent = alerts.active(console, officer)
    alerts.report(console, sent, 0, ReachState.SOUNDING, started_at=console.clock())
    client = console.client("technician")
    assert "♪ 1 " in client.get("/devices/map").text
    assert "♪" not in client.get("/devices/map?kind=bridge").text
