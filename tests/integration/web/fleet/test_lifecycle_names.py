"""Name and position of a device corrected; places with equal names; columns of a spreadsheet."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from flask.testing import FlaskClient

from cms.areas.repository import Places
from cms.fleet.labels import lifecycle
from cms.fleet.repository.devices import Devices
from cms.fleet.repository.lifecycle import DeviceLifecycles
from devices.lifecycle import LifecycleState
from devices.model import Device, DeviceId
from province.areas import Area, AreaId, Point
from tests.console import COMMUNE, COMMUNE_2, Console, post

CODE_SHOWN = re.compile(r'<code class="secret">([0-9A-Z-]{19})</code>')


@pytest.fixture
def technician(console: Console) -> FlaskClient:
    return console.client("technician")


def test_name_and_position_are_corrected_and_a_move_invents_none(console: Console, technician: FlaskClient) -> None:
    path = f"/devices/{COMMUNE}-l01"

    def known() -> Device:
        with console.context.uow() as uow:
            return uow[Devices].get(DeviceId(f"{COMMUNE}-l01"))

    before = known().desired_version
    form = {"name": "Loa  chợ", "lat": "10,94001", "lon": "108.28002"}
    assert post(technician, f"{path}/describe", form).status_code == 302
    assert (known().name, known().point) == ("Loa chợ", Point(10.94001, 108.28002))
    assert known().desired_version == before + 1  # the device is sent its desired state
    assert post(technician, f"{path}/describe", form).status_code == 302
    assert known().desired_version == before + 1
    refused = post(technician, f"{path}/describe", {**form, "name": "", "lat": "x"})
    assert (refused.status_code, known().name) == (422, "Loa chợ")
    assert 'value="108.28002"' in refused.text
    assert post(technician, f"{path}/move", {"area": COMMUNE_2}).status_code == 302
    assert known().point is None
    assert "Máy chưa có vị trí" in technician.get(f"{path}/identity").text
    assert post(technician, f"{path}/describe", form).status_code == 302
    assert post(technician, f"{path}/move", {"area": COMMUNE, "keeps_point": "yes"}).status_code == 302
    assert known().point == Point(10.94001, 108.28002)
    page = technician.get(f"{path}/identity").text
    assert "Sửa tên và vị trí" in page
    assert "Sửa tên, vị trí" in page  # in the history


def test_two_places_of_one_name_are_told_apart_in_every_list(console: Console, technician: FlaskClient) -> None:
    with console.context.uow() as uow:
        uow[Places].add([Area(AreaId("bt-mui-ne-2"), "Mũi Né", "commune", AreaId("bt-tuy-phong"), date(2000, 1, 1))])
        uow.commit()
    pages = ("/devices/claim", "/devices/register", "/devices/import", f"/devices/{COMMUNE}-l01/identity")
    for page in (
        *pages,
        "/devices",
        "/faults",
        "/duties",
        "/maintenance",
        "/tickets/new",
        "/commands/new",
    ):
        text = technician.get(page).text
        assert "Mũi Né (Phan Thiết)" in text, page
        assert "Mũi Né (Tuy Phong)" in text, page
        assert ">Mũi Né<" not in text, page


def test_every_column_the_page_names_is_read_and_others_are_told(technician: FlaskClient, console: Console) -> None:
    page = technician.get("/devices/import").text
    assert all(str(label) in page for label in lifecycle.COLUMN.values())
    heading = ";".join(map(str, lifecycle.COLUMN.values()))
    data = f"{heading};STT;Ghi chú\nvtb-1;loa;Mũi Né;Loa chợ;7Q4K-M2XW-9RTA-C3BD;1;x\n".encode()
    looked = post(technician, "/devices/import", {"file": (io.BytesIO(data), "may.csv")}).text
    assert "Không hiểu và bỏ qua cột: STT, Ghi chú." in looked
    assert "7Q4K-M2XW-9RTA-C3BD" in looked
    kept = re.search(r'name="kept" value="([^"]+)"', looked)
    assert kept is not None
    assert CODE_SHOWN.findall(post(technician, "/devices/import", {"kept": kept[1]}).text) == ["7Q4K-M2XW-9RTA-C3BD"]
    with console.context.uow() as uow:
        assert [life.name for life in uow[DeviceLifecycles].in_states({LifecycleState.REGISTERED})] == ["Loa chợ"]


def test_a_malformed_code_and_an_empty_serial_are_told_by_their_column(technician: FlaskClient) -> None:
    data = "Số sê-ri;Địa bàn;Mã nhận\nvtb-1;Mũi Né;abc\n;Mũi Né;\n".encode()
    answer = post(technician, "/devices/import", {"file": (io.BytesIO(data), "may.csv")})
    assert answer.status_code == 422
    assert "Mã nhận: Mã nhận gồm 16 chữ và số" in answer.text
    assert "Số sê-ri: Cần điền mục này." in answer.text
