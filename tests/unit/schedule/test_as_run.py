from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
import pytest

from broadcast.alerts.hazard_rules import Rounds
from broadcast.bulletins.deliveries import AsRun, Delivery, DeliveryState
from broadcast.bulletins.model import Bulletin, BulletinStatus
from broadcast.bulletins.transmissions import OccurrenceId, Transmission, TransmissionId
from cms.bulletins.repository.bulletins import Transmissions
from cms.platform.store.kinds import OutboxKind
from cms.schedule.repository.deliveries import Deliveries
from cms.schedule.service import as_run
from devices.model import Device, DeviceId
from devices.protocol.messages import Ack, AsRunRecord, ExecutionState, Relayed, RelayPart
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.programme import C1, C3, local, schedule
from tests.fakes.warnings import order
from tests.service_store import OutboxEntry

LATE = local("2026-03-02T17:05")
DEVICE = DeviceId("p-n-1-l1")


def ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


class Aired:
    """A bulletin in the plans, and a device that reports on it."""

    def __init__(self, rrule: str = "") -> None:
        self.world = World()
        self.bulletin: Bulletin = self.world.approved(schedules=(schedule(rrule=rrule),))
        self.world.replan()
        self.world.store.clear_outbox()
        self.device: Device = self.world.store.one(Device, id=DEVICE)

    def item(self, day: int = 2) -> str:
        return f"{self.world.transmission(self.bulletin).id}-s1-2026030{day}1700"

    def said(self, rid: str = "r1", day: int = 2, **more: object) -> AsRunRecord:
        planned_at = ms(local(f"2026-03-0{day}T17:00"))
        fields: dict[str, object] = {
            "rid": rid,
            "item": self.item(day),
            "sha256": "a" * 64,
            "planned_at": planned_at,
            "result": "done",
            "started_at": planned_at + 4,
            "ended_at": planned_at + 120_004,
            "volume_pct": 70,
        }
        return AsRunRecord(**{**fields, **more})  # type: ignore[arg-type] # fields of one struct

    @property
    def known(self) -> set[TransmissionId]:
        return {each.id for each in self.world.store.all(Transmission)}

    def record(self, *records: AsRunRecord, now: datetime = LATE) -> list[AsRun]:
        with self.world.store() as uow:
            new = as_run.record(uow, self.device, records, now, self.known)
            uow.commit()
        return list(new)

    def ladder(self, day: int = 2) -> list[Delivery]:
        with self.world.store() as uow:
            return list(uow[Deliveries].of_occurrence(OccurrenceId(self.item(day))))

    def status(self) -> BulletinStatus:
        return self.world.bulletin(self.bulletin.id).status


def test_a_late_record_stays_where_the_device_stood_when_it_aired() -> None:
    """A moved device reports an airing in its old area after it has reconnected in the new one."""
    aired = Aired()
    with aired.world.store() as uow:
        ready = Ack(v=1, st=ExecutionState.READY, ts=1, n=1, boot="b", items=[aired.item()])
        as_run.acknowledge(uow, [(aired.device, ready)], LATE, aired.known)
        uow.commit()
    stood, aired.device = aired.device.area_id, replace(aired.device, area_id=C3)
    (run,) = aired.record(aired.said())
    assert run.area_id == stood
    assert [each.area_id for each in aired.ladder()] == [stood]
    (unheard,) = aired.record(aired.said("r2", 3))
    assert unheard.area_id == C3


def test_a_record_is_kept_with_names_frozen_and_receipted() -> None:
    aired = Aired()
    (run,) = aired.record(aired.said(code="VOLUME"))
    assert run == AsRun(
        device_id=DEVICE,
        device_name="Loa p-n-1-l1",
        record_id="r1",
        occurrence_id=OccurrenceId(aired.item()),
        transmission_id=aired.world.transmission(aired.bulletin).id,
        title="Lịch tiêm chủng",
        sha256="a" * 64,
        planned_at=local("2026-03-02T17:00"),
        started_at=local("2026-03-02T17:00") + timedelta(milliseconds=4),
        ended_at=local("2026-03-02T17:02") + timedelta(milliseconds=4),
        result="done",
        reason="VOLUME",
        volume_pct=70,
        received_at=LATE,
        area_id=C1,
        area_name="Tên p-n-1",
    )
    assert run.skew_ms == 4
    assert aired.world.store.outbox() == [OutboxEntry(OutboxKind.RECEIPT, DEVICE, {"refs": ["r1"]})]
    assert [d.state for d in aired.ladder()] == [DeliveryState.DONE]


