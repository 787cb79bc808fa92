"""Remote commands and maintenance windows in both databases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cms.areas.repository import Places
from cms.commands.queries import batches, commands_of, counts, history, sounded_since, waiting
from cms.commands.repository import AreaTestHours, CommandBatches, DeviceCommands, MaintenanceRecords
from cms.fleet.repository.devices import Devices
from devices.commands.model import (
    Arguments,
    Batch,
    BatchDanger,
    BatchExclusion,
    BatchId,
    BatchState,
    CommandId,
    CommandKind,
    CommandState,
    Omission,
    RemoteCommand,
    Window,
    WindowId,
)
from devices.commands.self_tests import TestHour
from devices.model import DeviceId
from devices.protocol.messages import LogPart, TestResult
from province.areas import Area, AreaId
from province.errors import ConflictError, NotFoundError
from tests.fakes.programme import NOW, device

XA, XA_2 = AreaId("xa-1"), AreaId("xa-2")
LOA_1, LOA_2 = DeviceId("xa-1-l1"), DeviceId("xa-1-l2")
SHA, OTHER = "ab" * 32, "cd" * 32


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine, autoflush=False) as made:
        places = Places(made)
        places.add([Area(area, area, "commune", None, date(2000, 1, 1)) for area in (XA, XA_2)])
        Devices(made, places).add_many([device(LOA_1, XA), device(LOA_2, XA)])
        made.flush()
        yield made


def batch(name: str = "b1", **fields: object) -> Batch:
    made = Batch(
        id=BatchId(name),
        kind=CommandKind.SELFTEST,
        arguments=Arguments(is_audible=True),
        reason="Dân báo loa rè",
        device_ids=(LOA_1, LOA_2),
        area_ids=(XA,),
        left_out=(Omission(DeviceId("xa-1-l9"), BatchExclusion.ON_AIR),),
        dangers=(BatchDanger.AUDIBLE_SEVERAL,),
        asked_by="u1",
        asked_by_name="Kỹ thuật",
        asked_at=NOW,
        state=BatchState.RUNNING,
    )
    return replace(made, **fields)  # type: ignore[arg-type] # each test names fields


def command(name: str, of: str = "b1", device_id: DeviceId = LOA_1, **fields: object) -> RemoteCommand:
    made = RemoteCommand(
        id=CommandId(name),
        batch_id=BatchId(of),
        device_id=device_id,
        device_name="Cụm loa",
        area_id=XA,
        kind=CommandKind.SELFTEST,
        arguments=Arguments(is_audible=True),
        queued_at=NOW,
        expires_at=NOW + timedelta(hours=1),
    )
    return replace(made, **fields)  # type: ignore[arg-type] # each test names fields


def part(n: int, of: int = 2, sha256: str = SHA, data: bytes = b"x") -> LogPart:
    return LogPart(v=1, ts=0, cid="c1", sha256=sha256, n=n, of=of, data=data)


def test_a_batch_is_read_as_it_was_asked_and_changed_by_its_version(session: Session) -> None:
    kept = CommandBatches(session)
    kept.add(batch(state=BatchState.WAITING))
    assert kept.get(BatchId("b1")) == batch(state=BatchState.WAITING)
    ended = batch(version=2, state=BatchState.ABORTED, ended_at=NOW, ended_why="Nhầm xã")
    kept.save(ended)
    assert kept.get_many([BatchId("b1"), BatchId("none")]) == {"b1": ended}
    with pytest.raises(ConflictError):
        kept.save(ended)
    with pytest.raises(NotFoundError):
        kept.get(BatchId("none"))


def test_what_waits_too_long_and_what_is_over_is_found(session: Session) -> None:
    kept, commands = CommandBatches(session), DeviceCommands(session)
    kept.add(batch("waits", state=BatchState.WAITING))
    for name, state in (("runs", CommandState.SENT), ("over", CommandState.DONE)):
        kept.add(batch(name))
        commands.add([command(f"{name}-1", name, state=CommandState.FAILED), command(f"{name}-2", name, state=state)])
    assert [each.id for each in kept.waiting_since(NOW)] == ["waits"]
    assert kept.waiting_since(NOW - timedelta(seconds=1)) == []
    assert [each.id for each in kept.over()] == ["over"]
    assert [each.id for each in waiting(session)] == ["waits"]


def test_what_is_queued_is_what_still_holds_of_batches_that_run(session: Session) -> None:
    kept, commands = CommandBatches(session), DeviceCommands(session)
    kept.add(batch())
    kept.add(batch("b2", state=BatchState.ABORTED))
    commands.add(
        [
            command("c1"),
            command("c2", state=CommandState.SENT),
            command("c3", expires_at=NOW),
            command("c4", of="b2"),
            command("c5"),
        ]
    )
    assert [each.id for each in commands.queued(NOW, 9)] == ["c1", "c5"]
    assert [each.id for each in commands.queued(NOW, 1)] == ["c1"]
    assert [each.id for each in commands.open()] == ["c1", "c2", "c3", "c4", "c5"]
    assert commands.not_sent(BatchId("b1")) == ["c1", "c3", "c5"]


def test_a_command_is_changed_as_a_whole(session: Session) -> None:
    CommandBatches(session).add(batch())
    commands = DeviceCommands(session)
    commands.add([command("c1"), command("c2", device_id=LOA_2, state=CommandState.DONE)])
    assert set(commands.held([], {LOA_1, LOA_2})) == {"c1"}
    assert set(commands.held([CommandId("c2"), CommandId("none")])) == {"c2"}
    assert commands.held([]) == {}
    done = command(
        "c1",
        state=CommandState.DONE,
        sends=2,
        sent_at=NOW,
        received_at=NOW,
        ended_at=NOW,
        boot="b7",
        test=TestResult(audible=True, amp_ma=800, mic_db=-20.5, spk="ok", line_ohm=8.0),
        log_sha256=SHA,
        log_bytes=12,
    )
    commands.save([done])
    assert commands.get(CommandId("c1")) == done
    with pytest.raises(NotFoundError):
        commands.get(CommandId("none"))


def test_a_log_is_whole_when_all_its_parts_are_there_however_they_came(session: Session) -> None:
    CommandBatches(session).add(batch())
    commands = DeviceCommands(session)
    commands.add([command("c1")])
    assert commands.keep_part(part(1, data=b"b")) is None
    assert commands.keep_part(part(1, data=b"b")) is None
    assert commands.keep_part(part(0, data=b"a")) == b"ab"
    # Sent again with another hash, it is another log.
    assert commands.keep_part(part(0, sha256=OTHER)) is None
    commands.drop_parts([CommandId("c1")])
    commands.drop_parts([])
    assert commands.keep_part(part(1, sha256=OTHER)) is None


def test_people_see_batches_their_counts_and_a_devices_history(session: Session) -> None:
    kept, commands = CommandBatches(session), DeviceCommands(session)
    for minute in range(3):
        asked_at = NOW + timedelta(minutes=minute)
        kept.add(batch(f"b{minute}", asked_at=asked_at))
        commands.add([command(f"c{minute}-1", f"b{minute}", queued_at=asked_at)])
    commands.add([command("c0-2", "b0", LOA_2, state=CommandState.DONE)])
    first = batches(session, None, "u1", limit=2)
    assert [each.id for each in first.rows] == ["b2", "b1"]
    rest = batches(session, None, "u1", after=first.next_cursor, limit=2)
    assert ([each.id for each in rest.rows], rest.next_cursor) == (["b0"], "")
    found = counts(session, [BatchId("b0"), BatchId("none")])
    assert found == {"b0": Counter({CommandState.QUEUED: 1, CommandState.DONE: 1}), "none": Counter()}
    page = commands_of(session, BatchId("b0"), limit=1)
    assert [each.id for each in page.rows] == ["c0-1"]
    assert [each.id for each in commands_of(session, BatchId("b0"), after=page.next_cursor).rows] == ["c0-2"]
    assert [each.id for each in commands_of(session, BatchId("b0"), state=CommandState.DONE).rows] == ["c0-2"]
    assert [(each.id, of.id) for each, of in history(session, LOA_1, 2)] == [("c2-1", "b2"), ("c1-1", "b1")]


def test_a_page_is_full_of_what_may_be_seen_however_much_lies_between(session: Session) -> None:
    for number in range(9):
        area = XA if number in {0, 8} else XA_2
        asked_by = "far" if number == 1 else "u1"
        at = NOW + timedelta(minutes=number)
        CommandBatches(session).add(batch(f"b{number}", area_ids=(area,), asked_by=asked_by, asked_at=at))
    first = batches(session, [XA], "far", limit=2)
    assert [each.id for each in first.rows] == ["b8", "b1"]
    assert [each.id for each in batches(session, [XA], "far", after=first.next_cursor, limit=2).rows] == ["b0"]
    assert [each.id for each in batches(session, [], "far").rows] == ["b1"]


def window(name: str = "w1", **fields: object) -> Window:
    made = Window(
        id=WindowId(name),
        device_id=None,
        area_id=XA,
        from_at=NOW,
        until_at=NOW + timedelta(hours=1),
        reason="Thay bình",
        by="u1",
        by_name="Kỹ thuật",
        at=NOW,
    )
    return replace(made, **fields)  # type: ignore[arg-type] # each test names fields


def test_a_window_covers_until_it_ends_or_is_ended_once(session: Session) -> None:
    kept, tree = MaintenanceRecords(session), Places(session).tree()
    kept.add(window())
    kept.add(window("w2", device_id=LOA_2, area_id=XA_2, from_at=NOW + timedelta(minutes=30)))
    now = NOW + timedelta(minutes=1)
    assert kept.in_force(now, tree).covers(LOA_1, XA, now)
    assert not kept.in_force(now, tree).covers(LOA_2, XA_2, now)
    later = NOW + timedelta(minutes=40)
    assert kept.in_force(later, tree).covers(LOA_2, XA_2, later)
    assert [each.id for each in kept.ahead({XA, XA_2}, now)] == ["w1", "w2"]
    assert [each.id for each in kept.ahead({XA_2}, now)] == ["w2"]
    ended = window(ended_at=now, ended_by_name="Kỹ thuật")
    assert kept.end(ended)
    assert not kept.end(ended)
    assert kept.get(WindowId("w1")) == ended
    assert not kept.in_force(now, tree).covers(LOA_1, XA, now)
    with pytest.raises(NotFoundError):
        kept.get(WindowId("none"))


def test_an_hour_of_tests_is_changed_by_whoever_saw_its_present_version(session: Session) -> None:
    hours = AreaTestHours(session)
    asked = TestHour(area_id=XA, at=time(14, 30), reason="r", asked_by="a", asked_by_name="A", asked_at=NOW)
    assert (hours.all(), hours.find(XA)) == ({}, None)
    with pytest.raises(NotFoundError):
        hours.get(XA)
    hours.put(asked)
    agreed = replace(asked, version=2, agreed_by="b", agreed_by_name="B", agreed_at=NOW)
    hours.put(agreed)
    session.expire_all()
    assert hours.all() == {XA: agreed}
    with pytest.raises(ConflictError):
        hours.put(replace(asked, version=2, at=None))


def test_who_was_asked_to_sound_is_known_by_what_became_of_it(session: Session) -> None:
    CommandBatches(session).add(batch())
    loud = command("c1", device_id=LOA_1, state=CommandState.DONE, test=TestResult(audible=True, amp_ma=300))
    refused = command("c2", device_id=LOA_2, state=CommandState.FAILED, code="BUSY")
    DeviceCommands(session).add([loud, refused])
    assert sounded_since(session, NOW) == {LOA_1: loud.queued_at}
    assert sounded_since(session, NOW + timedelta(days=40)) == {}
    waiting_too = command("c3", device_id=LOA_2, arguments=Arguments(is_audible=False))
    DeviceCommands(session).add([waiting_too])
    assert LOA_2 not in sounded_since(session, NOW)
