"""CAP by the MQTT broker of a warning centre: taken, bounded, told when it is lost; and on a real broker with TLS."""

from __future__ import annotations

import getpass
import subprocess
import threading
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import pbkdf2_hmac
from pathlib import Path

import paho.mqtt.publish as paho
import pytest

from bench.ports import free_port
from bench.signing import local_keyring
from cms.audit.queries import events_of
from cms.exchange.jobs import MqttIntakeJob
from cms.exchange.model import ExchangeOutcome
from cms.exchange.queries.exchange import BROKER_SUBJECT, cap_list
from cms.exchange.service import mqtt_intake
from cms.exchange.service.inbox import Inbox
from cms.exchange.service.mqtt_intake import QUEUE_MOST, QUEUED_MOST, TRIES_MOST, MqttIntake, endpoint_of
from cms.platform.cli import embedded
from cms.platform.store.engine import reading
from cms.standing_orders.repository import Firings
from devices.mqtt.link import Incoming
from tests.builders.standing_orders import agreed
from tests.console import Console
from tests.integration.exchange.conftest import pinned
from tests.unit.exchange.messages import message, signer

DEADLINE_S = 30.0


@dataclass
class Topic:
    """The subscription as the intake sees it."""

    is_ready: bool = True
    acknowledged: list[int] = field(default_factory=list)

    def acknowledge(self, messages: Sequence[Incoming]) -> None:
        self.acknowledged += [each.mid for each in messages]


def incoming(payload: bytes, mid: int = 1, connection: int = 1, qos: int = 1) -> Incoming:
    return Incoming("cap/vn", payload, False, qos, mid, connection)


def heard(console: Console) -> list[str]:
    with reading(console.context.engine) as session:
        return [line.identifier for line in cap_list(session).rows]


def told(console: Console) -> list[str]:
    with reading(console.context.engine) as session:
        return [each.name for each in events_of(session, BROKER_SUBJECT)]


@pytest.fixture
def intake(console: Console) -> MqttIntake:
    context = console.context
    return MqttIntake(context.uow, Inbox.of(context), context.now, "mqtt.example", threading.Event())


def test_a_message_sounds_its_order_once_whatever_way_it_comes_again(console: Console, intake: MqttIntake) -> None:
    pinned(console)
    order = agreed(console)
    topic, document = Topic(), signer().signed(message())
    intake.keep([incoming(document, 7), incoming(document, 8)])
    assert [intake.step(topic), intake.step(topic)] == [1, 1]
    again = [Inbox.of(console.context).receive(document, way) for way in ("push a", "feed b", "hub b")]
    assert {each.outcome for each in again} == {ExchangeOutcome.FIRED}
    assert topic.acknowledged == [7, 8]
    assert heard(console) == ["m-1"]
    with console.context.uow.reading() as uow:
        assert len(uow[Firings].of(order.id)) == 1


def test_what_an_earlier_connection_left_makes_way_and_too_many_are_dropped(intake: MqttIntake) -> None:
    topic = Topic()
    intake.keep([incoming(b"old", 1), incoming(b"loose", 0, qos=0)])
    intake.keep([incoming(b"new", 2, connection=2)])
    assert [intake.step(topic), intake.step(topic)] == [1, 1]
    assert topic.acknowledged == [0, 2]
    intake.keep([incoming(b"x", 0, qos=0)] * (QUEUE_MOST + 5))
    assert len(intake._waiting) == QUEUE_MOST
    intake.keep([incoming(b"x", 3)] * (QUEUED_MOST + 5))
    assert len(intake._waiting) == QUEUED_MOST


def test_a_flood_waits_and_keeps_its_message_when_we_stop(
    console: Console, intake: MqttIntake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt_intake, "A_MINUTE_MOST", 1)
    monkeypatch.setattr(mqtt_intake, "_WAIT_S", 0.0)
    topic = Topic()
    intake.keep([incoming(signer().signed(message(name)), mid) for mid, name in ((1, "m-1"), (2, "m-2"))])
    assert intake.step(topic) == 1
    waits: list[float | None] = []

    def stop(timeout: float | None = None) -> bool:
        waits.append(timeout)
        intake.stopping.set()
        return True

    monkeypatch.setattr(intake.stopping, "wait", stop)
    assert intake.step(topic) == 0
    assert (topic.acknowledged, len(waits)) == ([1], 1)
    intake.stopping.clear()
    console.clock.pass_by(seconds=61)
    assert intake.step(topic) == 1
    assert sorted(heard(console)) == ["m-1", "m-2"]
    assert intake.step(topic) == 0