def test_the_same_record_twice_counts_once_and_is_receipted_again() -> None:
    aired = Aired()
    assert len(aired.record(aired.said())) == 1
    assert aired.record(aired.said()) == []
    assert len(aired.world.outbox(OutboxKind.RECEIPT)) == 2


def test_nothing_said_is_nothing_done() -> None:
    aired = Aired()
    assert aired.record() == []
    assert aired.world.store.outbox() == []


@pytest.mark.parametrize(
    ("result", "state"), [("done", DeliveryState.DONE), ("cut", DeliveryState.CUT), ("missed", DeliveryState.MISSED)]
)
def test_each_result_ends_the_ladder_in_its_way(result: str, state: DeliveryState) -> None:
    aired = Aired()
    aired.record(aired.said(result=result, code="POWER_LOST\0", started_at=None, ended_at=None))
    assert [(d.state, d.reason) for d in aired.ladder()] == [(state, "POWER_LOST")]


@pytest.mark.parametrize(
    "more",
    [
        {"item": "nobody-s1-202603021700"},
        {"item": "x"},
        {"result": "sung"},
        {"started_at": 2**53 - 1},
        {"planned_at": 2**53 - 1},
    ],
)
def test_odd_records_are_logged_and_receipted_and_counted_nowhere(more: dict[str, object]) -> None:
    aired = Aired()
    good = aired.said("r2")
    assert [run.record_id for run in aired.record(msgspec.structs.replace(aired.said(), **more), good)] == ["r2"]
    assert aired.world.events().count("device.odd_record") == 1
    assert aired.world.outbox(OutboxKind.RECEIPT) == [OutboxEntry(OutboxKind.RECEIPT, DEVICE, {"refs": ["r1", "r2"]})]


def test_a_message_of_odd_records_is_one_line_of_the_log_with_their_number() -> None:
    aired = Aired()
    odd = [aired.said(f"r{number}", item=f"stranger{number}-s1-202603021700") for number in range(50)]
    aired.record(*odd, aired.said("good"))
    (event,) = [each for each in aired.world.store.events() if each.name == "device.odd_record"]
    assert (event.detail["count"], event.detail["record"]) == (50, "r0")
    assert event.detail["item"] == "stranger0-s1-202603021700"


def test_what_was_heard_of_an_unknown_order_is_kept_whole_before_it_is_receipted() -> None:
    aired = Aired()
    heard = aired.said("r1", item="lost-s1-202603021700")
    aired.record(heard)
    (event,) = [each for each in aired.world.store.events() if each.name == "device.odd_record"]
    assert event.detail["records"] == [
        {
            "record": "r1",
            "item": "lost-s1-202603021700",
            "result": "done",
            "sha256": heard.sha256,
            "planned_at": heard.planned_at,
            "started_at": heard.started_at,
            "ended_at": heard.ended_at,
            "code": "",
            "volume_pct": heard.volume_pct,
        }
    ]


def test_records_of_what_was_found_unknown_before_are_not_asked_for_again() -> None:
    aired = Aired()
    with aired.world.store() as uow:
        assert as_run.record(uow, aired.device, [aired.said()], LATE, known=set()) == []
        assert len(as_run.record(uow, aired.device, [aired.said()], LATE, known=aired.known)) == 1


def test_a_bulletin_is_played_when_its_last_airing_was_heard() -> None:
    aired = Aired("FREQ=DAILY;COUNT=2")
    aired.record(aired.said())
    assert aired.status() is BulletinStatus.SCHEDULED
    aired.record(aired.said("r2", 3), now=local("2026-03-03T17:02"))
    assert aired.status() is BulletinStatus.PLAYED
    aired.record(aired.said("r3", 3), now=local("2026-03-03T17:09"))
    assert aired.world.events().count("bulletin.played") == 1


def test_a_word_on_what_was_promised_before_a_change_finishes_nothing() -> None:
    aired = Aired()
    with aired.world.store() as uow:
        uow[Transmissions].withdraw(aired.world.transmission(aired.bulletin).id, LATE)
        uow.commit()
    assert len(aired.record(aired.said())) == 1
    assert aired.world.bulletin(aired.bulletin.id).status is BulletinStatus.SCHEDULED


def test_a_late_word_on_an_earlier_airing_finishes_it_once_the_last_is_over() -> None:
    aired = Aired("FREQ=DAILY;COUNT=2")
    aired.record(aired.said(), now=local("2026-03-03T17:01"))
    assert aired.status() is BulletinStatus.SCHEDULED
    aired.record(aired.said("r2"), now=local("2026-03-03T17:02"))
    assert aired.status() is BulletinStatus.PLAYED


