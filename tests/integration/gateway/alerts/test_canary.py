"""Canary: silent alerts on the true path over a real broker, and each part of it broken in turn."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bench.signing import kid_in
from cms.alerts.canary_job import AGAIN_S, EVERY_S, CanaryJob
from cms.alerts.messages.alerts import AlertMessages
from cms.alerts.messages.publisher import AlertPublisher
from cms.alerts.service import canary
from cms.fleet.inbound.handler import InboundHandler
from cms.platform import readiness
from cms.platform.context import Context
from cms.platform.gateway import broker_links
from cms.platform.gateway.broker_links import SubscriberSet
from cms.platform.gateway.inbound import SUBSCRIPTIONS
from cms.platform.gateway.uplink import Uplink
from cms.platform.keyring import Keyring
from cms.platform.store.engine import reading
from cms.platform.store.heartbeats import CANARY
from devices.enrolment import CANARY_NAME, SUBSCRIBER_NAME, ReservedNameError
from devices.mqtt import broker as mosquitto
from devices.protocol import jws, topics
from devices.protocol.messages import Ack, ExecutionState, KeyRole
from devices.protocol.topics import ROOT
from province.machine_clock import utc_now
from tests.integration.gateway.station import Station, make_station
from tests.integration.process import until
from tests.integration.real_broker import RealBroker


@pytest.fixture
def station(broker: RealBroker) -> Iterator[Station]:
    made, engine = make_station(broker.settings.root, broker.settings.mqtt_port, utc_now)
    yield made
    engine.dispose()


@pytest.fixture(autouse=True)
def _impatient(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a drill that is to fail do so soon."""
    if "found" in request.node.name:
        monkeypatch.setattr(canary, "DEADLINE", timedelta(seconds=0.5))


@contextmanager
def gateway(context: Context, station: Station, *, publishes: bool = True, stores: bool = True) -> Iterator[None]:
    """Run the parts of the gateway that are on the path."""
    stopping = threading.Event()
    link = broker_links.sender(context, lambda: None)
    alerts = AlertMessages(context.keyring)
    uplink = Uplink(context, InboundHandler(context, station.letters, alerts))
    ear = SubscriberSet(context, SUBSCRIBER_NAME, SUBSCRIPTIONS, uplink.receive)
    publisher = AlertPublisher(context, link, alerts, lambda _: None)

    def publish() -> None:
        while not stopping.wait(0.01):
            publisher.step()

    def store() -> None:
        uplink.run(link, ear.acknowledge, stopping)

    threads = [threading.Thread(target=each) for each, runs in ((publish, publishes), (store, stores)) if runs]
    link.start()
    ear.start()
    until(lambda: link.is_ready and ear.is_ready)
    for each in threads:
        each.start()
    try:
        yield
    finally:
        stopping.set()
        for each in threads:
            each.join()
        ear.close()
        link.close()


def count(station: Station, table: str) -> int:
    with station.context.engine.connect() as connection:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


def answered(station: Station) -> datetime | None:
    with reading(station.context.engine) as session:
        found = readiness.look(session, station.context.now()).beats.get(CANARY)
    return found.beat_at if found is not None else None


def test_an_alert_goes_out_and_its_answer_is_stored_every_three_minutes(station: Station) -> None:
    passed_s = [0.0]
    job = CanaryJob(station.context, lambda: time.monotonic() + passed_s[0])
    before = {name: count(station, name) for name in ("orders", "events", "devices", "as_runs", "device_status")}
    with gateway(station.context, station):
        job.step()
        first = answered(station)
        assert first is not None
        job.step()
        assert answered(station) == first
        passed_s[0] += EVERY_S
        job.step()
        assert (answered(station) or first) > first
        until(lambda: count(station, "outbox WHERE sent_at IS NULL") == 0)
    assert {name: count(station, name) for name in before} == before
    assert count(station, "outbox") == 2


