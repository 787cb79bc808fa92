from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from broadcast.model.alerts import OrderId
from broadcast.model.orders import Reach, ReachState
from cms.live_pipe import Said
from devices.model import DeviceId
from devices.protocol.live import LiveFrame, pack
from tests import live_room, newsroom
from tests.console import COMMUNE, PROVINCE, Console

BODY: dict[str, Any] = {"areas": [COMMUNE], "topic": "Nhắc nộp thuế"}
PATH = "/api/v1/live-addresses"


@pytest.fixture
def client(console: Console) -> FlaskClient:
    live_room.never_quiet(console)
    return console.app.test_client()


def say(client: FlaskClient, path: str, who: Mapping[str, str], body: bytes = b"", **more: Any) -> TestResponse:
    kind = {"Content-Type": "application/octet-stream"}
    data = body or pack(live_room.SILENCE)
    return client.post(f"{path}/frames", data=data, headers={**who, **kind}, query_string={"seq": 3, "at": 9, **more})


def test_somebody_opens_the_loudspeakers_speaks_and_ends_it(console: Console, client: FlaskClient) -> None:
    who = {**console.bearer("operator"), "Idempotency-Key": "one"}
    made = client.post(PATH, json={**BODY, "way": "live"}, headers=who)
    assert (made.status_code, made.get_json()["state"]) == (201, "preparing")
    again = client.post(PATH, json={**BODY, "way": "live"}, headers=who)
    assert again.get_json()["id"] == made.get_json()["id"]
    path, who = made.headers["Location"], console.bearer("operator")
    assert say(client, path, who).status_code == 409
    for _ in range(2):
        assert client.post(f"{path}/air", headers=who).get_json()["state"] == "on_air"
    live_id = made.get_json()["id"]
    with live_room.listening(console) as heard:
        assert say(client, path, who).status_code == 204
        assert say(client, path, console.bearer("editor")).status_code == 403
    assert heard == [Said(live_id, LiveFrame(3, 9, live_room.SILENCE))]
    over = client.post(f"{path}/stop", headers=who).get_json()
    assert (over["state"], over["end"]) == ("ended", "owner")
    assert say(client, path, who).status_code == 409


def test_without_a_gateway_a_frame_is_lost_and_said_to_be(console: Console, client: FlaskClient) -> None:
    path = f"{PATH}/{live_room.on_air(console).id}"
    assert say(client, path, console.bearer("operator")).status_code == 503


@pytest.mark.parametrize("body", [b"\0\3abc", pack(live_room.SILENCE[:2]), b"\0\1"])
def test_what_is_no_frame_is_refused(console: Console, client: FlaskClient, body: bytes) -> None:
    path, who = f"{PATH}/{live_room.on_air(console).id}", console.bearer("operator")
    assert say(client, path, who, body).status_code == 400
    assert say(client, path, who, seq=-1).status_code == 422
    plain = client.post(f"{path}/frames?seq=0&at=1", data=b"x", headers={**who, "Content-Type": "text/plain"})
    assert plain.status_code == 415


def test_something_is_recorded_first_and_released_once(console: Console, client: FlaskClient) -> None:
    who = console.bearer("operator")
    made = client.post(PATH, json=BODY, headers=who)
    assert (made.status_code, made.get_json()["recorded_first"]["state"]) == (201, "missing")
    path = made.headers["Location"]
    assert client.post(f"{path}/recording", json={"sha256": "0" * 64}, headers=who).status_code == 404
    sha256 = console.context.content.put_bytes(newsroom.wav())
    told = client.post(f"{path}/recording", json={"sha256": sha256}, headers=who).get_json()
    assert told["recorded_first"]["state"] == "making"
    early = client.post(f"{path}/release", headers=who)
    assert (early.status_code, early.get_json()["problems"][0]["code"]) == (422, "SOUND_NOT_READY")
    path = f"{PATH}/{live_room.recorded(console).id}"
    released = [client.post(f"{path}/release", headers=who).get_json() for _ in range(2)]
    assert released[0] == released[1]
    assert (released[0]["state"], released[0]["recording"]["duration_ms"]) == ("on_air", 5_000)
    assert say(client, path, who).status_code == 409


def test_how_far_it_got_is_told_to_whoever_may_look_there(console: Console, client: FlaskClient) -> None:
    live, who = live_room.over(console), console.bearer("operator")
    with console.context.uow() as uow:
        told = Reach(OrderId(live.id), DeviceId(f"{COMMUNE}-l01"), "Loa", COMMUNE, ReachState.DONE, delay_ms=320)
        uow.orders.report([told])
        uow.commit()
    found = client.get(f"{PATH}/{live.id}", headers=who).get_json()
    assert found["reached"]["done"] == 1
    assert found["delay"] == {"devices": 1, "median_ms": 320, "p95_ms": 320}
    assert live.id in {line["id"] for line in client.get(PATH, headers=who).get_json()["items"]}
    far = console.bearer("far-operator")
    assert client.get(f"{PATH}/{live.id}", headers=far).status_code == 404
    assert live.id not in {line["id"] for line in client.get(PATH, headers=far).get_json()["items"]}


def test_what_cannot_be_heard_is_refused_at_its_field(console: Console, client: FlaskClient) -> None:
    live_room.prepare(console, by="editor", area=PROVINCE)
    taken = client.post(PATH, json={**BODY, "way": "live"}, headers=console.bearer("operator"))
    assert (taken.status_code, taken.get_json()["problems"][0]["code"]) == (422, "LIVE_TAKEN")
