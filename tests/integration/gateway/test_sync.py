"""What a device is answered when it tells what it holds."""

from __future__ import annotations

import pytest

from cms.workers.hearing import Hearing
from cms.workers.letters import Letter
from cms.workers.uplink import Uplink
from devices.model import DeviceId
from devices.protocol import topics
from devices.protocol.messages import Command, SyncRequest
from tests.fakes.post_box import Published
from tests.integration.gateway.station import LOA_1, Station
from tests.integration.gateway.test_uplink import said

NONCE = "9f86d081884c7d659a2feaa0c55ad015"


@pytest.fixture
def hears(station: Station) -> Uplink:
    return Uplink(station.context, Hearing(station.context, station.letters, station.alerts))


def request(**fields: object) -> SyncRequest:
    values: dict[str, object] = {"desired_ver": 1, "keyset": 10**9, "nonce": NONCE, **fields}
    return SyncRequest(v=1, ts=0, boot="b1", **values)  # type: ignore[arg-type] # each test names fields


def ask(hears: Uplink, body: SyncRequest, device_id: DeviceId = LOA_1) -> list[Letter]:
    return list(hears.store([said(topics.device_request(device_id, "sync"), body)]))


def read(letter: Letter) -> Command:
    return Published(letter.topic, letter.payload, letter.qos, letter.retain, letter.expiry_s).read(Command)


def test_an_answer_ends_with_the_servers_time_and_the_requests_nonce(station: Station, hears: Uplink) -> None:
    *_, last = ask(hears, request(keyset=0))
    command = read(last)
    assert (command.type, command.refs, command.target.devices) == ("synced", [NONCE], [LOA_1])
    assert command.iat == int(station.now.timestamp() * 1000)
    assert (last.topic, last.retain) == (topics.device_command(LOA_1), False)


def test_who_asks_without_a_nonce_or_is_unknown_is_told_no_time(hears: Uplink) -> None:
    assert ask(hears, request(nonce="")) == []
    assert ask(hears, request(), DeviceId("nobody")) == []
