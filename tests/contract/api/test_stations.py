from __future__ import annotations

import io
import wave
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from werkzeug.test import TestResponse

from broadcast.stations.model import ProgrammeProgress
from tests.builders import bulletins, sessions, stations
from tests.console import COMMUNE, DISTRICT, Console
from tests.contract.api.conftest import Caller

BODY: dict[str, Any] = {
    "area_id": DISTRICT,
    "name": "Đài Phan Thiết",
    "frequency_khz": 95_600,
    "power_w": 500,
    "site": "Đồi Dương",
    "licence_no": "GP 12/2024",
    "licence_until_on": "2026-12-31",
}


def fetched(answer: TestResponse) -> tuple[int, bytes]:
    """Return status and body, and close the file behind the answer."""
    with answer:
        return answer.status_code, answer.data


@pytest.fixture
def desk(console: Console) -> Caller:
    """API client of the station's own programs."""
    return Caller(console, "station")


def test_a_station_is_registered_once_and_put_right(call: Caller, desk: Caller) -> None:
    made = call("POST", "/stations", BODY, Idempotency_Key="once")
    assert made.status_code == 201
    assert call("POST", "/stations", BODY, Idempotency_Key="once").get_json() == made.get_json()
    (line,) = desk("GET", "/stations").get_json()["items"]
    assert (line["frequency_khz"], line["licence"]) == (95_600, "expiring")
    path = f"/stations/{line['id']}"
    assert call("PUT", path, BODY).status_code == 428
    renewed = {**BODY, "licence_until_on": "2029-12-31"}
    assert call("PUT", path, renewed, If_Match='"1"').get_json()["version"] == 2
    assert call("PUT", path, renewed, If_Match='"1"').status_code == 412
    assert desk("GET", path).get_json()["licence"] == "valid"
    wrong = call("POST", "/stations", {**BODY, "name": " ", "frequency_khz": 5, "device_id": "none"}).get_json()
    assert {each["code"] for each in wrong["problems"]} == {"MISSING", "OUT_OF_RANGE"}


def test_a_programme_is_listed_fetched_in_ranges_and_reported(console: Console, desk: Caller) -> None:
    station = stations.registered(console)
    content = bulletins.wav(1.0)
    programme = stations.programme(console, content=content)
    path = f"/stations/{station.id}/programmes"
    listed = desk("GET", path)
    (line,) = listed.get_json()["items"]
    assert line["crawl"].startswith("Phòng dịch. Kính mời bà con")
    assert (line["loudness_lufs"], line["state"], line["ladder"]) == (-23.0, "ready", [])
    assert desk("GET", path, If_None_Match=listed.headers["ETag"]).status_code == 304

    url, sha256 = line["wav"]["url"].removeprefix("/api/v1"), line["wav"]["sha256"]
    etag = f'"{sha256}"'
    with desk("GET", url) as whole:
        assert (whole.data, whole.headers["ETag"]) == (content, etag)
    assert fetched(desk("GET", url, Range="bytes=10-19", If_Range=etag)) == (206, content[10:20])
    assert fetched(desk("GET", url, Range="bytes=10-", If_Range='"other"')) == (200, content)
    assert fetched(desk("GET", url, If_None_Match=etag)) == (304, b"")
    assert desk("GET", url.replace("wav", "ogg")).status_code == 422

    word = {"programme_id": programme.id, "rung": "verified", "at": "2026-11-24T02:00:00Z"}
    items = [{**word, "sha256": sha256}, {**word, "rung": "downloaded"}]
    assert desk("POST", f"/stations/{station.id}/receipts", {"items": items}).get_json() == {"new": 2}
    assert desk("POST", f"/stations/{station.id}/receipts", {"items": items}).get_json() == {"new": 0}
    refused = desk("POST", f"/stations/{station.id}/receipts", {"items": [word]}).get_json()
    assert refused["problems"][0]["code"] == "FILE_UNKNOWN"

    lines = f"Cut ID;Aired at;Duration\nJINGLE01;?;1\n{programme.id};2026-11-24 09:00:00;0:12\n{programme.id};?;1\n"
    log, refused_line = lines.encode(), {"line": 4, "programme_id": programme.id, "code": "LINE_UNREADABLE"}
    for new in (1, 0):
        sent = desk.send(f"/stations/{station.id}/as-run", log, "text/csv")
        assert sent.get_json() == {"new": new, "known": 1 - new, "foreign": 1, "refused": [refused_line]}
    climbed = desk("GET", f"{path}/{programme.id}").get_json()["ladder"]
    assert [each["rung"] for each in climbed] == [
        ProgrammeProgress.DOWNLOADED,
        ProgrammeProgress.VERIFIED,
        ProgrammeProgress.AIRED,
    ]
    assert (climbed[2]["at"], climbed[2]["duration_ms"]) == ("2026-11-24T02:00:00Z", 12_000)
    assert desk.send(f"/stations/{station.id}/as-run", b"a;b\n", "text/csv").status_code == 422
    assert desk.send(f"/stations/{station.id}/as-run", b"\xff\xfe\x00", "text/csv").status_code == 422
    assert desk.send(f"/stations/{station.id}/as-run", log, "text/plain").status_code == 415