def test_a_gateway_that_sends_nothing_is_found_and_asked_again_soon(
    station: Station, caplog: pytest.LogCaptureFixture
) -> None:
    passed_s = [0.0]
    job = CanaryJob(station.context, lambda: time.monotonic() + passed_s[0])
    with gateway(station.context, station, publishes=False):
        job.step()
        assert f"its alert does not come from 127.0.0.1:{station.context.settings.mqtt_port}" in caplog.text
        passed_s[0] += AGAIN_S
        job.step()
    assert count(station, "outbox") == 2
    assert answered(station) is None


def test_answers_that_are_not_stored_are_found(station: Station, caplog: pytest.LogCaptureFixture) -> None:
    with gateway(station.context, station, stores=False):
        CanaryJob(station.context).step()
    assert "its answer was not stored" in caplog.text


class WrongKey:
    """Signer that signs alerts with another key: the plan key under its own name, the drill key under the alert's."""

    def __init__(self, keyring: Keyring, role: KeyRole) -> None:
        key = jws.signing_key((keyring.folder / f"{role}.key").read_bytes())
        self._kid, self._key = kid_in(keyring, KeyRole.PLAN if role is KeyRole.PLAN else KeyRole.ALERT), key

    def sign(self, _role: KeyRole, _kind: str, payload: bytes) -> bytes:
        return jws.sign(payload, self._kid, self._key)

    def trouble(self) -> str:
        return ""


@pytest.mark.parametrize("key", ["plan", "drill"])
def test_a_wrong_signing_key_is_found(station: Station, key: str, caplog: pytest.LogCaptureFixture) -> None:
    keyring = station.context.keyring
    wrong = replace(station.context, keyring=replace(keyring, signer=WrongKey(keyring, KeyRole(key))))
    with gateway(wrong, station):
        CanaryJob(station.context).step()
    code = {"plan": "KEY_ROLE", "drill": "BAD_SIGNATURE"}[key]
    assert f"its alert is refused: {code}" in caplog.text
    assert answered(station) is None


@pytest.mark.parametrize("rule", ["pattern read {}/a/#", "pattern write {}/d/%u/ack", "topic write {}/a/#"])
def test_an_access_list_that_lacks_a_rule_is_found(
    broker: RealBroker,
    station: Station,
    rule: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = mosquitto.render_acl()
    less = whole.replace(f"{rule.format(ROOT)}\n", "")
    assert less != whole
    monkeypatch.setattr(mosquitto, "render_acl", lambda: less)
    broker.stop()
    broker.start()
    with gateway(station.context, station):
        CanaryJob(station.context).step()
    assert "canary.failed: " in caplog.text
    assert answered(station) is None


def test_a_broker_that_is_away_and_a_canary_that_is_off(
    broker: RealBroker, station: Station, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cms.alerts.canary_job.CONNECT_S", 0.1)
    broker.kill()
    CanaryJob(station.context).step()
    assert "no broker accepts its connection" in caplog.text
    off = replace(station.context, settings=station.context.settings.model_copy(update={"canary": False}))
    CanaryJob(off).step()
    assert count(station, "outbox") == 0


def test_what_is_late_is_not_sent_and_proves_nothing(station: Station) -> None:
    with station.context.uow() as unit:
        name = canary.order(unit, station.context.now())
    letters = AlertMessages(station.context.keyring)
    assert [each.topic for each in letters.canary(name, canary.issued_at(name))] == [topics.area_alert(CANARY_NAME)]
    assert letters.canary(name, canary.issued_at(name) + canary.DEADLINE) == []
    for cid, late in ((name, timedelta(seconds=11)), ("other", timedelta())):
        ack = Ack(v=1, st=ExecutionState.RECEIVED, ts=1, n=1, boot="b", cid=cid)
        with station.context.uow() as unit:
            canary.note_answer(unit, ack, canary.issued_at(name) + late)
            unit.commit()
    assert answered(station) is None


def test_no_device_has_the_canarys_name(station: Station) -> None:
    with pytest.raises(ReservedNameError):
        station.context.keyring.provision(CANARY_NAME, "s", "xa-1", station.context.settings)
