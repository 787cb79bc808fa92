"""Outbox dispatcher, on a real store and a link that keeps the sent messages."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from broadcast.scheduling.area_rules import AreaRules, QuietWindow, VolumeWindow
from cms.areas.repository import Places
from cms.features import FEATURES
from cms.fleet.repository.devices import Devices
from cms.platform.gateway import outbox_dispatcher
from cms.platform.gateway.messages import CANCEL_LASTS
from cms.platform.gateway.outbox_dispatcher import OutboxDispatcher
from cms.platform.gateway.outbox_handlers import OutboxSender, kinds_of, whole
from cms.platform.store.kinds import OutboxKind
from devices.protocol.keyset import TrustedKeys
from devices.protocol.messages import Command, Desired, KeyRole, Manifest, QuietHours, Screen, VolumeHours
from devices.protocol.verdict import weigh
from province.areas import AreaId
from tests.fakes.recording_link import RecordingLink
from tests.integration.gateway.station import LOA_1, OCCURRENCE, SHA, TINH, TODAY, XA_1, XA_2, Station

DAY = timedelta(days=1)


class Planned:
    """Stand-in for the planner: notes the requested areas, and fails for those in ``fails``."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self.areas: list[AreaId] = []
        self.fails: set[AreaId] = set()

    def __call__(self, area_id: AreaId) -> None:
        if area_id in self.fails:
            raise RuntimeError(area_id)
        self.areas.append(area_id)
        self._station.ask(OutboxKind.MANIFEST, area_id)


@pytest.fixture
def planned(station: Station) -> Planned:
    return Planned(station)


@pytest.fixture
def out(station: Station, planned: Planned) -> OutboxDispatcher:
    return OutboxDispatcher(station.context, station.link, station.letters, planned, FEATURES)


def now_ms(station: Station) -> int:
    return int(station.now.timestamp() * 1000)


def test_an_empty_outbox_sends_nothing(station: Station, out: OutboxDispatcher) -> None:
    assert out.step() == 0
    assert station.link.published == []


def test_a_manifest_names_the_areas_days_and_is_retained(station: Station, out: OutboxDispatcher) -> None:
    station.put_plan(XA_1, TODAY - 2 * DAY)
    station.put_plan(XA_1, TODAY - DAY)
    station.put_plan(XA_1, TODAY, "cd" * 32)
    station.put_plan(XA_1, TODAY + 3 * DAY)
    station.put_plan(XA_1, TODAY + 4 * DAY)
    station.put_plan(XA_2, TODAY)
    station.ask(OutboxKind.MANIFEST, XA_1)
    assert out.step() == 1
    [letter] = station.link.published
    assert (letter.topic, letter.retain, letter.qos, letter.expiry_s) == ("loa/v1/a/xa-1/plan", True, 1, None)
    body = letter.read(Manifest)
    assert (body.area, body.ver, body.iat) == ("xa-1", now_ms(station), now_ms(station))
    assert {day: ref.sha256 for day, ref in body.days.items()} == {
        "2026-03-01": SHA,
        "2026-03-02": "cd" * 32,
        "2026-03-05": SHA,
    }
    trusted = TrustedKeys.from_root(station.context.keyring.root_x, station.context.keyring.keyset_jws)
    assert trusted.verify(letter.payload, KeyRole.PLAN, now_ms(station)).key.role == KeyRole.PLAN
    assert station.due() == []


def test_a_manifests_version_rises_only_with_a_change(station: Station, out: OutboxDispatcher) -> None:
    station.put_plan(XA_1, TODAY)
    for change in (False, True):
        station.pass_by(minutes=1)
        if change:
            station.put_plan(XA_1, TODAY, "cd" * 32)
        station.ask(OutboxKind.MANIFEST, XA_1)
        out.step()
    first, second = (letter.read(Manifest).ver for letter in station.link.published)
    assert second == now_ms(station)
    assert second - first == 120_000


def test_the_plans_a_manifest_named_are_known_as_sent(station: Station, out: OutboxDispatcher) -> None:
    station.put_plan(XA_1, TODAY)
    station.ask(OutboxKind.MANIFEST, XA_1)
    station.pass_by(minutes=1)
    out.step()
    with station.context.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM day_plans WHERE sent_at IS NOT NULL").scalar() == 1


def test_several_requests_for_one_manifest_are_one_publish(station: Station, out: OutboxDispatcher) -> None:
    for area_id in (XA_1, XA_2, XA_1, XA_1):
        station.ask(OutboxKind.MANIFEST, area_id)
    assert out.step() == 4
    assert sorted(station.link.topics()) == ["loa/v1/a/xa-1/plan", "loa/v1/a/xa-2/plan"]


