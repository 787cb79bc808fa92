"""Roll-outs from the signed package to the last device, and no further than the canary if the image is bad."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from cms.areas.repository import Places
from cms.firmware.repository import FirmwareRecords
from cms.firmware.service import driver, packages, rollouts
from cms.firmware.service.rollouts import RolloutDraft
from cms.fleet.repository.devices import Devices
from cms.platform.store.uow import UnitOfWork
from devices.firmware.model import IN_FLIGHT, ImageId, MemberState, RolloutId, RolloutState, Wave
from devices.model import DeviceId
from devices.protocol.messages import Ack, Command, CommandType, ExecutionState
from firmware_sim.storage.firmware_image import Behaviour
from province.areas import AreaId
from province.errors import ConflictError, InvalidError, NotAllowedError, NotPossibleError
from tests.builders.calls import call_of
from tests.integration.gateway import alarms
from tests.integration.gateway.firmware_fleet import AN, BINH, Fleet
from tests.integration.gateway.station import TINH, Station


@pytest.fixture
def fleet(station: Station) -> Fleet:
    return Fleet(station)


def test_a_good_image_reaches_everybody(fleet: Fleet) -> None:
    rollout = fleet.plan(fleet.upload(), fleet.upload("m2"))
    fleet.start(rollout)
    assert fleet.run_until(rollout, RolloutState.HELD) is RolloutState.HELD
    canary = [each for each in fleet.members(rollout).values() if each.wave is Wave.CANARY]
    assert {each.state for each in canary} == {MemberState.DONE}
    assert {fleet.boxes[each.device_id].model for each in canary} == {"m1", "m2"}
    fleet.release(rollout)
    assert fleet.run_until(rollout, RolloutState.DONE) is RolloutState.DONE
    assert fleet.standing(rollout) == {MemberState.DONE: 40}
    assert {box.birth_number for box in fleet.boxes.values()} == {2}
    assert [name for name in fleet.events() if name != "rollout.device_settled"] == [
        "rollout.planned",
        "rollout.started",
        "rollout.canary_passed",
        "rollout.released",
        "rollout.wave_begun",
        "rollout.wave_begun",
        "rollout.wave_begun",
        "rollout.finished",
    ]


@pytest.mark.parametrize("behaviour", [each for each in Behaviour if each is not Behaviour.GOOD])
def test_a_bad_image_stops_at_the_canary(fleet: Fleet, behaviour: Behaviour) -> None:
    rollout = fleet.plan(fleet.upload(behaviour=behaviour))
    fleet.start(rollout)
    assert fleet.run_until(rollout, RolloutState.STOPPED, RolloutState.HELD) is RolloutState.STOPPED
    assert fleet.rollout(rollout.id).stop_code == "GATE"
    members = fleet.members(rollout).values()
    assert {each.wave for each in members if each.attempt} == {Wave.CANARY}
    assert {box.birth_number for box in fleet.boxes.values()} == {1}
    fleet.run(30)
    assert fleet.standing(rollout)[MemberState.WAITING] == len(members) - 1


def test_of_every_commune_somebody_speaks_on(fleet: Fleet) -> None:
    rollout = fleet.plan(fleet.upload(), fleet.upload("m2"))
    fleet.start(rollout)
    fleet.run_until(rollout, RolloutState.HELD)
    fleet.release(rollout)
    while fleet.rollout(rollout.id).state is RolloutState.WAVES:
        fleet.run(1)
        away = {name for name, each in fleet.members(rollout).items() if each.state in IN_FLIGHT}
        for parity in (0, 1):
            commune = {name for number, name in enumerate(sorted(fleet.boxes)) if number % 2 == parity}
            assert commune - away


def test_only_a_second_person_lets_it_go_beyond_the_canary(fleet: Fleet) -> None:
    rollout = fleet.plan(fleet.upload())
    fleet.start(rollout)
    fleet.run_until(rollout, RolloutState.HELD)
    with pytest.raises(NotAllowedError, match="OWN_ROLLOUT"):
        rollouts.release(fleet.context.uow(), rollout.id, **fleet.who(rollout, AN))
    fleet.run(60)
    assert {each.wave for each in fleet.members(rollout).values() if each.attempt} == {Wave.CANARY}


def test_what_is_stopped_is_taken_back_from_whoever_has_not_begun(fleet: Fleet) -> None:
    image = fleet.upload()
    rollout = fleet.plan(image)
    fleet.start(rollout)
    fleet.station.pass_by(minutes=1)
    fleet.desk.step()
    (found,) = fleet.due()
    rollouts.stop(fleet.context.uow(), rollout.id, why="Lỗi tiếng", **fleet.who(rollout))
    fleet.relay.send_letters()
    letters = [each for each in fleet.link.published if each.topic.endswith(f"{found}/cmd")]
    assert [letter.read(Command).type for letter in letters] == [CommandType.CANCEL] * 2
    fleet.run(5)
    assert fleet.boxes[found].birth_number == 1


def test_a_pause_tells_nobody_until_somebody_resumes(fleet: Fleet) -> None:
    rollout = fleet.plan(fleet.upload())
    fleet.start(rollout)
    rollouts.pause(fleet.context.uow(), rollout.id, **fleet.who(rollout))
    with pytest.raises(NotPossibleError):
        rollouts.pause(fleet.context.uow(), rollout.id, **fleet.who(rollout))
    fleet.run(20)
    assert fleet.standing(rollout) == {MemberState.WAITING: 36}
    rollouts.pause(fleet.context.uow(), rollout.id, is_paused=False, **fleet.who(rollout, BINH))
    assert fleet.run_until(rollout, RolloutState.HELD) is RolloutState.HELD
    assert fleet.events()[2:4] == ["rollout.paused", "rollout.resumed"]


def test_whoever_steps_on_an_old_page_is_told(fleet: Fleet) -> None:
    rollout = fleet.plan(fleet.upload())
    old = fleet.who(rollout)
    fleet.start(rollout)
    with pytest.raises(ConflictError):
        rollouts.start(fleet.context.uow(), rollout.id, **old)


def test_a_device_is_in_one_open_rollout_at_a_time(fleet: Fleet) -> None:
    fleet.plan(fleet.upload())
    with pytest.raises(InvalidError, match="NOBODY_TO_TELL"):
        fleet.plan(fleet.upload(number=3), name="r2")


def test_a_rollout_needs_a_name_an_area_and_one_image_a_model(fleet: Fleet) -> None:
    first, second = fleet.upload(), fleet.upload(number=3)
    with pytest.raises(InvalidError) as refused:
        rollouts.plan(
            fleet.context.uow(),
            RolloutId("r9"),
            draft=RolloutDraft(AreaId("nowhere"), (first.id, second.id), " "),
            call=call_of(AN, fleet.station.now),
        )
    assert {problem.code for problem in refused.value.problems} == {"MISSING", "MODEL_TWICE"}
    assert {problem.field for problem in refused.value.problems} == {"title", "area_id", "image_ids"}
    with pytest.raises(InvalidError):
        fleet.plan(replace(first, id=ImageId("unknown")))


def test_the_same_plan_again_is_the_same_and_somebody_elses_is_a_conflict(fleet: Fleet) -> None:
    image = fleet.upload()
    assert fleet.plan(image) == fleet.plan(image)
    with pytest.raises(ConflictError):
        rollouts.plan(
            fleet.context.uow(),
            RolloutId("r1"),
            draft=RolloutDraft(TINH, (image.id,), "Bản"),
            call=call_of(BINH, fleet.station.now),
        )


def test_nobody_is_told_near_an_item(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    rollout = fleet.plan(fleet.upload())
    fleet.start(rollout)
    with fleet.context.uow() as unit:
        everywhere = frozenset(area.id for area in unit[Places].tree())
    firmware = type(unit[FirmwareRecords])
    with monkeypatch.context() as patched:
        patched.setattr(firmware, "near_item", lambda *_: everywhere)
        fleet.run(5)
    assert fleet.standing(rollout) == {MemberState.WAITING: 36}
    fleet.run(2)
    assert MemberState.WAITING in fleet.standing(rollout)
    assert len(fleet.standing(rollout)) == 2


def test_nobody_is_told_in_an_alert(fleet: Fleet) -> None:
    rollout = fleet.plan(fleet.upload())
    fleet.start(rollout)
    order = alarms.issued(fleet.station)
    fleet.desk.step()
    assert fleet.standing(rollout) == {MemberState.WAITING: 36}
    alarms.ended(fleet.station, order)
    fleet.desk.step()
    assert fleet.standing(rollout) == {MemberState.WAITING: 35, MemberState.SENT: 1}


@pytest.mark.parametrize("is_revoked", [False, True], ids=["retired", "revoked"])
def test_who_retires_or_is_revoked_meanwhile_is_not_waited_for(fleet: Fleet, is_revoked: bool) -> None:
    rollout = fleet.plan(fleet.upload())
    fleet.start(rollout)
    (canary,) = (name for name, each in fleet.members(rollout).items() if each.wave is Wave.CANARY)
    put_out_of_service(fleet, canary, is_revoked=is_revoked)
    fleet.run(1)
    assert fleet.members(rollout)[canary].state is MemberState.LEFT
    assert fleet.rollout(rollout.id).stop_code == "UNHEARD"


def test_a_revoked_device_is_in_no_wave(fleet: Fleet) -> None:
    put_out_of_service(fleet, "box-001", is_revoked=True)
    members = fleet.members(fleet.plan(fleet.upload()))
    assert "box-001" not in members
    assert "box-003" in members


def put_out_of_service(fleet: Fleet, device_id: str, *, is_revoked: bool) -> None:
    """Retire the device, or revoke its certificate."""
    with fleet.context.uow() as unit:
        found = unit[Devices].get(DeviceId(device_id))
        retired_at = None if is_revoked else fleet.station.now
        unit[Devices].save(replace(found, retired_at=retired_at, revoked=is_revoked))
        unit.commit()


def ack(cid: str, standing: ExecutionState, fw: str = "") -> Ack:
    return Ack(v=1, st=standing, ts=0, n=1, boot="b", cid=cid, fw=fw)


def test_success_told_by_an_image_that_is_not_the_new_one_is_none(fleet: Fleet) -> None:
    rollout = fleet.plan(fleet.upload())
    device = next(iter(fleet.members(rollout)))
    with fleet.context.uow() as unit:
        driver.answered(unit, DeviceId(device), ack("fw-r1-1", ExecutionState.DONE, "m1-1"), fleet.station.now)
        driver.answered(unit, DeviceId(device), ack("fw-r1-x", ExecutionState.DONE, "m1-2"), fleet.station.now)
        driver.answered(unit, DeviceId(device), ack("fw-r2-1", ExecutionState.DONE, "m1-2"), fleet.station.now)
        unit.commit()
    assert fleet.members(rollout)[device].state is MemberState.WAITING
    with fleet.context.uow() as unit:
        driver.answered(unit, DeviceId(device), ack("fw-r1-1", ExecutionState.DONE, "m1-2"), fleet.station.now)
        unit.commit()
    assert fleet.members(rollout)[device].state is MemberState.DONE


def test_a_gateway_that_dies_after_telling_tells_the_same_again(fleet: Fleet) -> None:
    rollout = fleet.plan(fleet.upload())
    fleet.start(rollout)
    fleet.station.pass_by(minutes=1)
    fleet.desk.step()
    before = fleet.members(rollout)
    fleet.desk.step()
    assert fleet.members(rollout) == before
    assert len(fleet.due()) == 1
    fleet.link.is_ready = False
    fleet.relay.send_letters()
    assert len(fleet.due()) == 1
    fleet.link.is_ready = True
    fleet.run(1)
    assert fleet.due() == []
    assert fleet.run_until(rollout, RolloutState.HELD) is RolloutState.HELD


def test_an_order_that_waited_too_long_in_the_outbox_is_not_sent(fleet: Fleet) -> None:
    rollout = fleet.plan(fleet.upload())
    fleet.start(rollout)
    fleet.station.pass_by(minutes=1)
    fleet.desk.step()
    fleet.station.clock[0] += timedelta(hours=7)
    fleet.relay.send_letters()
    assert fleet.due() == []
    assert not [each for each in fleet.link.published if each.topic.endswith("/cmd")]


def test_a_package_is_taken_in_once_and_only_if_somebody_vouches_for_it(fleet: Fleet) -> None:
    image = fleet.upload()
    assert fleet.upload() == image
    with pytest.raises(InvalidError, match="IMAGE_NUMBER_TAKEN"):
        fleet.upload(behaviour=Behaviour.HANG)
    assert image.bytes < packages.PACKAGE_MAX_BYTES


def test_a_province_is_looked_at_without_the_write_lock(fleet: Fleet) -> None:
    rollout = fleet.plan(fleet.upload())
    fleet.start(rollout)
    order = alarms.issued(fleet.station)
    with fleet.context.engine.connect() as connection:
        wrote = connection.exec_driver_sql("PRAGMA data_version").scalar()
        with fleet.context.uow():
            # The write lock is held, as by an alert's approval: no step is due, and none waits for the lock.
            driver.step(fleet.context.uow, rollout.id, now=fleet.station.now)
        assert connection.exec_driver_sql("PRAGMA data_version").scalar() == wrote
    alarms.ended(fleet.station, order)
    fleet.desk.step()
    assert fleet.standing(rollout) == {MemberState.WAITING: 35, MemberState.SENT: 1}


class Between:
    """Units of work with a concurrent change between the read and the write."""

    def __init__(self, fleet: Fleet, act: Callable[[], object]) -> None:
        self.engine = fleet.context.engine
        self.reading = fleet.context.uow.reading
        self._uow = fleet.context.uow
        self._act: Callable[[], object] | None = act

    def __call__(self) -> UnitOfWork:
        act, self._act = self._act, None
        if act is not None:
            act()
        return self._uow()


def test_nobody_is_told_of_what_was_paused_while_it_was_looked_at(fleet: Fleet) -> None:
    rollout = fleet.plan(fleet.upload())
    fleet.start(rollout)
    paused = Between(fleet, lambda: rollouts.pause(fleet.context.uow(), rollout.id, **fleet.who(rollout)))
    with pytest.raises(ConflictError):
        driver.step(paused, rollout.id, now=fleet.station.now)  # type: ignore[arg-type] # as the factory is called
    assert fleet.standing(rollout) == {MemberState.WAITING: 36}
    assert fleet.due() == []


def test_nobody_is_told_in_an_alert_that_came_while_it_was_looked_at(fleet: Fleet) -> None:
    rollout = fleet.plan(fleet.upload())
    fleet.start(rollout)
    alerted = Between(fleet, lambda: alarms.issued(fleet.station))
    driver.step(alerted, rollout.id, now=fleet.station.now)  # type: ignore[arg-type] # as the factory is called
    assert fleet.standing(rollout) == {MemberState.WAITING: 36}


def test_who_is_silent_for_too_long_is_written_down_a_piece_at_a_time(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "A_PIECE", 10)
    rollout = fleet.plan(fleet.upload())
    fleet.start(rollout)
    fleet.station.clock[0] += timedelta(days=4)
    pieces: list[int] = []
    hook = lambda _: pieces.append(fleet.standing(rollout).get(MemberState.UNHEARD, 0))  # noqa: E731 - a hook
    fleet.context.uow.hooks.append(hook)
    fleet.desk.step()
    fleet.context.uow.hooks.remove(hook)
    assert pieces == sorted(pieces)
    assert fleet.rollout(rollout.id).stop_code == "UNHEARD"
