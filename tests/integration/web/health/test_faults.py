"""Page of faults: devices that cannot speak now, one incident with its course, and the person who has taken it on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from flask.testing import FlaskClient

from cms.fleet.repository.devices import Devices
from cms.health.repository.faults import note_broker_line
from cms.health.service.watch import HealthWatch
from devices.health.broker_outage import GatewayConnection
from devices.health.kinds import FaultKind
from devices.model import DeviceId
from province.areas import Point
from tests.builders import faults
from tests.console import COMMUNE, FAR_COMMUNE, Console, post


def test_a_fault_is_told_with_what_it_endangers_and_taken_on_by_somebody(console: Console) -> None:
    fault = faults.fault(console)
    technician = console.client("technician")
    html = technician.get("/faults").text
    assert "Đứt đường dây loa" in html
    assert "không phát được" in html
    assert "tái diễn 1 lần" in html
    path = f"/faults/{fault.id}/acknowledge"
    done = post(technician, path, {"note": "Mai đến thay"}, follow_redirects=True).text
    assert "Đã ghi tên bạn là người xử lý." in done
    assert "Mai đến thay" in done
    assert path not in done
    assert "acknowledge" not in console.client("operator").get("/faults").text


def test_a_note_that_is_too_long_is_told_beside_what_was_typed(console: Console) -> None:
    fault = faults.fault(console)
    answer = post(console.client("technician"), f"/faults/{fault.id}/acknowledge", {"note": "x" * 501})
    assert answer.status_code == 422
    assert "Dài 501 ký tự, tối đa 500." in answer.text
    assert "x" * 501 in answer.text
    incident = faults.incident(console)
    answer = post(console.client("technician"), f"/incidents/{incident.id}/acknowledge", {"note": "x" * 501})
    assert answer.status_code == 422
    assert "Dài 501 ký tự, tối đa 500." in answer.text


def test_the_graver_of_two_that_endanger_the_same_comes_first(console: Console) -> None:
    faults.fault(console, FaultKind.CERTIFICATE_ENDS)
    faults.fault(console, FaultKind.SOUND_UNORDERED)
    html = console.client("technician").get("/faults").text
    assert html.index("Có tiếng không do lệnh phát") < html.index("Chứng thư sắp hết hạn")


def test_the_list_is_that_of_the_area_asked_for(console: Console) -> None:
    faults.fault(console)
    technician = console.client("technician")
    assert "Đứt đường dây loa" in technician.get(f"/faults?area={COMMUNE}").text
    assert "Đứt đường dây loa" not in technician.get(f"/faults?area={FAR_COMMUNE}").text
    assert "Đứt đường dây loa" in technician.get("/faults?area=nowhere").text
    assert "Đứt đường dây loa" not in console.client("far-operator").get("/faults").text


def test_an_incident_names_its_cause_its_evidence_and_who_was_told(console: Console) -> None:
    incident = faults.incident(console)
    technician = console.client("technician")
    listed = technician.get("/faults").text
    assert "Mất điện: Mũi Né" in listed
    assert "Mất kết nối" not in listed
    html = technician.get(f"/incidents/{incident.id}").text
    assert "Cùng xuất tuyến điện 473 Mũi Né" in html
    assert "1 thiết bị báo mất điện lưới trước khi im" in html
    assert "truc@binhthuan.example" in html
    done = post(technician, f"/incidents/{incident.id}/acknowledge", {"note": "Đã gọi điện lực"}, follow_redirects=True)
    assert "Đã gọi điện lực" in done.text
    assert "Nhận xử lý" in technician.get(f"/incidents/{incident.id}").text


def test_an_incident_elsewhere_or_nowhere_is_not_found(console: Console) -> None:
    incident = faults.incident(console)
    assert console.client("far-operator").get(f"/incidents/{incident.id}").status_code == 404
    assert console.client("technician").get("/incidents/none").status_code == 404
    assert post(console.client("technician"), "/faults/none/acknowledge").status_code == 404


def test_nothing_wrong_is_said_so(console: Console) -> None:
    html = console.client("technician").get("/faults").text
    assert "Không có sự cố nào đang diễn ra." in html
    assert "Không có thiết bị nào đang lỗi riêng lẻ." in html


def test_the_map_has_what_is_wrong_within_reach_and_an_incident_its_own(console: Console) -> None:
    technician = console.client("technician")
    assert 'id="device-map"' not in technician.get("/faults").text
    place(console, faults.BOX, Point(10.94, 108.28))
    faults.fault(console, FaultKind.CERTIFICATE_ENDS)
    incident = faults.incident(console)
    page = technician.get("/faults").text
    assert 'data-bounds="[[10.94, 108.28], [10.94, 108.28]]"' in page
    circle = [10.94, 108.28, 1, 1, faults.BOX, "Cụm loa số 1"]
    assert drawn(technician, "/faults/map/clusters?zoom=9")[0][:5] == circle[:5]
    assert drawn(technician, f"/faults/map/clusters?incident={incident.id}")[0][:5] == circle[:5]
    assert drawn(technician, "/faults/map/clusters?incident=another") == []
    assert drawn(technician, f"/faults/map/clusters?area={FAR_COMMUNE}") == []
    assert drawn(console.client("far-operator"), "/faults/map/clusters") == []
    assert "Bản đồ thiết bị trong sự cố" in technician.get(f"/incidents/{incident.id}").text


def test_a_circle_is_red_where_a_device_cannot_speak(console: Console) -> None:
    place(console, faults.BOX, Point(10.94, 108.28))
    faults.fault(console, FaultKind.CERTIFICATE_ENDS)
    technician = console.client("technician")
    assert drawn(technician, "/faults/map/clusters")[0][2:4] == [1, 0]
    mended = faults.fault(console, FaultKind.SPEAKER_OPEN)
    assert drawn(technician, "/faults/map/clusters")[0][2:4] == [1, 1]
    faults.passing(console, mended)
    assert drawn(technician, "/faults/map/clusters")[0][2:4] == [1, 0]


def drawn(client: FlaskClient, path: str) -> list[list[object]]:
    found = client.get(path).json
    assert isinstance(found, list)
    return found


def place(console: Console, device_id: DeviceId, point: Point) -> None:
    with console.context.uow() as unit:
        unit[Devices].save(replace(unit[Devices].get(device_id), point=point))
        unit.commit()


def test_a_broker_that_is_away_is_seen_by_everybody_with_devices_and_taken_on(console: Console) -> None:
    context = console.context
    with context.uow() as unit:
        note_broker_line(unit.session, GatewayConnection(console.clock() - timedelta(minutes=2)))
        unit.commit()
    (outage,) = HealthWatch(context.uow, context.now, context.new_id).step().incidents
    operator = console.client("operator")
    assert "mất kết nối với máy chủ MQTT" in operator.get("/faults").text
    page = operator.get(f"/incidents/{outage.id}").text
    assert "Thiết bị vẫn phát theo lịch đã nhận." in page
    technician = console.client("technician")
    path = f"/incidents/{outage.id}/acknowledge"
    assert "Đang khởi động lại" in post(technician, path, {"note": "Đang khởi động lại"}, follow_redirects=True).text
    assert post(operator, path, {"note": ""}).status_code == 403