def test_a_device_is_told_its_place_its_silence_and_its_volume(station: Station, out: OutboxDispatcher) -> None:
    with station.context.uow() as unit:
        louder = (VolumeWindow(time(5), time(7), 40), VolumeWindow(time(17), time(18), 100))
        unit[Places].set_rules(TINH, AreaRules((QuietWindow(time(22), time(5)),), volume_pct=60, volumes=louder))
        screen = Screen(w=96, h=32, colours="three")
        unit[Devices].save(replace(unit[Devices].get(LOA_1), groups=("cho",), desired_version=4, screen=screen))
        unit.commit()
    station.ask(OutboxKind.DESIRED, LOA_1)
    out.step()
    [letter] = station.link.published
    assert (letter.topic, letter.retain) == ("loa/v1/d/xa-1-l01/desired", True)
    body = letter.read(Desired)
    assert (body.device, body.ver, body.areas, body.groups) == (LOA_1, 4, ["xa-1", "tinh"], ["cho"])
    assert (body.quiet, body.utc_offset_min) == ([QuietHours(start="22:00", until="05:00")], 420)
    assert body.screen == screen
    assert (body.volume_pct, body.content_url) == (60, "http://127.0.0.1:8600")
    # The device's own volume limits the area's.
    assert body.volumes == [
        VolumeHours(start="05:00", until="07:00", volume_pct=40),
        VolumeHours(start="17:00", until="18:00", volume_pct=80),
    ]


def obeys(station: Station, payload: bytes, *, clock_error_ms: int = 0, seen: tuple[str, ...] = ()) -> object:
    outcome = weigh(
        payload,
        TrustedKeys.from_root(station.context.keyring.root_x, station.context.keyring.keyset_jws),
        device_id=LOA_1,
        areas=["xa-1", "tinh"],
        groups=[],
        now_ms=now_ms(station) + clock_error_ms,
        seen=seen,
    )
    return outcome.refusal


@pytest.mark.parametrize("clock_error_ms", [0, -119_000, 119_000])
def test_a_cancel_is_obeyed_in_its_area_even_by_a_clock_two_minutes_off(
    station: Station, out: OutboxDispatcher, clock_error_ms: int
) -> None:
    station.ask(OutboxKind.CANCEL, XA_1, {"refs": [OCCURRENCE]})
    out.step()
    [letter] = station.link.published
    assert (letter.topic, letter.retain, letter.expiry_s) == ("loa/v1/a/xa-1/cmd", False, 86_400)
    body = letter.read(Command)
    assert (body.type, body.refs, body.target.areas) == ("cancel", [OCCURRENCE], ["xa-1"])
    assert obeys(station, letter.payload, clock_error_ms=clock_error_ms) is None


def test_a_receipt_is_for_one_device(station: Station, out: OutboxDispatcher) -> None:
    station.ask(OutboxKind.RECEIPT, LOA_1, {"refs": ["b-1", "b-2"]})
    out.step()
    [letter] = station.link.published
    body = letter.read(Command)
    assert (letter.topic, body.type, body.refs) == ("loa/v1/d/xa-1-l01/cmd", "receipt", ["b-1", "b-2"])
    assert obeys(station, letter.payload) is None


def test_many_receipts_go_in_several_messages_with_ids_of_their_own(station: Station, out: OutboxDispatcher) -> None:
    refs = [f"{'b' * 70}-{number}" for number in range(250)]
    station.ask(OutboxKind.RECEIPT, LOA_1, {"refs": refs})
    out.step()
    bodies = [letter.read(Command) for letter in station.link.published]
    assert [ref for body in bodies for ref in body.refs] == refs
    assert len({body.cid for body in bodies}) == 3


def test_a_command_sent_again_has_the_same_id(station: Station, out: OutboxDispatcher) -> None:
    station.link.confirms = False
    station.ask(OutboxKind.CANCEL, XA_1, {"refs": [OCCURRENCE]})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outbox_dispatcher, "PUBACK_WAIT_S", 0.01)
        out.step()
    station.link.lose()
    station.link = RecordingLink()
    station.pass_by(minutes=5)
    OutboxDispatcher(station.context, station.link, station.letters, Planned(station), FEATURES).step()
    [again] = station.link.published
    assert again.read(Command).iat == now_ms(station)
    assert obeys(station, again.payload, seen=(again.read(Command).cid,)) == "DUPLICATE"


def test_what_was_not_confirmed_stays(station: Station, out: OutboxDispatcher) -> None:
    station.link.confirms = False
    station.ask(OutboxKind.CANCEL, XA_1, {"refs": [OCCURRENCE]})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outbox_dispatcher, "PUBACK_WAIT_S", 0.01)
        assert out.step() == 0
    assert station.due() == [(OutboxKind.CANCEL, XA_1)]


def test_what_the_broker_refuses_waits_and_holds_back_its_own_subject_only(
    station: Station, out: OutboxDispatcher
) -> None:
    station.link.refuses = {"loa/v1/a/xa-1/cmd"}
    station.ask(OutboxKind.CANCEL, XA_1, {"refs": ["a"]})
    station.ask(OutboxKind.CANCEL, XA_2, {"refs": ["b"]})
    assert out.step() == 1
    station.ask(OutboxKind.CANCEL, XA_1, {"refs": ["c"]})
    assert out.step() == 0
    station.link.refuses = set()
    station.pass_by(seconds=2)
    assert out.step() == 2
    assert [letter.read(Command).refs for letter in station.link.published] == [["b"], ["a"], ["c"]]


