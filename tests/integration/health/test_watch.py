from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from cms.fleet.repository.devices import Devices
from cms.health.repository.faults import FaultRecords, Supply
from cms.health.service.speak_labels import labels
from cms.health.service.ticket_dispatcher import Dispatcher
from cms.platform.store.engine import make_engine, reading
from cms.platform.store.tables import EventRow
from cms.platform.store.uow import UowFactory, make_uow_factory, new_ulid
from cms.tickets.queries import living_tickets
from devices.health.faults import Ending, FaultState
from devices.health.incidents import Cause, IncidentScope
from devices.health.kinds import FaultKind
from devices.health.notices import LETTERS_AN_HOUR, LETTERS_MOST, URGENT_EVERY, IncidentStage
from devices.health.speak_label import CanSpeak, SpeakLabel
from devices.tickets.model import Ticket
from province.areas import AreaId
from tests.databases import new_sqlite
from tests.integration.health.fleet import Fleet


def open_faults(fleet: Fleet) -> set[tuple[str, FaultKind]]:
    return {(fault.device_id, fault.kind) for fault in fleet.faults() if fault.is_open}


def events(fleet: Fleet) -> list[str]:
    with reading(fleet.units.engine) as session:
        return list(session.scalars(select(EventRow.name).where(EventRow.by == "health").order_by(EventRow.seq)))


def test_a_fault_is_stored_from_its_first_sign_to_its_end(fleet: Fleet) -> None:
    (box, *_) = fleet.devices(0)
    fleet.measure(box, spk="open")
    fleet.pass_by(2)
    (fault,) = fleet.faults()
    assert (fault.kind, fault.state) == (FaultKind.SPEAKER_OPEN, FaultState.PENDING)
    fleet.pass_by(30)
    assert open_faults(fleet) == {(box, FaultKind.SPEAKER_OPEN)}
    fleet.measure(box)
    fleet.pass_by(4)
    fleet.pass_by(600, every=60)
    (over,) = fleet.faults()
    assert (over.id, over.ending) == (fault.id, Ending.CLEARED)


def test_a_fault_that_is_told_of_has_a_ticket_which_says_when_it_is_over(fleet: Fleet) -> None:
    (box, *_) = fleet.devices(0)
    fleet.measure(box, spk="open")
    fleet.pass_by(400, every=40)
    assert Dispatcher(fleet.units, lambda: fleet.now, new_ulid).step() == 1
    fleet.measure(box)
    fleet.pass_by(4)
    fleet.pass_by(600, every=60)
    (fault,) = [each for each in fleet.faults() if each.kind is FaultKind.SPEAKER_OPEN]
    with reading(fleet.units.engine) as session:
        (line,) = living_tickets(session, None, 9)
    assert fault.closed_at is not None
    assert (line.ticket.fault_id, line.ticket.over_at) == (fault.id, fault.closed_at)
    assert events(fleet) == ["ticket.opened", "ticket.fault_ended"]


def test_a_watch_that_restarts_at_any_moment_sees_what_it_saw(fleet: Fleet) -> None:
    fleet.say(fleet.devices(0, 1), online=False)
    fleet.measure(fleet.devices(2)[0], door=True)
    for seconds in (2, 60, 70, 10):
        fleet.pass_by(seconds)
        before = (fleet.faults(), fleet.incidents())
        fleet.watch = fleet.new_watch()
        assert not fleet.watch.step()
        assert (fleet.faults(), fleet.incidents()) == before


