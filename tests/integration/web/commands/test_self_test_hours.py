"""Audible self-tests: an hour that two people agree on, and the commands to devices then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import time

import pytest
from flask.testing import FlaskClient

from broadcast.scheduling.area_rules import AreaRules, QuietWindow
from cms.areas.repository import Places
from cms.audit.queries import events_of
from cms.commands.jobs import SelfTester
from cms.commands.messages import CommandPublisher
from cms.commands.repository import AreaTestHours, CommandBatches, DeviceCommands
from cms.fleet.queries.presence import StatusTable
from cms.fleet.repository.devices import Devices
from cms.platform.store.engine import reading
from devices.commands.lifecycle import after
from devices.commands.model import BatchState, CommandStep, RemoteCommand
from devices.model import DeviceId, DeviceKind, DeviceStatus
from devices.protocol.messages import TestResult
from tests.builders import commands as command_builders
from tests.builders.commands import LOA_1, LOA_2, LOA_3
from tests.console import COMMUNE, FAR_COMMUNE, Console, post
from tests.fakes.recording_link import RecordingLink

HERE = "/maintenance/self-tests"
FORM: dict[str, object] = {"area": COMMUNE, "at": "14:30", "reason": "Kiểm tra hằng tháng", "act": "ask"}


@pytest.fixture
def technician(console: Console) -> FlaskClient:
    return console.client("technician")


@pytest.fixture
def admin(console: Console) -> FlaskClient:
    return console.client("admin")


def connect(console: Console, device_ids: Iterable[DeviceId] = (LOA_1, LOA_2, LOA_3)) -> None:
    with console.context.uow() as unit:
        presence = StatusTable(unit.session, list(device_ids))
        for device_id in device_ids:
            presence.report(DeviceStatus(device_id, online=True, conn=9, seen_at=console.clock(), firmware="1"))
        presence.flush()
        unit.commit()


def step(console: Console) -> int:
    context = console.context
    return SelfTester(context.uow, context.now, context.new_id).step()


def asked(console: Console) -> list[RemoteCommand]:
    with reading(console.context.engine) as session:
        return list(DeviceCommands(session).open())


def answer(console: Console, *, test: TestResult | None) -> None:
    """Complete all open remote commands with the test result, or fail them where there is none."""
    with console.context.uow() as unit:
        commands = unit[DeviceCommands]
        for old in commands.held([each.id for each in commands.open()]).values():
            done = after(old, CommandStep.FINISH if test else CommandStep.FAIL, console.clock(), code="")
            assert done is not None
            commands.save([replace(done, test=test)])
        unit.commit()


def settled(console: Console, technician: FlaskClient, admin: FlaskClient) -> None:
    connect(console)
    post(technician, HERE, FORM)
    post(admin, f"{HERE}/{COMMUNE}/agree", {"version": "1"})
    console.clock.pass_by(hours=5, minutes=30)  # 14:30


def test_an_hour_is_settled_by_two_people_and_ended_by_one(
    console: Console, technician: FlaskClient, admin: FlaskClient
) -> None:
    assert "Chưa nơi nào chọn giờ" in technician.get(HERE).text
    assert post(technician, HERE, FORM).status_code == 302
    page = technician.get(HERE).text
    assert "chờ người thứ hai" in page
    assert "Đồng ý" not in page
    assert post(technician, f"{HERE}/{COMMUNE}/agree", {"version": "1"}).status_code == 403
    assert "Đồng ý" in admin.get(HERE).text
    assert post(admin, f"{HERE}/{COMMUNE}/agree", {"version": "7"}).status_code == 409
    assert post(admin, f"{HERE}/{COMMUNE}/agree", {"version": "x"}).status_code == 409
    assert post(admin, f"{HERE}/{COMMUNE}/agree", {"version": "1"}).status_code == 302
    assert "đang dùng" in technician.get(HERE).text
    assert post(admin, f"{HERE}/{COMMUNE}/agree", {"version": "2"}).status_code == 409
    assert post(technician, HERE, {**FORM, "act": "end", "at": ""}).status_code == 302
    assert "không kiểm tra" in technician.get(HERE).text
    with reading(console.context.engine) as session:
        names = [each.name for each in events_of(session, COMMUNE)]
    assert sorted(name for name in names if name.startswith("self_test_hour")) == [
        "self_test_hour.approved",
        "self_test_hour.ended",
        "self_test_hour.requested",
    ]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reason": " "}, "Cần điền mục này."),
        ({"at": ""}, "Cần điền mục này."),
        ({"at": "25:00"}, "Giờ không đúng."),
        ({"at": "21:00"}, "là giờ yên tĩnh"),
        ({"at": "04:30"}, "là giờ yên tĩnh"),
        ({"area": ""}, "Cần điền mục này."),
        ({"area": "khong-co"}, "Không có địa bàn mã khong-co."),
    ],
)
def test_what_cannot_be_so_is_said_and_nothing_typed_is_lost(
    technician: FlaskClient, changes: dict[str, object], sentence: str
) -> None:
    refused = post(technician, HERE, {**FORM, **changes})
    assert refused.status_code == 422
    assert sentence in refused.text
    assert str({**FORM, **changes}["at"]) in refused.text


def test_whoever_manages_nothing_there_settles_nothing(console: Console) -> None:
    far = console.client("far-operator")
    assert post(far, HERE, {**FORM, "area": FAR_COMMUNE}).status_code == 403
    assert post(console.client("station"), f"{HERE}/{COMMUNE}/agree", {"version": "1"}).status_code in {403, 404}


def test_each_day_its_share_sounds_once_and_who_was_tested_is_left_in_peace(
    console: Console, technician: FlaskClient, admin: FlaskClient
) -> None:
    settled(console, technician, admin)
    console.clock.pass_by(minutes=-1)
    assert step(console) == 0
    console.clock.pass_by(minutes=1)
    assert step(console) == 1
    assert step(console) == 0  # another process, or the next minute
    (first,) = asked(console)
    assert first.arguments.is_audible
    with reading(console.context.engine) as session:
        batch = CommandBatches(session).get(first.batch_id)
    assert (batch.state, batch.asked_by, batch.agreed_by_name) == (
        BatchState.RUNNING,
        console.actor("technician").user_id,
        console.actor("admin").name,
    )
    assert CommandPublisher(console.context, RecordingLink()).send() == 1
    answer(console, test=TestResult(audible=True, amp_ma=300, spk="ok"))
    seen = {first.device_id}
    for _ in range(2):
        console.clock.pass_by(hours=24)
        assert step(console) == 1
        seen |= {each.device_id for each in asked(console)}
        answer(console, test=TestResult(audible=True, amp_ma=300, spk="ok"))
    assert seen == {LOA_1, LOA_2, LOA_3}
    console.clock.pass_by(hours=24)
    assert step(console) == 0
    console.clock.pass_by(hours=24 * 26)
    assert step(console) == 1


def test_a_device_that_refused_has_not_been_tested(
    console: Console, technician: FlaskClient, admin: FlaskClient
) -> None:
    settled(console, technician, admin)
    step(console)
    (first,) = asked(console)
    answer(console, test=None)
    console.clock.pass_by(hours=24)
    step(console)
    assert [each.device_id for each in asked(console)] == [first.device_id]


def test_who_is_away_worked_on_put_aside_or_has_nothing_to_sound_with_is_passed_over(
    console: Console, technician: FlaskClient, admin: FlaskClient
) -> None:
    settled(console, technician, admin)
    with console.context.uow() as unit:
        unit[Devices].save(replace(unit[Devices].get(LOA_2), quarantined=True))
        unit[Devices].save(replace(unit[Devices].get(LOA_3), kind=DeviceKind.BOARD))
        unit.commit()
    command_builders.window(console, device_id=LOA_1)
    assert step(console) == 0
    console.clock.pass_by(hours=24)
    assert step(console) == 1
    assert [each.device_id for each in asked(console)] == [LOA_1]


def test_it_is_silent_where_it_is_quiet_by_now(console: Console, technician: FlaskClient, admin: FlaskClient) -> None:
    settled(console, technician, admin)
    with console.context.uow() as unit:
        unit[Places].set_rules(COMMUNE, AreaRules(quiet=(QuietWindow(time(14, 40), time(15)),)))
        unit.commit()
    assert step(console) == 0
    console.clock.pass_by(minutes=40)
    assert step(console) == 1


def test_an_hour_that_is_ended_between_two_looks_asks_nobody(
    console: Console, technician: FlaskClient, admin: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled(console, technician, admin)
    with monkeypatch.context() as patch:
        patch.setattr(AreaTestHours, "find", lambda *_: None)
        assert step(console) == 0
    assert asked(console) == []