def test_a_session_comes_whole_in_ranges_with_its_running_order(console: Console, desk: Caller) -> None:
    station, (session, on) = stations.registered(console), stations.session_day(console)
    path = f"/stations/{station.id}/sessions/{session.id}/{on}"
    (block,) = desk("GET", f"/stations/{station.id}/days/{on}").get_json()["items"]
    assert (block["session_id"], block["is_whole"], block["is_locked"]) == (session.id, True, False)
    (item,) = block["items"]
    with desk("GET", f"{path}/audio.wav") as whole:
        data, etag = whole.data, whole.headers["ETag"]
        assert whole.headers["Content-Disposition"].startswith("attachment; filename=buoi-chieu_")
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getsampwidth(), file.getframerate(), file.getnframes()) == (3, 48_000, 24_000)
    assert fetched(desk("GET", f"{path}/audio.wav", Range="bytes=100-4999", If_Range=etag)) == (206, data[100:5000])
    assert fetched(desk("GET", f"{path}/audio.wav", Range="bytes=100-", If_Range='"other"')) == (200, data)

    order = desk("GET", f"{path}/running-order.mos.xml")
    created = fromstring(order.data)
    assert [each.findtext("storySlug") for each in created.iter("story")] == ["Tin của buổi"]
    assert created.findtext("roCreate/story/item/objID") == item["programme_id"]
    known = {"If_None_Match": order.headers["ETag"]}
    assert desk("GET", f"{path}/running-order.mos.xml", **known).status_code == 304
    more = stations.approved_in(console, session, on, "Tin thêm")
    replaced = desk("GET", f"{path}/running-order.mos.xml", **known)
    assert [each.findtext("storySlug") for each in fromstring(replaced.data).iterfind("roReplace/story")] == [
        "Tin của buổi",
        "Tin thêm",
    ]
    # A file is not made yet, so there is no whole.
    assert desk("GET", f"{path}/audio.wav").status_code == 404
    for each in (bulletins.stored(console, item["bulletin_id"]), more):
        bulletins.edit(console, each)
    gone = desk("GET", f"{path}/running-order.mos.xml", If_None_Match=replaced.headers["ETag"])
    assert fromstring(gone.data).find("roDelete") is not None
    elsewhere = sessions.afternoon(console)
    assert desk("GET", f"/stations/{station.id}/sessions/{elsewhere.id}/{on}/audio.wav").status_code == 404


def test_what_is_taken_back_is_gone(console: Console, desk: Caller) -> None:
    station = stations.registered(console)
    bulletin = stations.approved(console)
    url = f"/stations/{station.id}/programmes/{bulletin.id}/audio.mp3"
    assert desk("GET", url).status_code == 404
    stations.made(console, bulletin)
    assert fetched(desk("GET", url))[0] == 200
    bulletins.edit(console, bulletin)
    assert desk("GET", url).status_code == 410
    (line,) = desk("GET", f"/stations/{station.id}/programmes").get_json()["items"]
    assert line["killed_at"] is not None
    assert line["wav"] is None


def test_a_feed_is_read_by_its_secret_alone_and_ends_when_it_is_renewed(console: Console, desk: Caller) -> None:
    station = stations.registered(console)
    programme = stations.programme(console, "Dịch & <bệnh>")
    made = desk("POST", f"/stations/{station.id}/feed")
    assert made.status_code == 201
    address = made.get_json()["url"].partition("/api/v1")[2]
    anybody = Caller(console, "")
    answer = anybody("GET", address)
    (item,) = fromstring(answer.data).iter("item")
    enclosure = item.find("enclosure")
    assert item.findtext("title") == "Dịch & <bệnh>"
    assert enclosure is not None
    assert enclosure.attrib["type"] == "audio/mpeg"
    _, sound = fetched(anybody("GET", enclosure.attrib["url"].partition("/api/v1")[2]))
    assert len(sound) == int(enclosure.attrib["length"])
    assert anybody("GET", address, If_None_Match=answer.headers["ETag"]).status_code == 304
    again = desk("POST", f"/stations/{station.id}/feed").get_json()["url"].partition("/api/v1")[2]
    assert anybody("GET", address).status_code == 404
    assert anybody("GET", again).status_code == 200
    assert desk("DELETE", f"/stations/{station.id}/feed").status_code == 204
    assert anybody("GET", again).status_code == 404
    assert programme.id in enclosure.attrib["url"]


