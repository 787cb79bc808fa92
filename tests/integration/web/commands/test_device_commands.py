"""Screens of remote commands, for a technician and the person who approves."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from broadcast.scheduling.area_rules import AreaRules
from cms.areas.repository import Places
from cms.audit.queries import events_of
from cms.commands.messages import CommandPublisher
from cms.commands.service import batch_preview, quarantine
from cms.fleet.repository.devices import Devices
from cms.platform.store.engine import reading
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.outbox import Outbox
from devices.commands.model import BatchState, CommandKind, CommandState
from devices.commands.table import AGREE_WITHIN, SPECS
from devices.lifecycle import LifecycleAction
from devices.model import Device, DeviceKind
from devices.protocol.messages import TestResult
from tests.builders import commands
from tests.builders.commands import LOA_1, LOA_2, LOA_3
from tests.console import COMMUNE, FAR_COMMUNE, Console, post
from tests.fakes.recording_link import RecordingLink

ACT = f"/devices/{LOA_1}/act"


@pytest.fixture
def technician(console: Console) -> FlaskClient:
    return console.client("technician")


@pytest.fixture
def admin(console: Console) -> FlaskClient:
    return console.client("admin")


def test_a_technician_asks_a_device_for_something_and_sees_what_becomes_of_it(
    console: Console, technician: FlaskClient
) -> None:
    page = technician.get(ACT).text
    assert "Tự kiểm tra" in page
    assert "mất kết nối" in page
    answer = post(technician, ACT, {"kind": "selftest", "reason": "Dân báo loa rè", "key": "k" * 26})
    assert answer.headers["Location"] == ACT
    page = technician.get(ACT).text
    assert "Chờ gửi" in page
    assert "Dân báo loa rè" in page
    assert 'hx-trigger="every 3s"' in page
    # The form sent twice asks once.
    post(technician, ACT, {"kind": "selftest", "reason": "Dân báo loa rè", "key": "k" * 26})
    CommandPublisher(console.context, RecordingLink()).step()
    assert "Đã gửi" in technician.get(ACT).text
    commands.finished(console, "k" * 26, test=TestResult(amp_ma=60, mic_db=-55.4, spk="ok", line_ohm=8.04))
    page = technician.get(ACT).text
    assert page.count("Xong") == 1
    assert "đường loa tốt, 8,0 Ω, ampli 60 mA, micrô -55 dB" in page
    assert 'hx-trigger="every 3s"' not in page


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"kind": "volume", "volume": "101", "reason": "x"}, "Từ 0 đến 100."),
        ({"kind": "volume", "volume": "to", "reason": "x"}, "Từ 0 đến 100."),
        ({"kind": "volume", "reason": "x"}, "Cần điền mục này."),
        ({"kind": "resync", "reason": " "}, "Cần điền mục này."),
        ({"kind": "resync", "reason": "x" * 600}, "500"),
    ],
)
def test_what_cannot_be_asked_is_said_beside_its_field(
    technician: FlaskClient, form: dict[str, object], sentence: str
) -> None:
    answer = post(technician, ACT, form)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert str(form["reason"])[:500] in answer.text


def test_a_command_that_there_is_not_is_refused(technician: FlaskClient) -> None:
    assert post(technician, ACT, {"kind": "explode", "reason": "x"}).status_code == 422
    assert post(technician, "/commands/new", {"kind": "explode", "reason": "x"}).status_code == 422


def test_louder_than_the_area_allows_waits_for_another_person(
    console: Console, technician: FlaskClient, admin: FlaskClient
) -> None:
    with console.context.uow() as unit:
        unit[Places].set_rules(COMMUNE, AreaRules(volume_pct=60))
        unit.commit()
    answer = post(technician, ACT, {"kind": "volume", "volume": "61", "reason": "Chợ đông"})
    page = answer.headers["Location"]
    assert "Chờ người thứ hai" in technician.get(page).text
    assert post(technician, f"{page}/decide", {"act": "agree"}).status_code == 403
    assert "to hơn mức của địa bàn" in admin.get(page).text
    assert post(admin, f"{page}/decide", {"act": "agree"}).status_code == 302
    assert "Đang chạy" in admin.get(page).text
    assert post(admin, f"{page}/decide", {"act": "agree"}).status_code == 409
    again = post(technician, ACT, {"kind": "volume", "volume": "60", "reason": "Chợ đông"})
    assert again.headers["Location"] == ACT


def test_a_board_is_not_asked_for_sound(console: Console, technician: FlaskClient) -> None:
    with console.context.uow() as unit:
        unit[Devices].save(replace(unit[Devices].get(LOA_1), kind=DeviceKind.BOARD))
        unit.commit()
    assert "Đặt âm lượng" not in technician.get(ACT).text
    answer = post(technician, ACT, {"kind": "volume", "volume": "5", "reason": "x"})
    assert answer.status_code == 422
    assert "đều phải bỏ qua" in answer.text


def test_many_are_looked_at_before_and_then_sent_to_just_those(console: Console, technician: FlaskClient) -> None:
    assert "Xem trước" in technician.get("/commands/new").text
    form: dict[str, object] = {
        "kind": "resync",
        "areas": [COMMUNE],
        "ids": f"{LOA_1}, khong-co",
        "reason": "Đổi khóa",
        "key": "b" * 26,
    }
    page = post(technician, "/commands/new", form).text
    assert "3 thiết bị" in page
    assert "khong-co: không có mã này" in page
    mark = page.split('name="shown" value="')[1].split('"')[0]
    commands.window(console)
    with console.context.uow() as unit:
        unit[Devices].save(replace(unit[Devices].get(LOA_3), retired_at=console.clock()))
        unit.commit()
    send: dict[str, object] = {**form, "act": "send", "shown": mark}
    changed = post(technician, "/commands/new", send)
    assert changed.status_code == 409
    assert "danh sách thiết bị đã đổi" in changed.text
    mark = changed.text.split('name="shown" value="')[1].split('"')[0]
    answer = post(technician, "/commands/new", {**send, "shown": mark})
    assert answer.headers["Location"] == f"/commands/{'b' * 26}"
    page = technician.get(answer.headers["Location"]).text
    assert page.count("Chờ gửi") >= 2
    assert "Cụm loa 3" not in page
    listed = technician.get("/commands").text
    assert "Đổi khóa" in listed


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"kind": "resync"}, "Chưa chọn thiết bị nào."),
        ({"kind": "resync", "areas": ["nowhere"]}, "Không có địa bàn mã nowhere."),
        ({"kind": "resync", "ids": "khong-co", "act": "send"}, "đều phải bỏ qua"),
        ({"kind": "volume", "areas": [COMMUNE]}, "Cần điền mục này."),
    ],
)
def test_a_choice_of_none_is_said(technician: FlaskClient, form: dict[str, object], sentence: str) -> None:
    answer = post(technician, "/commands/new", form)
    assert answer.status_code == 422
    assert sentence in answer.text


def test_a_choice_may_be_narrowed_down(console: Console, technician: FlaskClient) -> None:
    with console.context.uow() as unit:
        unit[Devices].save(replace(unit[Devices].get(LOA_2), kind=DeviceKind.BRIDGE))
        unit.commit()
    form: dict[str, object] = {"kind": "resync", "areas": [COMMUNE]}
    assert "1 thiết bị" in post(technician, "/commands/new", {**form, "of_kind": "bridge"}).text
    assert "3 thiết bị" in post(technician, "/commands/new", {**form, "online": "no"}).text
    assert post(technician, "/commands/new", {**form, "online": "yes"}).status_code == 422


def test_reboots_of_several_wait_and_may_be_refused_or_called_off(
    console: Console, technician: FlaskClient, admin: FlaskClient
) -> None:
    refused, called_off, agreed = (commands.waiting(console) for _ in range(3))
    assert "Chờ người thứ hai" in admin.get("/commands").text
    missing = post(admin, f"/commands/{refused.id}/decide", {"act": "refuse"})
    assert missing.status_code == 422
    assert "Cần điền mục này." in missing.text
    post(admin, f"/commands/{refused.id}/decide", {"act": "refuse", "why": "Đang bão"})
    post(technician, f"/commands/{called_off.id}/decide", {"act": "abort", "why": "Nhầm xã"})
    assert post(technician, f"/commands/{agreed.id}/decide", {"act": "refuse", "why": "x"}).status_code == 403
    assert post(admin, f"/commands/{agreed.id}/decide", {"act": "explode"}).status_code == 400
    assert post(admin, f"/commands/{agreed.id}/decide", {"act": "agree", "version": "7"}).status_code == 409
    post(admin, f"/commands/{agreed.id}/decide", {"act": "agree"})
    states = [commands.stored(console, each).state for each in (refused, called_off, agreed)]
    assert states == [BatchState.REFUSED, BatchState.ABORTED, BatchState.RUNNING]
    assert [each.device_id for each in commands.commands(console, agreed)] == [LOA_1, LOA_2]
    assert commands.commands(console, refused) == []
    page = technician.get(f"/commands/{refused.id}").text
    assert "Đang bão" in page
    with reading(console.context.engine) as session:
        events = [(event.name, event.by) for event in events_of(session, refused.id)]
    assert events == [("command_batch.refused", "u-admin"), ("command_batch.requested", "u-technician")]


def test_what_was_asked_for_too_long_ago_is_agreed_to_no_more(console: Console) -> None:
    batch = commands.waiting(console)
    console.clock.at += AGREE_WITHIN
    answer = post(console.client("admin"), f"/commands/{batch.id}/decide", {"act": "agree"})
    assert answer.status_code == 409
    assert "Quá hạn đồng ý" in answer.text


def test_who_left_the_service_meanwhile_gets_nothing(console: Console) -> None:
    batch = commands.waiting(console)
    with console.context.uow() as unit:
        unit[Devices].save(replace(unit[Devices].get(LOA_2), retired_at=console.clock()))
        unit.commit()
    commands.agreed(console, batch)
    assert [each.device_id for each in commands.commands(console, batch)] == [LOA_1]


def test_progress_is_seen_state_by_state(console: Console, technician: FlaskClient) -> None:
    batch = commands.asked(console, commands.asking(CommandKind.RESYNC, LOA_1, LOA_2))
    page = technician.get(f"/commands/{batch.id}?state=done").text
    assert "Không có thiết bị nào ở tình trạng này." in page
    CommandPublisher(console.context, RecordingLink()).step()
    commands.finished(console, batch.id)
    CommandPublisher(console.context, RecordingLink()).step()
    page = technician.get(f"/commands/{batch.id}?state=done").text
    assert "Cụm loa 1" in page
    assert "Đã xong" in page
    assert commands.commands(console, batch)[0].state is CommandState.DONE


def test_a_device_s_page_brought_up_to_date_shows_no_more_rows_than_it_did(
    console: Console, technician: FlaskClient
) -> None:
    for number in range(7):
        commands.asked(console, commands.asking(CommandKind.RESYNC, LOA_1, reason=f"Lần {number}"))
    page = technician.get(f"/devices/{LOA_1}").text
    fresh = page.split('id="device-commands"')[1].split('hx-get="')[1].split('"')[0]
    assert fresh.startswith(ACT)
    shown = page.count("Lần ")
    assert technician.get(fresh).text.count("Lần ") == shown == 5
    assert technician.get(ACT).text.count("Lần ") == 7
    assert technician.get(f"{ACT}?rows=x").text.count("Lần ") == 7
    assert technician.get(f"{ACT}?rows=-3").text.count("Lần ") == 1


def test_a_log_is_read_on_its_page_and_as_a_file(console: Console, technician: FlaskClient) -> None:
    batch = commands.asked(console, commands.asking(CommandKind.LOG, LOA_1))
    sha256 = console.context.content.put_bytes("một <b>\nhai\n".encode())
    commands.finished(console, batch.id, log_sha256=sha256, log_bytes=12)
    (command,) = commands.commands(console, batch)
    path = f"/devices/{LOA_1}/logs/{command.id}"
    assert path in technician.get(ACT).text
    page = technician.get(path).text
    assert page.index("hai") < page.index("một &lt;b&gt;")
    assert technician.get(f"{path}?raw=1").text == "một <b>\nhai\n"
    assert console.client("auditor").get(path).status_code == 404
    assert technician.get(f"/devices/{LOA_2}/logs/{command.id}").status_code == 404


def test_nobody_sees_what_was_asked_elsewhere(console: Console) -> None:
    far = console.client("far-operator")
    batch = commands.asked(console)
    assert far.get(ACT).status_code == 404
    assert far.get(f"/commands/{batch.id}").status_code == 404
    assert batch.id not in far.get("/commands").text


def test_a_window_is_opened_shown_and_ended(console: Console, technician: FlaskClient) -> None:
    page = technician.get(f"/maintenance?device={LOA_1}").text
    assert f'value="{LOA_1}"' in page
    form = {"device": LOA_1, "from": "2026-11-24T09:00", "until": "2026-11-24T11:00", "reason": "Thay bình"}
    assert post(technician, "/maintenance", {**form, "key": "w" * 26}).status_code == 302
    assert post(technician, "/maintenance", {**form, "key": "w" * 26}).status_code == 302
    page = technician.get("/maintenance").text
    assert page.count("Thay bình") == 2  # the line, and what its button ends
    assert "Đang bảo trì đến" in technician.get(ACT).text
    assert post(technician, f"/maintenance/{'w' * 26}/end").status_code == 302
    assert post(technician, f"/maintenance/{'w' * 26}/end").status_code == 302
    assert "Đang bảo trì đến" not in technician.get(ACT).text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"area": ""}, "Cần điền mục này."),
        ({"area": "nowhere"}, "Không có địa bàn mã nowhere."),
        ({"device": "khong-co"}, "Không có thiết bị mang mã này"),
        ({"until": "2026-11-24T08:00"}, "Phải sau giờ bắt đầu."),
        ({"from": "2026-11-23T08:00", "until": "2026-11-23T09:00"}, "Giờ này đã qua."),
        ({"until": "2026-12-25T09:00"}, "Dài nhất 30 ngày."),
        ({"until": ""}, "Cần điền mục này."),
        ({"until": "sáng mai"}, "Giờ không đúng."),
        ({"reason": ""}, "Cần điền mục này."),
    ],
)
def test_a_window_that_cannot_be_is_said(technician: FlaskClient, changes: dict[str, object], sentence: str) -> None:
    form = {"area": COMMUNE, "from": "2026-11-24T09:00", "until": "2026-11-24T11:00", "reason": "Sửa cột"}
    answer = post(technician, "/maintenance", {**form, **changes})
    assert answer.status_code == 422
    assert sentence in answer.text


def test_a_person_with_rights_in_one_place_acts_there_alone(console: Console) -> None:
    far = console.client("far-operator")
    assert post(far, "/maintenance", {"area": FAR_COMMUNE}).status_code == 403
    assert post(far, "/commands/new", {"kind": "resync", "areas": [FAR_COMMUNE]}).status_code == 403


def test_a_device_is_quarantined_and_released_by_two_people(
    console: Console, technician: FlaskClient, admin: FlaskClient
) -> None:
    page = technician.get(ACT).text
    assert "Khóa tiếng" in page
    assert "Mở khóa tiếng" not in page
    for kind, is_silent in (("quarantine", True), ("release", False)):
        key = f"{kind[0]}" * 26
        answer = post(technician, ACT, {"kind": kind, "reason": "Tiếng lạ", "key": key, "doubt": "yes"})
        assert answer.headers["Location"] == f"/commands/{key}"
        assert device_of(console).quarantined is not is_silent
        assert post(technician, f"/commands/{key}/decide", {"act": "agree", "version": "1"}).status_code == 403
        assert post(admin, f"/commands/{key}/decide", {"act": "agree", "version": "1"}).status_code == 302
        assert device_of(console).quarantined is is_silent
        assert "Xong" in technician.get(ACT).text
    assert "Mở khóa tiếng" not in technician.get(ACT).text.split('id="ask-heading"')[1]
    with reading(console.context.engine) as session:
        events = {event.name: event.detail for event in events_of(session, LOA_1)}
        waiting = [each.kind for each in Outbox(session).take(console.clock()) if each.subject_id == LOA_1]
    assert events["device.quarantined"]["agreed_by"] == console.actor("admin").name
    assert events["device.released"]["reason"] == "Tiếng lạ"
    assert waiting == [OutboxKind.DESIRED]
    CommandPublisher(console.context, RecordingLink()).step()
    assert commands.stored(console, commands.known(console, "q" * 26)).state is BatchState.ENDED


def test_many_are_previewed_and_those_that_are_so_already_are_left_out(
    console: Console, technician: FlaskClient, admin: FlaskClient
) -> None:
    with console.context.uow() as unit:
        unit[Devices].save(replace(unit[Devices].get(LOA_1), quarantined=True))
        unit.commit()
    form = {
        "kind": "quarantine",
        "ids": f"{LOA_1} {LOA_2} {LOA_3}",
        "reason": "Nghi bị chiếm",
        "key": "m" * 26,
        "doubt": "yes",
    }
    page = post(technician, "/commands/new", {**form, "act": "preview"}).text
    assert "vốn đã như vậy" in page
    assert "2 thiết bị" in page
    assert "thiết bị im hẳn, kể cả cảnh báo" in page
    assert post(technician, "/commands/new", {**form, "act": "send"}).status_code == 302
    # Meanwhile another person silenced one of them.
    quarantine.do_at_once(
        console.context.uow(),
        LOA_2,
        LifecycleAction.QUARANTINE,
        why="Tiếng lạ",
        call=console.context.call(console.actor("technician"), console.clock()),
        most=5,
    )
    post(admin, f"/commands/{'m' * 26}/decide", {"act": "agree", "version": "1"})
    batch = commands.known(console, "m" * 26)
    assert {each.device_id: (each.state, each.code) for each in commands.commands(console, batch)} == {
        LOA_2: (CommandState.FAILED, "AS_IT_IS"),
        LOA_3: (CommandState.DONE, ""),
    }


def test_no_more_are_set_at_once_than_an_alert_may_wait_for(
    technician: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = replace(SPECS[CommandKind.QUARANTINE], most=1)
    monkeypatch.setattr(batch_preview, "SPECS", {**SPECS, CommandKind.QUARANTINE: few})
    form: dict[str, object] = {
        "kind": "quarantine",
        "ids": f"{LOA_1} {LOA_2}",
        "act": "preview",
        "key": "m" * 26,
        "doubt": "no",
    }
    assert "Nhiều quá, tối đa 1." in post(technician, "/commands/new", form).text


def device_of(console: Console) -> Device:
    with console.context.uow.reading() as unit:
        return unit[Devices].get(LOA_1)
