from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from werkzeug.test import TestResponse

from broadcast.bulletins.deliveries import DeliveryState
from devices.protocol.boards import Screen
from tests.builders import boards, bulletins
from tests.console import COMMUNE, FAR_COMMUNE, Console
from tests.contract.api.conftest import Caller


def pages(call: Caller, path: str, limit: int = 2) -> list[list[dict[str, object]]]:
    found, cursor = [], ""
    while True:
        page = call("GET", f"{path}?limit={limit}&cursor={cursor}").get_json()
        found.append(page["items"])
        cursor = page["next"]
        if not cursor:
            return found


def test_lists_come_in_pages_by_cursor(console: Console, call: Caller) -> None:
    for number in range(5):
        console.clock.pass_by(seconds=1)
        bulletins.write(console, f"Tin {number}")
    found = pages(call, "/bulletins")
    assert [len(page) for page in found] == [2, 2, 1]
    assert [row["title"] for page in found for row in page] == [f"Tin {number}" for number in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize(
    "path", ["/bulletins?", "/alerts?", "/as-runs?from_at=2026-11-24T00:00:00Z&until_at=2026-11-25T00:00:00Z&"]
)
@pytest.mark.parametrize("cursor", ["x", "x~y~z", "2026-11-24~b~c"])
def test_a_cursor_that_no_page_gave_is_refused(call: Caller, path: str, cursor: str) -> None:
    answer = call("GET", f"{path}cursor={cursor}")
    assert answer.status_code == 422
    assert [each["code"] for each in answer.get_json()["problems"]] == ["NOT_A_CURSOR"]


def test_a_parameter_that_a_call_does_not_have_is_refused(call: Caller) -> None:
    answer = call("GET", "/bulletins?cursr=&limit=2")
    assert answer.status_code == 422
    (problem,) = answer.get_json()["problems"]
    assert (problem["field"], problem["code"]) == ("cursr", "UNKNOWN_PARAMETER")
    assert call("GET", "/stations?x=1").status_code == 422
    # A feed is asked for by programs that add parameters of their own.
    assert call("GET", "/cap/feed.atom?utm=1").status_code == 200


def test_areas_and_devices_come_in_pages(call: Caller) -> None:
    areas = [str(row["id"]) for page in pages(call, "/areas", 4) for row in page]
    assert areas == sorted(areas)
    assert len(areas) == 6
    assert len([row for page in pages(call, "/devices", 3) for row in page]) == 4


def test_a_board_whose_screen_was_told_is_listed_with_it(console: Console, call: Caller) -> None:
    board = boards.stood(console, Screen(w=192, h=64))
    body = call("GET", f"/devices/{board}").get_json()["screen"]
    assert (body["w"], body["h"]) == (192, 64)
    assert board in {each["id"] for each in call("GET", "/devices").get_json()["items"]}


def test_devices_are_found_by_area_and_link(call: Caller) -> None:
    near = call("GET", f"/devices?area={COMMUNE}").get_json()["items"]
    assert {row["area_id"] for row in near} == {COMMUNE}
    assert call("GET", "/devices?area=nowhere").get_json()["items"] == []
    assert call("GET", "/devices?online=true").get_json()["items"] == []


def test_a_boards_screen_is_told_with_it(console: Console, call: Caller) -> None:
    board = boards.stood(console, Screen(w=96, h=32, colours="three"))
    screen = {"w": 96, "h": 32, "colours": "three"}
    assert call("GET", f"/devices/{board}").get_json()["screen"] == screen
    listed = {row["id"]: row["screen"] for row in call("GET", "/devices").get_json()["items"]}
    assert listed.pop(board) == screen
    assert set(listed.values()) == {None}


def test_bulletins_are_found_by_words_and_state(console: Console, call: Caller) -> None:
    bulletins.write(console, "Tiêm phòng dại")
    bulletins.write(console, "Cắt điện", text="Điện lực báo cắt điện")
    assert [row["title"] for row in call("GET", "/bulletins?q=tiem+phong").get_json()["items"]] == ["Tiêm phòng dại"]
    assert call("GET", "/bulletins?status=approved").get_json()["items"] == []


def test_an_unchanged_answer_is_not_sent_again(console: Console, call: Caller) -> None:
    draft = bulletins.write(console)
    first = call("GET", f"/bulletins/{draft.id}")
    assert first.headers["ETag"] == '"1"'
    assert call("GET", f"/bulletins/{draft.id}", If_None_Match='"1"').status_code == 304
    listed = call("GET", "/bulletins")
    assert call("GET", "/bulletins", If_None_Match=listed.headers["ETag"]).status_code == 304


def test_deliveries_cover_every_airing_and_device(console: Console, call: Caller) -> None:
    daily = bulletins.on_the_way(console, starts="2026-11-24T17:00", rrule="FREQ=DAILY;COUNT=3")
    first = bulletins.airings(console, daily)[0]
    bulletins.report(console, first, bulletins.devices(console)[0], DeliveryState.DONE)
    found = [row for page in pages(call, f"/bulletins/{daily.id}/deliveries") for row in page]
    assert len(found) == 9
    assert len({(row["occurrence_id"], row["device_id"]) for row in found}) == 9
    assert [row["state"] for row in found[:3]] == ["done", "sent", "sent"]
    only = call("GET", f"/bulletins/{daily.id}/deliveries?occurrence={first.occurrence_id}").get_json()["items"]
    assert len(only) == 3


def test_a_page_may_end_exactly_between_two_airings(console: Console, call: Caller) -> None:
    daily = bulletins.on_the_way(console, starts="2026-11-24T17:00", rrule="FREQ=DAILY;COUNT=2")
    assert [len(page) for page in pages(call, f"/bulletins/{daily.id}/deliveries", 3)] == [3, 3]


def test_records_tell_the_skew(console: Console, call: Caller) -> None:
    once = bulletins.on_the_way(console)
    for device in bulletins.devices(console):
        bulletins.report(console, bulletins.airings(console, once)[0], device, DeliveryState.DONE)
    records = [row for page in pages(call, f"/bulletins/{once.id}/as-runs") for row in page]
    assert [row["skew_ms"] for row in records] == [4.0, 4.0, 4.0]
    assert {row["result"] for row in records} == {"done"}


def test_a_draft_has_no_records(console: Console, call: Caller) -> None:
    assert call("GET", f"/bulletins/{bulletins.write(console).id}/as-runs").get_json() == {"items": [], "next": ""}


def test_preflight_tells_what_would_be_heard(console: Console, call: Caller) -> None:
    ready = bulletins.make_sound(console, bulletins.write(console))
    found = call("GET", f"/bulletins/{ready.id}/preflight").get_json()
    assert (found["areas"], found["devices"], found["is_clear"]) == ([COMMUNE], 3, True)
    assert [day["on"] for day in found["days"]] == ["2026-11-24"]


def test_looking_ahead_waits_for_nobody_who_writes(console: Console, call: Caller) -> None:
    planned = bulletins.on_the_way(console, rrule="FREQ=DAILY")
    later = {"shift": {"schedule_id": "1", "on": "2026-11-24", "to": "2026-11-24T18:00"}}
    path = f"/bulletins/{planned.id}"
    assert _beside_a_writer(console, lambda: call("GET", f"{path}/preflight")).status_code == 200
    assert _beside_a_writer(console, lambda: call("POST", f"{path}/reschedule/check", later)).status_code == 200


def _beside_a_writer(console: Console, ask: Callable[[], TestResponse]) -> TestResponse:
    """Return the answer while another process holds the store's one write lock."""
    with closing(sqlite3.connect(console.context.settings.root / "loa.db", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        return ask()


def test_why_names_what_was_to_be_heard(console: Console, call: Caller) -> None:
    once = bulletins.on_the_way(console)
    device = bulletins.devices(console)[0]
    found = call("GET", f"/why?device={device.id}&at=2026-11-24T17:00:05%2B07:00").get_json()
    assert found["played"]["bulletin_id"] == once.id
    assert found["standing"]["state"] == "sent"
    assert call("GET", f"/why?device={device.id}").get_json()["played"] is None


def test_a_job_tells_how_far_it_is(console: Console, call: Caller) -> None:
    job_id = bulletins.write(console).sound.job_id
    assert call("GET", f"/jobs/{job_id}").get_json()["state"] == "queued"
    assert Caller(console, "far-operator")("GET", f"/jobs/{job_id}").status_code == 404


def test_what_one_may_not_see_is_not_told_to_exist(console: Console) -> None:
    device = bulletins.devices(console)[0].id
    draft = bulletins.write(console)
    stranger = Caller(console, "far-operator")
    for path in (f"/devices/{device}", f"/bulletins/{draft.id}", f"/why?device={device}"):
        assert stranger("GET", path).status_code == 404
    assert {row["area_id"] for row in stranger("GET", "/devices").get_json()["items"]} == {FAR_COMMUNE}
