"""Screens of provisioning: a box is registered, labelled, claimed at its pole, and acted on."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from openpyxl import Workbook
from PIL import ExifTags, Image

from cms.fleet.jobs.enrolment import authority
from cms.fleet.repository.devices import Devices
from cms.fleet.repository.lifecycle import DeviceLifecycles
from cms.fleet.service import certificates
from cms.platform.store.events import PUBLISH_DENIED, SUBSCRIBE_DENIED
from devices.commands.table import AGREE_WITHIN
from devices.health.kinds import FaultKind
from devices.lifecycle import LifecycleState
from devices.model import DeviceId, DeviceStatus
from firmware_sim.provisioning import certificates as device_certificates
from province.areas import Point
from province.events import Event
from tests.builders import alerts, faults, registrations
from tests.console import COMMUNE, COMMUNE_2, DISTRICT, Console, post

CODE_SHOWN = re.compile(r'<code class="secret">([0-9A-Z-]{19})</code>')

AT_ONCE: dict[str, object] = {"at_once": "yes", "doubt": "yes"}


def agree(console: Console, asked: str) -> None:
    """Approve the request at that address as another person."""
    assert post(console.client("admin"), f"{asked}/decide", {"act": "agree", "version": "1"}).status_code == 302


@pytest.fixture
def technician(console: Console) -> FlaskClient:
    return console.client("technician")


def register(technician: FlaskClient, serial: str = "VTB 2026/01", **more: object) -> str:
    """Register a box, and return the code on its label."""
    answer = post(technician, "/devices/register", {"serial": serial, "kind": "cluster", "area": COMMUNE, **more})
    assert answer.status_code == 200, answer.text
    return str(CODE_SHOWN.findall(answer.text)[0])


def test_a_box_is_registered_labelled_claimed_and_shown(console: Console, technician: FlaskClient) -> None:
    code = register(technician)
    assert "vtb-2026-01" in technician.get("/devices/registrations").text
    photo = io.BytesIO()
    camera = Image.Exif()
    camera[ExifTags.Base.Make] = "Exif of a telephone"
    Image.new("RGB", (64, 48), "red").save(photo, "JPEG", exif=camera)
    assert b"Exif of a telephone" in photo.getvalue()
    claim = {"serial": "VTB 2026/01", "code": code.lower(), "area": COMMUNE, "lat": "10,94", "lon": "108,28"}
    answer = post(technician, "/devices/claim", {**claim, "photo": (io.BytesIO(photo.getvalue()), "cot.jpg")})
    assert answer.status_code == 302, answer.text
    page = technician.get(answer.headers["Location"]).text
    assert "Chờ kết nối" in page
    assert 'hx-trigger="every 3s"' in page
    device_id = answer.headers["Location"].split("/")[2]
    with technician.get(f"/devices/{device_id}/photo") as shown:
        kept = shown.data
    assert kept.startswith(b"\xff\xd8\xff")
    assert b"Exif" not in kept
    with console.context.uow() as uow:
        life = uow[DeviceLifecycles].get("vtb-2026-01")
        device = uow[Devices].get(DeviceId(device_id))
    assert (life.state, device.area_id, device.point) == (LifecycleState.CLAIMED, COMMUNE, Point(10.94, 108.28))
    assert code.replace("-", "") not in repr(life)


def test_a_wrong_code_is_told_and_locks_the_box(console: Console, technician: FlaskClient) -> None:
    register(technician)
    typed: dict[str, object] = {"serial": "vtb-2026-01", "code": "0000-0000-0000-0000", "area": COMMUNE}
    answers = [post(technician, "/devices/claim", typed) for _ in range(7)]
    assert {each.status_code for each in answers} == {422}
    assert "Số sê-ri hoặc mã không đúng" in answers[0].text
    assert "Sai mã nhiều lần. Hãy đợi" in answers[-1].text
    assert "Sai mã nhiều lần, tạm khóa" in technician.get("/devices/registrations").text
    unknown = post(technician, "/devices/claim", {**typed, "serial": "nobody"})
    assert "Số sê-ri hoặc mã không đúng" in unknown.text


def test_a_scanned_label_fills_both_fields(technician: FlaskClient) -> None:
    page = technician.get("/devices/claim?q=loa:vtb-1:7Q4K-M2XW-9RTA-C3BD").text
    assert 'value="vtb-1"' in page
    assert 'value="7Q4K-M2XW-9RTA-C3BD"' in page
    assert technician.get("/devices/claim").headers["Permissions-Policy"].startswith("camera=(self)")


def test_every_line_of_a_sheet_is_reported_before_any_is_taken(console: Console, technician: FlaskClient) -> None:
    register(technician, "vtb-9")
    rows = ("vtb-1;loa;Mũi Né", "vtb-1;loa;mui ne", "2,4E+14;loa;bt-mui-ne", "vtb-9;loa;Mũi Né", "vtb-2;xe;Đâu Đó")
    answer = post(technician, "/devices/import", {"file": (io.BytesIO(registrations.sheet(*rows)), "may.csv")})
    assert answer.status_code == 422
    for text in ("có hai lần trong tệp", "mất các chữ số cuối", "đã có trong sổ", "Không có loại thiết bị", "“Đâu Đó”"):
        assert text in answer.text
    with console.context.uow() as uow:
        assert [life.serial for life in uow[DeviceLifecycles].in_states(set(LifecycleState))] == ["vtb-9"]


def test_a_workbook_is_taken_whole_with_its_leading_zeros(console: Console, technician: FlaskClient) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Số sê-ri", "Địa bàn"])
    sheet.append([123, "Hàm Tiến"])
    sheet["A2"].number_format = "000000"
    sheet.append(["VTB-77", COMMUNE])
    data = io.BytesIO()
    book.save(data)
    looked = post(technician, "/devices/import", {"file": (io.BytesIO(data.getvalue()), "may.xlsx")})
    assert looked.status_code == 200, looked.text
    with console.context.uow() as uow:
        assert not uow[DeviceLifecycles].in_states(set(LifecycleState))
    kept = re.search(r'name="kept" value="([^"]+)"', looked.text)
    assert kept is not None
    labels = post(technician, "/devices/import", {"kept": kept[1]})
    assert len(CODE_SHOWN.findall(labels.text)) == 2
    with console.context.uow() as uow:
        found = {life.serial: life.area_id for life in uow[DeviceLifecycles].in_states({LifecycleState.REGISTERED})}
    assert found == {"000123": COMMUNE_2, "vtb-77": COMMUNE}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "Dòng đầu của tệp phải là tiêu đề"),
        (b"a;b\n1;2\n", "Dòng đầu của tệp phải là tiêu đề"),
        (b"serial\n", "Tệp không có dòng nào"),
        (b"PK\x03\x04 broken", "Không đọc được tệp"),
        ("Số sê-ri\n1\n".encode("utf-16"), "xem trước"),
        (b"\xff\xfa\x00\x01", "UTF-8"),
    ],
)
def test_a_file_that_is_none_is_told_what_it_lacks(technician: FlaskClient, data: bytes, told: str) -> None:
    form: dict[str, object] = {"file": (io.BytesIO(data), "may.csv"), "area": COMMUNE}
    answer = post(technician, "/devices/import", form)
    assert told in answer.text or answer.status_code == 200


def test_what_the_page_held_is_looked_at_again(technician: FlaskClient) -> None:
    for kept in ("x", base64.b64encode(b"x").decode()):
        assert post(technician, "/devices/import", {"kept": kept}).status_code == 422


def test_a_new_label_makes_the_old_one_worthless(technician: FlaskClient) -> None:
    old = register(technician)
    answer = post(technician, "/devices/registrations/vtb-2026-01/relabel")
    (new,) = CODE_SHOWN.findall(answer.text)
    typed: dict[str, object] = {"serial": "vtb-2026-01", "area": COMMUNE}
    assert post(technician, "/devices/claim", {**typed, "code": old}).status_code == 422
    assert post(technician, "/devices/claim", {**typed, "code": new}).status_code == 302


def test_whom_the_broker_denied_is_listed_and_a_certificate_s_name_leads_to_its_device(
    console: Console, technician: FlaskClient
) -> None:
    detail: dict[str, object] = {"topic": "loa/v1/keys", "count": 8}
    found = [
        (PUBLISH_DENIED, f"{COMMUNE}-l01"),
        (SUBSCRIBE_DENIED, f"{COMMUNE}-l01"),
        ("enrolment.publish_denied", f"{COMMUNE}-l02"),
        (PUBLISH_DENIED, "gateway"),
    ]
    with console.context.uow() as uow:
        for name, who in found:
            uow.record(Event(name, who, console.context.now(), "broker", "broker", detail))
        uow.commit()
    page = technician.get("/devices/registrations").text
    assert page.count("8 lần") == len(found)
    assert page.count(f'<a href="/devices/{COMMUNE}-l01">') == 2
    for who in (f"{COMMUNE}-l02", "gateway"):
        assert f'href="/devices/{who}"' not in page


def test_a_device_is_shut_off_let_on_moved_and_retired(console: Console, technician: FlaskClient) -> None:
    path = f"/devices/{COMMUNE}-l01"
    assert "Đang dùng" in technician.get(f"{path}/identity").text
    nothing = post(technician, f"{path}/identity/quarantine", {"why": " "})
    assert nothing.status_code == 422
    assert post(technician, f"{path}/identity/quarantine", {**AT_ONCE, "why": "Nghi bị chiếm"}).status_code == 302
    assert "không phát gì, kể cả cảnh báo" in technician.get(f"{path}/identity").text
    assert post(technician, f"{path}/identity/quarantine", {**AT_ONCE, "why": "Lại"}).status_code == 409
    asked = post(technician, f"{path}/identity/release", {"why": "Đã bắt được"})
    agree(console, asked.headers["Location"])
    assert post(technician, f"{path}/move", {"area": COMMUNE_2}).status_code == 302
    # Retiring always needs a second person, whatever the form says.
    asked = post(technician, f"{path}/identity/retire", {**AT_ONCE, "why": "Hỏng hẳn"})
    assert "đã yêu cầu thôi dùng" in technician.get(f"{path}/identity").text
    waiting = technician.get(asked.headers["Location"]).text
    assert "không đảo lại được từ xa" in waiting
    assert f'<a href="{path}">' in waiting
    agree(console, asked.headers["Location"])
    page = technician.get(f"{path}/identity").text
    for text in ("Nghi bị chiếm", "Chuyển địa bàn", "Hỏng hẳn", "Đã thôi dùng"):
        assert text in page
    with console.context.uow() as uow:
        device = uow[Devices].get(DeviceId(f"{COMMUNE}-l01"))
    assert (device.area_id, device.quarantined) == (COMMUNE_2, False)
    assert device.retired_at is not None


def test_shutting_off_is_asked_for_here_and_agreed_to_by_another(console: Console, technician: FlaskClient) -> None:
    path = f"/devices/{COMMUNE}-l01/identity"

    def is_silent() -> bool:
        with console.context.uow() as uow:
            return uow[Devices].get(DeviceId(f"{COMMUNE}-l01")).quarantined

    assert "Cần điền mục này." in post(technician, f"{path}/quarantine", {"why": " "}).text
    asked = post(technician, f"{path}/quarantine", {"doubt": "no", "why": "Nghi bị chiếm"}).headers["Location"]
    assert asked.startswith("/commands/")
    assert not is_silent()
    admin = console.client("admin")
    assert f'href="{asked}"' in admin.get(path).text
    # A request that is already pending leads to it.
    assert post(admin, f"{path}/quarantine", {"doubt": "no", "why": "Tôi cũng nghe"}).headers["Location"] == asked
    assert post(technician, f"{asked}/decide", {"act": "agree", "version": "1"}).status_code == 403
    assert not is_silent()
    assert post(admin, f"{asked}/decide", {"act": "agree", "version": "1"}).status_code == 302
    assert is_silent()
    assert f'href="{asked}"' not in admin.get(path).text
    assert post(technician, f"{path}/quarantine", {"doubt": "no", "why": "Lại"}).status_code == 409


def test_what_nobody_agreed_to_in_time_or_is_asked_of_many_is_asked_anew(
    console: Console, technician: FlaskClient
) -> None:
    path = f"/devices/{COMMUNE}-l01/identity"
    many: dict[str, object] = {
        "kind": "quarantine",
        "ids": f"{COMMUNE}-l01 {COMMUNE}-l02",
        "reason": "Nghi",
        "doubt": "no",
    }
    of_many = post(technician, "/commands/new", {**many, "act": "send", "key": "m" * 26}).headers["Location"]
    own = post(technician, f"{path}/quarantine", {"doubt": "no", "why": "Nghi"}).headers["Location"]
    assert own != of_many
    page = technician.get(path).text
    assert {f'href="{each}"' in page for each in (own, of_many)} == {True}
    console.clock.at += AGREE_WITHIN
    later = console.client("technician")
    assert f'href="{own}"' not in later.get(path).text
    assert post(later, f"{path}/quarantine", {"doubt": "no", "why": "Nghi"}).headers["Location"] != own


def test_what_speaks_unordered_is_shut_off_by_one_and_let_on_by_two(console: Console, technician: FlaskClient) -> None:
    path = f"/devices/{COMMUNE}-l01/identity"
    refused = post(technician, f"{path}/quarantine", {**AT_ONCE, "why": " "}).text
    assert 'name="at_once" value="yes" checked' in refused
    post(technician, f"{path}/quarantine", {**AT_ONCE, "why": "Phát tiếng lạ"})
    asked = post(technician, f"{path}/release", {**AT_ONCE, "why": "Đã xong"}).headers["Location"]
    assert post(technician, f"{asked}/decide", {"act": "agree", "version": "1"}).status_code == 403
    assert "đã yêu cầu mở khóa tiếng" in technician.get(path).text
    with console.context.uow() as uow:
        assert uow[Devices].get(DeviceId(f"{COMMUNE}-l01")).quarantined


def test_a_certificate_is_taken_back_by_two_unless_it_is_seen_in_other_hands(
    console: Console, technician: FlaskClient
) -> None:
    path, revoke = f"/devices/{COMMUNE}-l01/identity", f"/devices/{COMMUNE}-l01/identity/revoke"
    assert "không chờ người thứ hai" not in technician.get(path).text.split(f'action="{revoke}"')[1]
    refused = post(technician, revoke, {**AT_ONCE, "why": "Tôi nghĩ vậy"})
    assert (refused.status_code, "nên cần người thứ hai" in refused.text) == (422, True)
    asked = post(technician, revoke, {"why": "Bị trộm"}).headers["Location"]
    assert post(technician, f"{asked}/decide", {"act": "agree", "version": "1"}).status_code == 403
    assert f'href="{asked}"' in console.client("admin").get("/commands").text
    faults.fault(console, FaultKind.SOUND_UNORDERED)
    going = faults.fault(console, FaultKind.TRESPASSES)
    faults.over(console, going)
    assert "Máy chủ thấy: có tiếng không do lệnh phát." in technician.get(path).text
    assert post(technician, revoke, {**AT_ONCE, "why": " "}).status_code == 422
    assert post(technician, revoke, {**AT_ONCE, "why": "Kẻ khác phát"}).status_code == 302
    page = technician.get(path).text
    assert "một mình, làm ngay: có tiếng không do lệnh phát" in page
    assert "Đã thu hồi chứng thư" in page
    # The approval comes when the state is reached already.
    agree(console, asked)
    assert "lúc đồng ý, thiết bị đã như vậy" in technician.get(asked).text


def test_whose_claim_code_another_key_has_used_is_taken_back_by_one(
    console: Console, technician: FlaskClient, tmp_path: Path
) -> None:
    life = registrations.claimed(console.context, COMMUNE, registrations.registered(console.context, COMMUNE).serial)
    assert life.device_id is not None
    for name in ("thief", "device"):
        (tmp_path / name).mkdir()
        with console.context.uow() as uow:
            csr = device_certificates.request_for(tmp_path / name, "device")
            certificates.enrol(
                uow, uow[DeviceLifecycles].get(life.serial), csr, authority(console.context), console.clock()
            )
            uow.commit()
    path = f"/devices/{life.device_id}/identity"
    assert "Máy chủ thấy: có máy khác xin chứng thư bằng cùng mã." in technician.get(path).text
    console.clock.at += AGREE_WITHIN
    later = console.client("technician")
    console.clock.at += timedelta(seconds=1)
    assert "Máy chủ thấy" not in later.get(path).text
    console.clock.at -= AGREE_WITHIN
    assert post(console.client("technician"), f"{path}/revoke", {**AT_ONCE, "why": "Nhãn bị chụp"}).status_code == 302


def test_a_box_takes_the_place_of_another(console: Console, technician: FlaskClient) -> None:
    code = register(technician)
    old = f"{COMMUNE}-l01"
    typed: dict[str, object] = {"serial": "vtb-2026-01", "code": code, "area": COMMUNE, "replaces": old}
    with console.context.uow() as uow:
        seen = DeviceStatus(DeviceId(old), online=True, conn=1, seen_at=console.clock())
        uow[Devices].report(seen)
        uow.commit()
    assert "Máy cũ vẫn đang kết nối" in post(technician, "/devices/claim", typed).text
    with console.context.uow() as uow:
        uow[Devices].report(replace(seen, online=False, conn=2))
        uow.commit()
    answer = post(technician, "/devices/claim", typed)
    assert answer.headers["Location"] == f"/devices/{old}/identity"
    with console.context.uow() as uow:
        assert uow[Devices].get(DeviceId(old)).serial == "vtb-2026-01"


def test_the_page_tells_when_it_has_come_in(console: Console, technician: FlaskClient, tmp_path: Path) -> None:
    life = registrations.registered(console.context, COMMUNE)
    life = registrations.claimed(console.context, COMMUNE, life.serial)
    assert life.device_id is not None
    csr = device_certificates.request_for(tmp_path, "device")
    with console.context.uow() as uow:
        answer = certificates.enrol(uow, life, csr, authority(console.context), console.clock())
        uow.commit()
    assert answer.code is None
    with console.context.uow() as uow:
        device = uow[Devices].get(life.device_id)
        (issued,) = uow[DeviceLifecycles].certificates_of(device.id)
        certificates.seen(uow, device, issued.number, console.clock())
        uow.commit()
    page = technician.get(f"/devices/{life.device_id}/identity").text
    assert "Kết nối lần đầu" in page
    assert "hx-trigger" not in page.split('id="identity"')[1][:120]


def test_whoever_raises_an_alert_is_told_that_a_device_will_not_sound(
    console: Console, technician: FlaskClient, officer: FlaskClient
) -> None:
    alert = alerts.drafted(console, officer, kind="live")
    assert "bị khóa tiếng" not in officer.get(f"/alerts/{alert.id}/edit").text
    post(technician, f"/devices/{COMMUNE}-l01/identity/quarantine", {**AT_ONCE, "why": "Nghi bị chiếm"})
    assert "1 loa đang bị khóa tiếng: không phát" in officer.get(f"/alerts/{alert.id}/edit").text


def test_a_box_that_was_shut_off_and_taken_back_sounds_again_once_it_is_claimed_anew(
    console: Console, technician: FlaskClient
) -> None:
    life = registrations.registered(console.context, DISTRICT, registrations.next_serial())
    first = registrations.claimed(console.context, COMMUNE, life.serial)
    assert first.device_id is not None
    with console.context.uow() as uow:
        uow[DeviceLifecycles].save(replace(first, state=LifecycleState.IN_SERVICE, version=first.version + 1))
        uow.commit()
    path = f"/devices/{first.device_id}/identity"
    for act in ("quarantine", "revoke"):
        agree(console, post(technician, f"{path}/{act}", {"doubt": "yes", "why": "Bị trộm"}).headers["Location"])
    again = registrations.claimed(console.context, COMMUNE_2, life.serial)
    with console.context.uow() as uow:
        device = uow[Devices].get(first.device_id)
    assert again.device_id == first.device_id
    assert (device.quarantined, device.area_id) == (False, COMMUNE_2)


def test_a_box_of_one_place_is_not_claimed_for_another(console: Console, technician: FlaskClient) -> None:
    life = registrations.fresh(console.context)
    typed: dict[str, object] = {"serial": life.serial, "code": registrations.CODE, "area": COMMUNE_2}
    answer = post(technician, "/devices/claim", typed)
    assert answer.status_code == 422
    assert "Máy này vào sổ cho Mũi Né" in answer.text