def test_a_cancel_too_late_for_anyone_is_not_sent(station: Station, out: OutboxDispatcher) -> None:
    station.ask(OutboxKind.CANCEL, XA_1, {"refs": [OCCURRENCE]})
    station.clock[0] += CANCEL_LASTS
    assert out.step() == 1
    assert station.link.published == []


@pytest.mark.parametrize(
    ("kind", "subject_id"),
    [
        (OutboxKind.DESIRED, "nobody"),
        (OutboxKind.MANIFEST, "nowhere"),
        (OutboxKind.CANCEL, "nowhere"),
    ],
)
def test_what_has_no_subject_any_more_is_dropped(
    station: Station, out: OutboxDispatcher, kind: OutboxKind, subject_id: str
) -> None:
    station.ask(kind, subject_id, {"refs": ["x"]})
    station.ask(OutboxKind.MANIFEST, XA_1)
    assert out.step() == 2
    assert station.link.topics() == ["loa/v1/a/xa-1/plan"]
    assert station.due() == []


def test_what_can_never_pass_is_dropped(station: Station, out: OutboxDispatcher) -> None:
    station.ask(OutboxKind.CANCEL, XA_1, {"refs": ["r" * 80] * 300})
    assert out.step() == 1
    assert station.link.published == []


def test_without_a_connection_plans_are_made_and_letters_wait(
    station: Station, out: OutboxDispatcher, planned: Planned
) -> None:
    station.link.is_ready = False
    station.ask(OutboxKind.MANIFEST, XA_2)
    station.ask(OutboxKind.PLAN, XA_1)
    assert out.step() == 1
    assert planned.areas == [XA_1]
    assert station.due() == [(OutboxKind.MANIFEST, XA_2), (OutboxKind.MANIFEST, XA_1)]


def test_a_connection_that_breaks_while_sending_loses_nothing(station: Station, out: OutboxDispatcher) -> None:
    class Breaking(RecordingLink):
        def publish(
            self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, expiry_s: int | None = None
        ) -> Future[None]:
            if self.published:
                self.lose()
            return super().publish(topic, payload, qos=qos, retain=retain, expiry_s=expiry_s)

    station.link = Breaking()
    for area_id in (XA_1, XA_2):
        station.ask(OutboxKind.MANIFEST, area_id)
    assert OutboxDispatcher(station.context, station.link, station.letters, Planned(station), FEATURES).step() == 1
    assert station.due() == [(OutboxKind.MANIFEST, XA_2)]


def test_a_plan_becomes_a_manifest_at_the_next_step(station: Station, out: OutboxDispatcher, planned: Planned) -> None:
    station.ask(OutboxKind.PLAN, XA_1)
    station.ask(OutboxKind.PLAN, XA_1)
    assert out.step() == 2
    assert planned.areas == [XA_1]
    assert out.step() == 1
    assert station.link.topics() == ["loa/v1/a/xa-1/plan"]


def test_an_area_that_cannot_be_planned_does_not_hold_up_another(
    station: Station, out: OutboxDispatcher, planned: Planned
) -> None:
    planned.fails = {XA_1}
    station.ask(OutboxKind.PLAN, XA_1)
    station.ask(OutboxKind.PLAN, XA_2)
    assert out.step() == 1
    assert planned.areas == [XA_2]
    planned.fails = set()
    assert out.plan_areas() == 0
    station.pass_by(seconds=2)
    assert out.plan_areas() == 1


def test_letters_go_before_plans_however_many_there_are(station: Station, out: OutboxDispatcher) -> None:
    for number in range(60):
        station.ask(OutboxKind.PLAN, f"xa-{number}")
    station.ask(OutboxKind.CANCEL, XA_1, {"refs": [OCCURRENCE]})
    out.step()
    assert station.link.topics() == ["loa/v1/a/xa-1/cmd"]


def test_the_local_day_decides_which_days_a_manifest_has(station: Station, out: OutboxDispatcher) -> None:
    station.clock[0] = station.now.replace(hour=18)  # 01:00 of the next day in Vietnam
    station.put_plan(XA_1, TODAY - DAY)
    station.put_plan(XA_1, TODAY)
    station.put_plan(XA_1, date(2026, 3, 6))
    station.ask(OutboxKind.MANIFEST, XA_1)
    out.step()
    assert set(station.link.published[0].read(Manifest).days) == {"2026-03-02", "2026-03-06"}


def test_every_kind_of_row_has_one_sender_and_every_sender_all_its_handlers() -> None:
    assert sorted(kind for sender in OutboxSender for kind in kinds_of(sender)) == sorted(OutboxKind)
    assert whole(OutboxSender.LIVE, {OutboxKind.LIVE: "handler"}) == {OutboxKind.LIVE: "handler"}
    with pytest.raises(LookupError, match="live"):
        whole(OutboxSender.LIVE, {})
    with pytest.raises(LookupError, match="plan"):
        whole(OutboxSender.LIVE, {OutboxKind.LIVE: "handler", OutboxKind.PLAN: "handler"})