def test_a_device_whose_clock_is_ahead_still_finishes_it() -> None:
    aired = Aired()
    aired.record(aired.said(), now=local("2026-03-02T16:59"))
    assert aired.status() is BulletinStatus.PLAYED


def test_what_nobody_heard_is_not_played() -> None:
    aired = Aired()
    aired.record(aired.said(result="missed"))
    assert aired.status() is BulletinStatus.SCHEDULED


def test_a_rule_without_end_is_never_played_out() -> None:
    aired = Aired("FREQ=DAILY")
    aired.record(aired.said())
    assert aired.status() is BulletinStatus.SCHEDULED


@pytest.mark.parametrize(
    ("standing", "state"),
    [
        (ExecutionState.RECEIVED, DeliveryState.RECEIVED),
        (ExecutionState.READY, DeliveryState.READY),
        (ExecutionState.STARTED, DeliveryState.STARTED),
        (ExecutionState.DONE, DeliveryState.DONE),
        (ExecutionState.CUT, DeliveryState.CUT),
        (ExecutionState.CANCELLED, DeliveryState.MISSED),
        (ExecutionState.FAILED, DeliveryState.MISSED),
        (ExecutionState.REJECTED, DeliveryState.MISSED),
        (ExecutionState.EXPIRED, DeliveryState.MISSED),
    ],
)
def test_an_answer_moves_every_item_it_names(standing: ExecutionState, state: DeliveryState) -> None:
    aired = Aired("FREQ=DAILY;COUNT=2")
    ack = Ack(
        v=1, st=standing, ts=1, n=1, boot="b", items=[aired.item(2), "nobody-s1-1", aired.item(3)], code="NO_SPACE"
    )
    with aired.world.store() as uow:
        as_run.acknowledge(uow, [(aired.device, ack)], LATE, aired.known)
        uow.commit()
    for day in (2, 3):
        assert [(d.device_id, d.device_name, d.state, d.reason, d.changed_at) for d in aired.ladder(day)] == [
            (DEVICE, "Loa p-n-1-l1", state, "NO_SPACE", LATE)
        ]


RELAYED = Relayed(
    source="vov1",
    stream_ms=110_000,
    fallback_ms=10_000,
    parts=[RelayPart(what="stream", started_at=ms(LATE), ended_at=ms(LATE) + 110_000)],
)


def test_how_a_relay_went_is_taken_down_with_the_record() -> None:
    aired = Aired()
    (run,) = aired.record(aired.said(relayed=RELAYED))
    assert run.relayed is not None
    assert (run.relayed.source_id, run.relayed.stream_ms, run.relayed.fallback_ms) == ("vov1", 110_000, 10_000)
    (part,) = run.relayed.parts
    assert (part.what, part.started_at, part.ended_at) == ("stream", LATE, LATE + timedelta(milliseconds=110_000))


def test_a_relay_with_an_instant_that_is_none_is_an_odd_record() -> None:
    aired = Aired()
    beyond = msgspec.structs.replace(RELAYED.parts[0], ended_at=2**53 - 1)
    assert aired.record(aired.said(relayed=msgspec.structs.replace(RELAYED, parts=[beyond]))) == []
    assert "device.odd_record" in aired.world.events()


def test_each_time_that_an_alert_sounded_is_a_record_of_its_round() -> None:
    aired = Aired()
    sent = order(issued_at=local("2026-03-02T16:55"), rounds=Rounds((5 * 60_000,)))
    numbered = aired.said("r1", item=sent.id, round=1, turn=1, result="cut", code="BUSY_HIGHER")
    unnumbered = aired.said("r2", item=sent.id)
    missed = aired.said("r3", item=sent.id, result="missed", started_at=None, ended_at=None, planned_at=0)
    odd = aired.said("r4", item=sent.id, result="sung")
    for expected in (3, 0):
        with aired.world.store() as uow:
            found = [(aired.device, sent, each) for each in (numbered, unnumbered, missed, odd)]
            new = as_run.record_alerts(uow, found, {(sent.id, aired.device.id): C3}, LATE)
            uow.commit()
        assert len(new) == expected
    runs = {run.record_id: run for run in aired.world.store.all(AsRun)}
    assert [(runs[each].round, runs[each].result) for each in sorted(runs)] == [(1, "cut"), (2, "done"), (1, "missed")]
    assert (runs["r1"].title, str(runs["r1"].occurrence_id), runs["r1"].area_id) == (sent.headline, str(sent.id), C3)
    assert [event.detail["record"] for event in aired.world.store.events() if event.name == "device.odd_record"] == [
        "r4"
    ] * 2
