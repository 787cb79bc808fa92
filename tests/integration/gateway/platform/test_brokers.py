"""Gateway on two brokers: no alert waits for the one that is frozen or dead, and it gets what it missed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cms import bootstrap
from cms.fleet.jobs.broker_list import announce
from cms.fleet.messages import DesiredMessages
from cms.platform.cli import embedded
from cms.platform.gateway.messages import MessageBuilder
from cms.platform.settings import Settings
from cms.platform.store.engine import reading
from cms.platform.store.kinds import OutboxKind
from devices.broker_order import order_of, spread_ms
from devices.model import DeviceId
from devices.protocol import codec, topics
from devices.protocol.keyset import TrustedKeys
from devices.protocol.messages import Desired, KeyRole, State
from province.machine_clock import utc_now
from tests.integration.gateway.alarms import ended, issued
from tests.integration.gateway.station import LOA_1, LOA_2, LOA_3, XA_1, Station, make_station
from tests.integration.mqtt.inbox import Inbox, connected
from tests.integration.process import Process, until
from tests.integration.real_broker import RealBroker

ALERT = topics.area_alert(XA_1)


class TwoBrokers:
    def __init__(self, first: RealBroker, second: RealBroker) -> None:
        self.first, self.second = first, second
        addresses = ",".join(f"127.0.0.1:{each.port}" for each in (first, second))
        settings = first.settings.model_copy(update={"brokers": addresses})
        made, self.engine = make_station(settings.root, first.port, utc_now)
        context = replace(made.context, settings=settings)
        self.station = Station(context, made.link, made.letters, made.alerts, [utc_now()])
        self.gateway = Process(settings, "gateway")

    def is_sent(self) -> bool:
        with self.engine.connect() as connection:
            return not connection.exec_driver_sql("SELECT 1 FROM outbox WHERE sent_at IS NULL").first()

    def is_online(self, device_id: str) -> bool:
        with self.engine.connect() as connection:
            query = "SELECT online FROM device_status WHERE device_id = ?"
            return bool(connection.exec_driver_sql(query, (device_id,)).scalar())


@pytest.fixture
def two(broker: RealBroker) -> Iterator[TwoBrokers]:
    second = RealBroker(broker.settings.root, "broker2")
    second.start()
    made = TwoBrokers(broker, second)
    made.gateway.start()
    made.gateway.wait_ready()
    yield made
    made.gateway.kill()
    second.thaw()
    second.kill()
    made.engine.dispose()


def payload(inbox: Inbox) -> bytes:
    while (message := inbox.next()).topic != ALERT:
        pass
    return message.payload


def test_an_alert_goes_out_while_a_broker_is_frozen_or_dead_and_its_end_reaches_it_later(two: TwoBrokers) -> None:
    subscribed = {ALERT: 0}
    with connected(two.first.device_endpoint(LOA_1), subscribed) as near:
        with connected(two.second.device_endpoint(LOA_2), subscribed) as far:
            online = codec.encode(State(v=1, st="online", conn=1, boot="b1", ts=1))
            far.link.publish(topics.device_state(LOA_2), online, retain=True).result(30)
            until(lambda: two.is_online(LOA_2))
            two.second.freeze()
            order = issued(two.station)
            alert = payload(near)
            until(two.is_sent)
            two.second.thaw()
            assert payload(far) == alert
        two.second.kill()
        ended(two.station, order)
        assert payload(near) == b""
        until(two.is_sent)
        two.gateway.kill()
        two.second.start()
        two.gateway.start()
        two.gateway.wait_ready()
    with connected(two.second.device_endpoint(LOA_1), {**subscribed, topics.keys(): 1}) as late:
        issued(two.station, "order-2")
        while not (found := payload(late)) or found == alert:
            pass


def test_brokers_of_one_machine_have_folders_and_logs_of_their_own(tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path / "h", mqtt_host="10.0.0.1", enrol_port=0, brokers="10.0.0.1:1,10.0.0.2:1,10.0.0.1:2"
    )
    assert settings.broker_list == (("10.0.0.1", 1), ("10.0.0.2", 1), ("10.0.0.1", 2))
    assert settings.broker_programs == {"broker": 1, "broker2": 2}
    bootstrap.prepare_files(settings)
    programs = embedded.broker_programs(settings)
    assert [each.name for each in programs] == ["broker", "broker2"]
    config = Path(programs[1].argv[-1]).read_text()
    assert "listener 2 10.0.0.1" in config
    assert f"persistence_location {settings.root}/broker2/data/" in config
    assert f"pid_file {settings.root}/run/broker2.pid" in config


def test_a_changed_list_is_announced_to_every_device_once(tmp_path: Path) -> None:
    made, engine = make_station(tmp_path / "home")
    assert announce(made.context) == 0
    settings = made.context.settings.model_copy(update={"brokers": "a.example.vn:8883,b.example.vn:8883"})
    context = replace(made.context, settings=settings)
    assert announce(context) == 3  # not noted: there is no folder yet
    settings.run_dir.mkdir()
    assert announce(context) == 3
    assert announce(context) == 0
    assert made.due() == [(OutboxKind.DESIRED, device) for device in (LOA_1, LOA_2, LOA_3)]
    letters = MessageBuilder(context.keyring, "", settings.device_broker, settings.broker_list)
    with reading(engine) as session:
        messages = DesiredMessages(session, letters)
        replies = [messages.desired(row, context.now()).letters[0] for row in made.messages()]
    keys = TrustedKeys.from_root(context.keyring.root_x, context.keyring.keyset_jws)
    now_ms = int(context.now().timestamp() * 1000)
    told = [codec.decode(Desired, keys.verify(each.payload, KeyRole.PLAN, now_ms).payload) for each in replies]
    assert {each.ver for each in told} == {3}
    for each in told:
        order = [(address.host, address.port) for address in each.brokers]
        assert order == order_of(DeviceId(each.device), settings.broker_list)
        assert each.reconnect_spread_ms == spread_ms(3, 2)
    assert announce(made.context) == 3
    engine.dispose()
