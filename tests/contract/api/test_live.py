from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from broadcast.alerts.model import OrderId
from broadcast.alerts.orders import OrderReach, ReachState
from cms.alerts.repository.orders import Orders
from cms.live.repository import LiveSessions
from devices.model import DeviceId
from devices.protocol.live import pack
from tests.builders import live as live_builders
from tests.console import COMMUNE, Console

BODY: dict[str, Any] = {"areas": [COMMUNE], "topic": "Nhắc nộp thuế"}
PATH = "/api/v1/live-addresses"


@pytest.fixture
def client(console: Console) -> FlaskClient:
    live_builders.never_quiet(console)
    return console.app.test_client()


@pytest.mark.parametrize("login", ["operator", "editor", "officer"])
@pytest.mark.parametrize("way", ["live", "record"])
def test_no_token_opens_loudspeakers_for_an_address(
    console: Console, client: FlaskClient, login: str, way: str
) -> None:
    refused = client.post(PATH, json={**BODY, "way": way}, headers=console.bearer(login))
    said = refused.get_json(force=True)
    assert (refused.status_code, said["code"], said["reason"]) == (403, "TOKEN_REFUSED", "PERSON")
    with console.context.uow() as uow:
        assert uow[LiveSessions].open() == []


def test_no_token_speaks_in_an_address_that_its_person_opened(console: Console, client: FlaskClient) -> None:
    prepared, who = live_builders.prepare(console), console.bearer("operator")
    assert client.post(f"{PATH}/{prepared.id}/air", headers=who).get_json(force=True)["code"] == "TOKEN_REFUSED"
    live_builders.end_all(console)
    path = f"{PATH}/{live_builders.on_air(console).id}"
    with live_builders.listening(console) as heard:
        frame = {**who, "Content-Type": "application/octet-stream"}
        refused = client.post(f"{path}/frames?seq=3&at=9", data=pack(live_builders.SILENCE), headers=frame)
    assert (refused.status_code, refused.get_json(force=True)["code"], heard) == (403, "TOKEN_REFUSED", [])
    plain = client.post(f"{path}/frames?seq=0&at=1", data=b"x", headers={**who, "Content-Type": "text/plain"})
    assert plain.status_code == 415


def test_no_token_releases_or_replaces_what_was_recorded(console: Console, client: FlaskClient) -> None:
    who = console.bearer("operator")
    path = f"{PATH}/{live_builders.recorded(console).id}"
    assert client.post(f"{path}/release", headers=who).get_json(force=True)["code"] == "TOKEN_REFUSED"
    assert client.post(f"{path}/recording", json={"sha256": "0" * 64}, headers=who).status_code == 404
    sha256 = console.context.content.put_bytes(b"RIFF")
    refused = client.post(f"{path}/recording", json={"sha256": sha256}, headers=who)
    assert refused.get_json(force=True)["code"] == "TOKEN_REFUSED"


def test_a_token_ends_an_address(console: Console, client: FlaskClient) -> None:
    live = live_builders.on_air(console)
    over = client.post(f"{PATH}/{live.id}/stop", headers=console.bearer("operator")).get_json()
    assert (over["state"], over["end"]) == ("ended", "owner")


def test_how_far_it_got_is_told_to_whoever_may_look_there(console: Console, client: FlaskClient) -> None:
    live, who = live_builders.over(console), console.bearer("operator")
    with console.context.uow() as uow:
        result = OrderReach(OrderId(live.id), DeviceId(f"{COMMUNE}-l01"), "Loa", COMMUNE, ReachState.DONE, delay_ms=320)
        uow[Orders].report([result])
        uow.commit()
    found = client.get(f"{PATH}/{live.id}", headers=who).get_json()
    assert found["reached"]["done"] == 1
    assert found["delay"] == {"devices": 1, "median_ms": 320, "p95_ms": 320}
    assert live.id in {line["id"] for line in client.get(PATH, headers=who).get_json()["items"]}
    far = console.bearer("far-operator")
    assert client.get(f"{PATH}/{live.id}", headers=far).status_code == 404
    assert live.id not in {line["id"] for line in client.get(PATH, headers=far).get_json()["items"]}