def test_what_is_not_meant_for_a_station_is_not_there_for_it(console: Console, desk: Caller) -> None:
    station = stations.registered(console)
    local = stations.approved(console, areas=(COMMUNE,))
    assert desk("GET", f"/stations/{station.id}/programmes").get_json() == {"items": []}
    assert desk("GET", f"/stations/{station.id}/programmes/{local.id}").status_code == 404
    word = {"programme_id": local.id, "rung": "aired", "at": "2026-11-24T02:00:00Z"}
    refused = desk("POST", f"/stations/{station.id}/receipts", {"items": [word]}).get_json()
    assert refused["problems"][0]["code"] == "PROGRAMME_UNKNOWN"
    far = Caller(console, "far-operator")
    assert far("GET", f"/stations/{station.id}").status_code == 404


def test_a_stream_is_offered_with_its_stand_in_and_leads_to_a_source_to_approve(console: Console, desk: Caller) -> None:
    station = stations.registered(console)
    sha256 = console.context.content.put_bytes(bulletins.wav())
    stream = {"form": "hls", "urls": ["https://stream.example/pt.m3u8"], "length_ms": 1_800_000}
    body = {"series": "Thời sự", "title": "17 giờ", "original_sha256": sha256, "stream": stream}
    path = f"/stations/{station.id}/offers"
    wrong = {**body, "stream": {**stream, "urls": ["x"], "length_ms": 1}}
    codes = [each["code"] for each in desk("POST", path, wrong).get_json()["problems"]]
    assert codes == ["RELAY_LENGTH", "NOT_A_STREAM_URL"]
    made = desk("POST", path, body).get_json()
    assert made["relay"]["length_ms"] == 1_800_000
    approver = Caller(console, "approver")
    source = approver("GET", f"/relay-sources/{made['relay']['source_id']}").get_json()
    assert (source["state"], source["kind"], source["owner"]) == ("draft", "station", "Đài Phan Thiết")
    done = approver("POST", f"/relay-sources/{source['id']}/approve", If_Match='"1"')
    assert done.get_json()["state"] == "approved"


def test_an_offer_is_taken_from_the_shelf_or_comes_by_standing_order(console: Console, desk: Caller) -> None:
    station = stations.registered(console)
    operator = Caller(console, "operator")
    sha256 = console.context.content.put_bytes(bulletins.wav())
    body = {"series": "Trang địa phương", "title": "Số 1", "original_sha256": sha256}
    path = f"/stations/{station.id}/offers"
    assert desk("POST", path, {**body, "original_sha256": "0" * 64}).status_code == 422
    assert desk("POST", path, body).get_json()["state"] == "making"
    assert operator("GET", "/shelf").get_json() == {"items": []}

    ordered = {"area_id": COMMUNE, "station_id": station.id, "series": "Trang địa phương"}
    first = operator("POST", "/standing-orders", ordered).get_json()
    assert operator("POST", "/standing-orders", ordered).get_json() == first
    assert operator("POST", "/standing-orders", {**ordered, "area_id": DISTRICT}).status_code == 403
    offer = stations.offered(console, station, "Số 2")
    (line,) = operator("GET", "/shelf?series=Trang địa phương").get_json()["items"]
    assert (line["id"], line["duration_ms"]) == (offer.id, bulletins.LENGTH_MS)
    (draft,) = operator("GET", "/bulletins?status=draft").get_json()["items"]
    taken = operator("POST", f"/shelf/{offer.id}/take", {"area_id": COMMUNE}).get_json()
    assert taken == {"bulletin_id": draft["id"]}

    assert operator("DELETE", f"/standing-orders/{first['id']}").status_code == 204
    assert operator("GET", "/standing-orders").get_json() == {"items": []}
    stations.offered(console, station, "Số 3")
    assert len(operator("GET", "/bulletins?status=draft").get_json()["items"]) == 1
    assert desk("DELETE", f"/shelf/{offer.id}").status_code == 204
    assert [each["title"] for each in operator("GET", "/shelf").get_json()["items"]] == ["Số 3"]
    assert [each["title"] for each in desk("GET", path).get_json()["items"]] == ["Số 3", "Số 2", "Số 1"]
