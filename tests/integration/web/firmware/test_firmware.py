"""Screens of firmware: a package imported, a roll-out planned, started, released by another person, stopped."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from cms.firmware.repository import FirmwareRecords
from cms.platform.signer.keys import trust_firmware
from devices.enrolment import make_signing_key
from devices.firmware.model import MemberState, Rollout, RolloutId, RolloutState
from devices.protocol import jws
from devices.protocol.messages import Code
from tests.builders import rollouts
from tests.console import COMMUNE, Console, post


def stored(console: Console, rollout_id: str) -> Rollout:
    with console.context.uow() as uow:
        return uow[FirmwareRecords].get(RolloutId(rollout_id))


def send(console: Console, package: bytes) -> str:
    form: dict[str, object] = {"package": (io.BytesIO(package), "loa-c4.fw")}
    return post(console.client("technician"), "/firmware/images", form, follow_redirects=True).text


def test_a_signed_package_is_taken_in_and_listed(console: Console) -> None:
    html = send(console, rollouts.package(7))
    assert "Đã nhận phần mềm loa-c4 số 7." in html
    assert "Sửa lỗi mất tiếng" in html


def test_a_key_trusted_while_the_web_runs_is_trusted_at_once(console: Console) -> None:
    key = make_signing_key()
    package = rollouts.package(8, key=key)
    assert "không được ký bằng khóa phần mềm" in send(console, package)
    trust_firmware(console.context.settings, jws.public_x(jws.signing_key(key)), console.clock())
    assert "Đã nhận phần mềm loa-c4 số 8." in send(console, package)


@pytest.mark.parametrize(
    ("package", "told"),
    [
        (b"", "không phải gói phần mềm"),
        (b"no package at all", "không phải gói phần mềm"),
        (rollouts.package(7).replace(b"an image", b"another!"), "tệp bị hỏng"),
        (b"eyJ" + rollouts.package(7), "không phải gói phần mềm"),
    ],
)
def test_what_is_no_package_is_refused_in_words(console: Console, package: bytes, told: str) -> None:
    assert told in send(console, package)


def test_a_number_is_given_once(console: Console) -> None:
    send(console, rollouts.package(7))
    assert "đã có phần mềm số 7" in send(console, rollouts.package(7, b"something else"))


def test_a_rollout_is_previewed_planned_started_and_stopped(console: Console) -> None:
    technician, fields = console.client("technician"), rollouts.fields(console)
    html = technician.get("/firmware/rollouts/new", query_string=fields).text
    assert "Sẽ cập nhật 3 thiết bị" in html
    assert "Cập nhật 0" not in html
    html = post(technician, "/firmware/rollouts/new", fields, follow_redirects=True).text
    assert "Chưa thiết bị nào được báo" in html
    with console.context.uow() as uow:
        rollout = uow[FirmwareRecords].rollouts()[0]
    html = post(technician, f"/firmware/rollouts/{rollout.id}/start", {"version": "1"}, follow_redirects=True).text
    assert "nhóm thử được cập nhật trước" in html
    refused = post(technician, f"/firmware/rollouts/{rollout.id}/stop", {"version": "2"})
    assert (refused.status_code, "Cần điền mục này." in refused.text) == (422, True)
    html = post(
        technician, f"/firmware/rollouts/{rollout.id}/stop", {"version": "2", "why": "Lỗi tiếng"}, follow_redirects=True
    ).text
    assert "Có người dừng. Lỗi tiếng" in html
    # Before, those that were never told went on “waiting”, and their names led nowhere.
    assert html.count("Chưa báo, đợt đã dừng</span>") == 3
    assert f'href="/devices/{COMMUNE}-l01"' in html
    assert stored(console, rollout.id).state is RolloutState.STOPPED


def test_a_draft_with_faults_says_all_of_them(console: Console) -> None:
    technician = console.client("technician")
    refused = post(technician, "/firmware/rollouts/new", {"area": COMMUNE})
    assert refused.status_code == 422
    assert refused.text.count("Cần điền mục này.") == 4  # in the summary and at the fields
    assert technician.get("/firmware/rollouts/new?area=nowhere").status_code == 422


def test_who_planned_it_does_not_release_it_and_a_second_person_does(console: Console) -> None:
    technician, fields = console.client("technician"), rollouts.fields(console)
    post(technician, "/firmware/rollouts/new", fields)
    with console.context.uow() as uow:
        rollout = uow[FirmwareRecords].rollouts()[0]
        uow[FirmwareRecords].save(replace(rollout, state=RolloutState.HELD, version=2))
        uow.commit()
    assert "Một người khác" in technician.get(f"/firmware/rollouts/{rollout.id}").text
    refused = post(technician, f"/firmware/rollouts/{rollout.id}/release", {"version": "2"})
    assert (refused.status_code, "Hãy nhờ người thứ hai." in refused.text) == (403, True)
    admin = console.client("admin")
    assert "Cho phép các đợt sau" in admin.get(f"/firmware/rollouts/{rollout.id}").text
    html = post(admin, f"/firmware/rollouts/{rollout.id}/release", {"version": "2"}, follow_redirects=True).text
    assert "các đợt sau lần lượt được cập nhật" in html


def test_a_pause_and_going_on(console: Console) -> None:
    technician, rollout = console.client("technician"), rollouts.started(console)
    html = post(technician, f"/firmware/rollouts/{rollout.id}/pause", follow_redirects=True).text
    assert "(tạm ngừng)" in html
    again = post(technician, f"/firmware/rollouts/{rollout.id}/pause")
    assert (again.status_code, "Đang thử ở nhóm thử" in again.text) == (409, True)
    html = post(technician, f"/firmware/rollouts/{rollout.id}/resume", follow_redirects=True).text
    assert "(tạm ngừng)" not in html


def test_a_rollouts_page_tells_figures_reasons_and_devices(console: Console) -> None:
    rollout = rollouts.held(console)
    with console.context.uow() as uow:
        (first, *_) = (each for each in uow[FirmwareRecords].members(rollout.id) if each.state is MemberState.WAITING)
        uow[FirmwareRecords].move([(first, replace(first, state=MemberState.FAILED, code=Code.NO_LINK))])
        uow.commit()
    technician = console.client("technician")
    html = technician.get(f"/firmware/rollouts/{rollout.id}?state=failed").text
    assert "Bản mới không kết nối được: 1" in html
    assert html.count("Hỏng, đã quay về bản cũ</span></td>") == 1
    assert "1 trên 1 thành công" in technician.get(f"/firmware/rollouts/{rollout.id}/figures").text
    assert "1 / 3" in technician.get("/firmware").text


def test_a_rollout_elsewhere_is_not_there(console: Console) -> None:
    rollout = rollouts.planned(console)
    assert console.client("far-operator").get(f"/firmware/rollouts/{rollout.id}").status_code == 404
