"""Limit on devices that one person shuts off at once, and its notice."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from cms.health.repository.notices import Notices
from devices.health.kinds import FaultKind
from tests.builders import alerts, faults
from tests.console import COMMUNE, FAR_COMMUNE, Console, post

AT_ONCE: dict[str, object] = {"at_once": "yes", "doubt": "yes"}


@pytest.fixture
def technician(console: Console) -> FlaskClient:
    return console.client("technician")


def test_by_one_persons_word_only_so_many_are_shut_off_within_an_hour(
    console: Console, technician: FlaskClient
) -> None:
    console.set(at_once_devices_max=2)
    first, second, third = (f"/devices/{COMMUNE}-l0{number}/identity/quarantine" for number in (1, 2, 3))
    elsewhere = f"/devices/{FAR_COMMUNE}-l01/identity/quarantine"
    form = {**AT_ONCE, "why": "Phát tiếng lạ"}
    for path in (first, second):
        assert post(technician, path, form).status_code == 302
    for path in (third, elsewhere):
        refused = post(technician, path, form)
        assert (refused.status_code, "Trong một giờ chỉ được khóa ngay 2 thiết bị" in refused.text) == (422, True)
    admin = console.client("admin")
    assert post(admin, third, form).status_code == 422  # another person, the same area
    assert post(admin, elsewhere, form).status_code == 302
    assert (
        post(technician, third, {"doubt": "no", "why": "Phát tiếng lạ"}).status_code == 302
    )  # it waits for another person
    console.clock.pass_by(minutes=61)
    assert post(console.client("technician"), third, form).status_code == 302


def test_what_the_server_sees_astray_is_shut_off_without_a_bound(console: Console, technician: FlaskClient) -> None:
    console.set(at_once_devices_max=0)
    path, form = f"/devices/{COMMUNE}-l01/identity/quarantine", {**AT_ONCE, "why": "Phát tiếng lạ"}
    assert post(technician, path, form).status_code == 422
    faults.fault(console, FaultKind.SOUND_UNORDERED)
    assert post(technician, path, form).status_code == 302


def test_whoever_is_on_call_is_told_what_was_shut_off_at_once(console: Console, technician: FlaskClient) -> None:
    faults.duty(console)
    post(technician, f"/devices/{COMMUNE}-l01/identity/quarantine", {**AT_ONCE, "why": "Phát tiếng lạ"})
    with console.context.uow() as uow:
        [letter] = uow[Notices].all()
    assert "Khóa tiếng ngay" in letter.title
    assert "Lý do: Phát tiếng lạ" in letter.text
    assert "Technician" in letter.text
    alerts.staff(console)
    assert "1 thiết bị đang bị khóa tiếng" in console.client(alerts.OFFICER).get("/").text
    assert "thiết bị đang bị khóa tiếng" not in console.client("station").get("/").text


def test_why_a_device_is_shut_off_is_asked_with_all_else_that_is_missing(
    console: Console, technician: FlaskClient
) -> None:
    path = f"/devices/{COMMUNE}-l01/identity"
    refused = post(technician, f"{path}/quarantine", {"why": " "})
    assert refused.status_code == 422
    assert "Hãy chọn vì sao khóa tiếng" in refused.text
    assert "Cần điền mục này." in refused.text
    kept = post(technician, f"{path}/quarantine", {"why": "Kêu rè cả đêm"}).text
    assert 'value="Kêu rè cả đêm"' in kept
    many = {"kind": "quarantine", "ids": f"{COMMUNE}-l01", "reason": "Rè", "act": "preview", "key": "m" * 26}
    assert "Hãy chọn vì sao khóa tiếng" in post(technician, "/commands/new", many).text


@pytest.mark.parametrize(("doubt", "passes"), [("no", True), ("yes", False)])
def test_alerts_pass_unless_the_key_may_be_in_other_hands(
    console: Console, technician: FlaskClient, doubt: str, *, passes: bool
) -> None:
    alerts.staff(console)
    form: dict[str, object] = {"at_once": "yes", "doubt": doubt, "why": "Kêu rè cả đêm"}
    assert post(technician, f"/devices/{COMMUNE}-l01/identity/quarantine", form).status_code == 302
    for page in ("", "/identity"):
        text = technician.get(f"/devices/{COMMUNE}-l01{page}").text
        assert ("chỉ phát cảnh báo khẩn cấp" in text) is passes
        assert ("không phát gì, kể cả cảnh báo" in text) is not passes
    officers = console.client(alerts.OFFICER).get("/").text
    assert ("1 thiết bị đang bị khóa tiếng, không phát cả cảnh báo" in officers) is not passes


def test_where_the_server_sees_the_key_in_other_hands_the_page_says_that_no_alert_passes(
    console: Console, technician: FlaskClient
) -> None:
    path = f"/devices/{COMMUNE}-l01/identity"
    faults.fault(console, FaultKind.TRESPASSES)
    assert "Vì vậy cảnh báo khẩn cấp cũng không phát." in technician.get(path).text
    post(technician, f"{path}/quarantine", {"at_once": "yes", "doubt": "no", "why": "Kêu rè"})
    assert "không phát gì, kể cả cảnh báo" in technician.get(path).text