def test_what_could_not_be_stored_is_found_again(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet.measure(fleet.devices(0)[0], self_test="tone")
    with monkeypatch.context() as broken:
        broken.setattr(FaultRecords, "save", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            fleet.watch.step()
    assert fleet.faults() == []
    fleet.watch.step()
    assert [fault.kind for fault in fleet.faults()] == [FaultKind.SELF_TEST_FAILED]


def test_a_feeder_is_named_where_it_explains_most(fleet: Fleet) -> None:
    hit = [*fleet.devices(0, 1), *fleet.devices(2)[:4]]
    with fleet.units() as unit:
        for box in hit:
            unit[FaultRecords].supply(Supply(box, "473 Mũi Né"))
        unit.commit()
    fleet.pass_by(2)
    fleet.say(hit, online=False)
    fleet.pass_by(4)
    (incident,) = fleet.incidents()
    assert (incident.scope, incident.keys, incident.cause) == (IncidentScope.FEEDER, ("473 Mũi Né",), Cause.POWER)
    assert incident.affected == len(hit)
    fleet.say(hit, online=True)
    fleet.pass_by(400, every=30)
    assert fleet.incidents()[0].over_at is not None
    assert events(fleet) == ["incident.opened", "incident.closed"]


def test_the_label_says_what_the_faults_leave_of_a_device(fleet: Fleet) -> None:
    well, broken, dark, *_ = fleet.devices(0)
    fleet.measure(broken, spk="short")
    fleet.measure(dark, mains=False)
    fleet.say([dark], online=False)
    fleet.pass_by(160, every=20)
    with reading(fleet.units.engine) as session:
        assert labels(session, [well, broken, dark], fleet.latest) == {
            well: SpeakLabel(CanSpeak.YES),
            broken: SpeakLabel(CanSpeak.NO, FaultKind.SPEAKER_SHORT),
            dark: SpeakLabel(CanSpeak.NO, FaultKind.MAINS_LOST),
        }


def test_a_device_out_of_service_has_no_faults(fleet: Fleet) -> None:
    (box, *_) = fleet.devices(0)
    fleet.measure(box, self_test="tone")
    fleet.pass_by(2)
    with fleet.units() as unit:
        unit[Devices].save(replace(unit[Devices].get(box), retired_at=fleet.now))
        unit.commit()
    fleet.pass_by(120, every=60)
    assert [fault.ending for fault in fleet.faults()] == [Ending.RETIRED]


def test_letters_go_to_who_is_on_call_there_and_nobody_is_told_twice(fleet: Fleet) -> None:
    fleet.put_on_call("tinh@x.vn")
    fleet.put_on_call("xa1@x.vn", AreaId("xa-1"))
    fleet.put_on_call("truong@x.vn", line=2)
    fleet.say(fleet.devices(1), online=False)
    fleet.measure(fleet.devices(2)[0], self_test="tone")
    fleet.pass_by(320, every=10)
    assert {(each.address, bool(each.subject_id)) for each in fleet.letters()} == {
        ("xa1@x.vn", True),
        ("tinh@x.vn", False),
    }
    fleet.pass_by(1_900, every=60)
    fleet.say(fleet.devices(1), online=True)
    fleet.pass_by(900, every=60)
    found = [(each.address, each.stage) for each in fleet.letters() if each.subject_id]
    assert found == [
        ("xa1@x.vn", IncidentStage.OPENED),
        ("truong@x.vn", IncidentStage.ESCALATED),
        ("truong@x.vn", IncidentStage.OVER),
        ("xa1@x.vn", IncidentStage.OVER),
    ]
    (single,) = [each for each in fleet.letters() if not each.subject_id]
    assert "Tự kiểm tra không đạt" in single.text
    assert "https://loa.example/tickets" in single.text


def test_where_somebody_works_nobody_is_told_until_it_is_over(fleet: Fleet) -> None:
    fleet.put_on_call("tinh@x.vn")
    (box, *others), whole = fleet.devices(2), fleet.devices(1)
    fleet.work_at(AreaId("xa-1"), timedelta(hours=2))
    fleet.work_at(AreaId("xa-2"), timedelta(hours=2), box)
    fleet.say(whole, online=False)
    fleet.measure(box, self_test="tone")
    fleet.pass_by(3_600, every=60)
    assert [incident.affected for incident in fleet.incidents()] == [len(whole)]
    assert (box, FaultKind.SELF_TEST_FAILED) in open_faults(fleet)
    assert fleet.letters() == []
    fleet.measure(others[0], self_test="tone")
    fleet.pass_by(600, every=60)
    (letter,) = fleet.letters()
    assert box not in letter.text
    fleet.pass_by(3_600 * 2, every=300)
    assert any(each.subject_id for each in fleet.letters())
    assert any(box in each.text for each in fleet.letters())


def test_nobody_on_call_is_written_to_by_nobody(fleet: Fleet) -> None:
    fleet.say(fleet.devices(1), online=False)
    fleet.pass_by(40)
    assert fleet.letters() == []


def test_a_power_cut_of_a_thousand_devices_is_one_incident_named_and_told_in_time(tmp_path: Path) -> None:
    """Devices drop out as a broker reports it: 60 to 120 s after the cut, each when its keep-alive has run out."""
    engine = make_engine(new_sqlite(tmp_path / "loa.db"))
    fleet = Fleet(make_uow_factory(engine))
    fleet.install([100] * 10 + [120] * 10)
    fleet.put_on_call("truc@x.vn")
    dark = fleet.devices(*range(10))
    # Most have no battery.
    fleet.measure_all([box for number, box in enumerate(fleet.devices(*range(20))) if number % 7], batt_pct=None)
    fleet.pass_by(4)
    cut_at = fleet.now
    fleet.measure_all(dark[::7], mains=False)
    while fleet.now - cut_at < timedelta(seconds=150):
        fleet.pass_by(2)
        gone = (fleet.now - cut_at).total_seconds() - 60
        fleet.say([box for number, box in enumerate(dark) if gone - 2 <= number * 37 % 60 < gone], online=False)
    (incident,) = fleet.incidents()
    assert (incident.affected, incident.cause) == (1_000, Cause.POWER)
    assert incident.keys == tuple(sorted(f"xa-{n}" for n in range(10)))
    (letter,) = fleet.letters()
    assert letter.written_at - cut_at <= timedelta(seconds=150)
    assert "Mất điện" in letter.title
    fleet.say(dark, online=True)
    fleet.measure_all(dark)
    fleet.pass_by(600, every=30)
    letters = fleet.letters()
    assert [each.stage for each in letters] == [IncidentStage.OPENED, IncidentStage.OVER]
    assert len(fleet.incidents()) == 1
    assert open_faults(fleet) == set()
    engine.dispose()


def tickets(fleet: Fleet) -> list[Ticket]:
    with reading(fleet.units.engine) as session:
        return [line.ticket for line in living_tickets(session, None, 99)]


def worked(fleet: Fleet, dispatcher: Dispatcher, seconds: float, every: float = 10) -> None:
    """Run the scheduler's whole loop, tickets included."""
    until = fleet.now + timedelta(seconds=seconds)
    while fleet.now < until:
        fleet.pass_by(every, every=every)
        dispatcher.step()


def test_a_small_communes_power_cut_is_one_incident_one_ticket_and_told_within_minutes(units: UowFactory) -> None:
    """Before, four loudspeakers on one feeder, two without a battery, made six tickets and no mail."""
    fleet = Fleet(units)
    fleet.install([4, 4, 10])
    fleet.put_on_call("tinh@x.vn")
    dispatcher = Dispatcher(units, lambda: fleet.now, new_ulid)
    fleet.measure(fleet.devices(2)[0], self_test="tone")
    worked(fleet, dispatcher, 400)
    assert [bool(each.subject_id) for each in fleet.letters()] == [False]
    cut_at = fleet.now
    dark = fleet.devices(0)
    fleet.measure_all(dark, mains=False)
    worked(fleet, dispatcher, 60)
    fleet.say(dark[:2], online=False)
    worked(fleet, dispatcher, 540)
    (incident,) = fleet.incidents()
    assert (incident.scope, incident.keys, incident.cause, incident.affected) == (
        *(IncidentScope.AREAS, ("xa-0",), Cause.POWER, 4),
    )
    about = [each for each in tickets(fleet) if each.device_id != fleet.devices(2)[0]]
    assert [each.incident_id for each in about] == [incident.id]
    (found,) = [each for each in fleet.letters() if each.subject_id]
    assert found.written_at - cut_at <= timedelta(minutes=3)
    assert f"/incidents/{incident.id}" in found.text
    fleet.measure_all(dark)
    fleet.say(dark[:2], online=True)
    worked(fleet, dispatcher, 600, every=30)
    assert fleet.incidents()[0].over_at is not None
    assert [each.stage for each in fleet.letters() if each.subject_id] == [IncidentStage.OPENED, IncidentStage.OVER]
    worked(fleet, dispatcher, 1_860, every=60)
    assert [each for each in tickets(fleet) if each.incident_id] == []


def test_a_device_that_cannot_speak_is_told_of_within_minutes_of_the_last_letter(fleet: Fleet) -> None:
    fleet.put_on_call("tinh@x.vn")
    first, second, third, *_ = fleet.devices(2)
    fleet.measure(first, self_test="tone")
    fleet.pass_by(400, every=10)
    assert len(fleet.letters()) == 1
    fleet.measure(second, spk="open")
    at = fleet.now
    fleet.pass_by(1_200, every=20)
    (_, letter) = fleet.letters()
    assert letter.written_at - at <= timedelta(minutes=11)
    assert "KHÔNG PHÁT ĐƯỢC" in letter.text
    assert second in letter.text
    # Notices that can wait still wait for the hour.
    fleet.measure(third, door=True)
    fleet.pass_by(1_200, every=60)
    assert len(fleet.letters()) == 2


def test_what_was_over_before_its_turn_came_is_told_all_the_same(fleet: Fleet) -> None:
    fleet.put_on_call("tinh@x.vn")
    first, second, *_ = fleet.devices(2)
    fleet.measure(first, self_test="tone")
    fleet.pass_by(300, every=10)
    fleet.measure(second, self_test="tone")
    fleet.pass_by(20, every=10)
    assert len(fleet.letters()) == 1
    fleet.pass_by(310, every=10)
    fleet.measure(second)
    fleet.pass_by(600, every=20)
    (_, letter) = fleet.letters()
    assert "Đã tự hết trước khi kịp báo" in letter.text
    assert second in letter.text
    fleet.pass_by(3_600, every=120)
    assert len(fleet.letters()) == 2


def test_beyond_the_hours_letters_incidents_come_in_one_letter_with_all_that_waits(fleet: Fleet) -> None:
    fleet.put_on_call("tinh@x.vn")
    for commune in range(LETTERS_AN_HOUR + 3):
        fleet.say(fleet.devices(commune), online=False)
        fleet.pass_by(220, every=20)
    fleet.pass_by(700, every=20)
    sent = fleet.letters()
    assert len(sent) <= LETTERS_MOST
    digest = next(each for each in sent if not each.subject_id)
    assert digest.written_at - sent[LETTERS_AN_HOUR - 1].written_at <= URGENT_EVERY + timedelta(minutes=1)
    said = "\n".join(each.text for each in sent)
    assert all(f"/incidents/{each.id}" in said for each in fleet.incidents())