def test_a_message_that_cannot_be_stored_is_tried_again_and_given_up_in_the_end(
    intake: MqttIntake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(Inbox, "receive", broken)
    topic = Topic()
    intake.keep([incoming(b"<alert/>")])
    for _ in range(TRIES_MOST - 1):
        with pytest.raises(OSError, match="full"):
            intake.step(topic)
    assert topic.acknowledged == []
    assert intake.step(topic) == 1
    assert topic.acknowledged == [1]


def test_a_wrapper_without_an_alert_is_stored_as_refused(console: Console, intake: MqttIntake) -> None:
    empty = b'<EDXLDistribution xmlns="urn:oasis:names:tc:emergency:EDXL:DE:1.0"/>'
    intake.keep([incoming(empty)])
    assert intake.step(Topic()) == 1
    with reading(console.context.engine) as session:
        assert [line.source for line in cap_list(session).rows] == ["mqtt mqtt.example"]


def test_a_link_that_is_lost_for_long_is_told_once_and_that_it_is_back(
    console: Console, intake: MqttIntake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt_intake, "_WAIT_S", 0.0)
    console.set(cap_mqtt_host="mqtt.example")
    topic = Topic(is_ready=False)
    intake.step(topic)
    console.clock.pass_by(minutes=4)
    intake.step(topic)
    assert told(console) == []
    console.clock.pass_by(minutes=2)
    intake.step(topic)
    intake.step(topic)
    assert told(console) == ["cap_mqtt.lost"]
    assert "Tin của trung tâm hiện không về" in console.client("admin").get("/exchange/feeds").text
    # After a restart it is told no second time.
    anew = replace(intake, _ready_at=None, _is_told_lost=None)
    anew.step(topic)
    console.clock.pass_by(minutes=6)
    anew.step(topic)
    assert told(console) == ["cap_mqtt.lost"]
    anew.step(Topic())
    assert told(console) == ["cap_mqtt.recovered", "cap_mqtt.lost"]
    assert "Tin của trung tâm hiện không về" not in console.client("admin").get("/exchange/feeds").text


def test_without_a_broker_nothing_runs(console: Console) -> None:
    stopping = threading.Event()
    stopping.set()
    assert endpoint_of(console.context.settings) is None
    MqttIntakeJob(console.context).run(stopping)


@contextmanager
def centre(console: Console, folder: Path) -> Iterator[int]:
    """Run the broker of a centre, with TLS and a password; yield its port."""
    keys = local_keyring(console.context.settings).folder
    folder.mkdir()
    salt = b"0123456789ab"
    digest = b64encode(pbkdf2_hmac("sha512", b"mat khau", salt, 101)).decode()
    (folder / "users").write_text(f"loa:$7$101${b64encode(salt).decode()}${digest}\n")
    (folder / "users").chmod(0o600)
    port = free_port()
    lines = [
        f"listener {port} 127.0.0.1",
        f"cafile {keys / 'ca.pem'}",
        f"certfile {keys / 'broker.pem'}",
        f"keyfile {keys / 'broker.key'}",
        "allow_anonymous false",
        f"password_file {folder / 'users'}",
        f"user {getpass.getuser()}",
    ]
    (folder / "centre.conf").write_text("\n".join(lines) + "\n")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [embedded.find_program("mosquitto"), "-c", str(folder / "centre.conf")], stdout=log, stderr=log
        )
        try:
            yield port
        finally:
            process.terminate()
            process.wait(10)


def test_a_real_broker_with_tls_and_a_password_brings_the_message(console: Console, tmp_path: Path) -> None:
    ca = local_keyring(console.context.settings).folder / "ca.pem"
    with centre(console, tmp_path / "centre") as port:
        console.set(
            cap_mqtt_host="127.0.0.1",
            cap_mqtt_port=port,
            cap_mqtt_ca=str(ca),
            cap_mqtt_user="loa",
            cap_mqtt_password="mat khau",
        )
        stopping = threading.Event()
        job = threading.Thread(target=MqttIntakeJob(console.context).run, args=(stopping,))
        job.start()
        try:
            deadline = time.monotonic() + DEADLINE_S
            while heard(console) != ["m-1"]:
                assert time.monotonic() < deadline, (tmp_path / "centre" / "log").read_text()
                # Kept by the broker, as the job may not have subscribed yet.
                _publish(port, ca, signer().signed(message()))
                stopping.wait(0.05)
        finally:
            stopping.set()
            job.join(DEADLINE_S)
    with reading(console.context.engine) as session:
        (line,) = cap_list(session).rows
    assert line.source == "mqtt 127.0.0.1"


def _publish(port: int, ca: Path, body: bytes) -> None:
    try:
        paho.single(
            "cap/vn",
            body,
            1,
            retain=True,
            hostname="127.0.0.1",
            port=port,
            auth={"username": "loa", "password": "mat khau"},
            tls={"ca_certs": str(ca)},
        )
    except OSError:
        return  # it does not listen yet
