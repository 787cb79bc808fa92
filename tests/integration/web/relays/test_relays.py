"""Page of relay sources, and a bulletin that relays one, from its form to the devices' reports."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from broadcast.bulletins.deliveries import AsRun, Delivery, DeliveryState
from broadcast.relays.model import Health, RelayRun, RelayRunPart, RelaySource, SourceHealth, SourceState, StreamForm
from cms.bulletins.repository.bulletins import Transmissions
from cms.relays import labels as relay_labels
from cms.relays.repository import RelaySources
from cms.schedule.repository.deliveries import Deliveries
from tests.builders import bulletins, relays
from tests.console import COMMUNE, Console, post

FORM: dict[str, object] = {
    "area": COMMUNE,
    "name": "VOV1",
    "kind": "national",
    "owner": "Đài Tiếng nói Việt Nam",
    "form": "hls",
    "urls": "https://a.example/live.m3u8\r\nhttp://b.example/live.m3u8\r\n",
    "licence": "12/HĐ-TS",
    "until": "2027-01-31",
    "slot_max": "30",
    "day_max": "",
}


def sources(console: Console) -> list[RelaySource]:
    with console.context.uow() as uow:
        return list(uow[RelaySources].all())


def test_a_source_is_written_by_one_person_and_approved_by_another(console: Console) -> None:
    editor = console.client("editor")
    html = post(editor, "/relay-sources/new", FORM, follow_redirects=True).text
    assert "Đã ghi nguồn “VOV1”" in html
    assert "Chờ duyệt" in html
    assert "/approve" not in html
    (source,) = sources(console)
    assert source.urls == ("https://a.example/live.m3u8", "http://b.example/live.m3u8")
    assert (source.form, source.licence.slot_max_minutes, source.licence.day_max_minutes) == (StreamForm.HLS, 30, 0)
    # Whoever approves can hear it, and knows how many loudspeakers its server has to serve.
    assert 'href="https://a.example/live.m3u8" target="_blank"' in html
    assert "loa: mỗi loa mở một kết nối riêng" in html
    approver = console.client("approver")
    assert f"/relay-sources/{source.id}/approve" in approver.get("/relay-sources").text
    done = post(approver, f"/relay-sources/{source.id}/approve", {"version": "1"}, follow_redirects=True).text
    assert "Đã duyệt nguồn tiếp sóng." in done
    assert "31/01/2027" in done


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": ""}, "Cần điền mục này."),
        ({"urls": "ftp://x"}, "không phải địa chỉ luồng"),
        ({"slot_max": "nhiều"}, "Hãy ghi số phút từ 0 đến 1440."),
        ({"until": "mai"}, "Ngày không đúng."),
        ({"kind": "own"}, "Cần điền mục này."),
        ({"area": ""}, "Cần điền mục này."),
    ],
)
def test_a_source_that_cannot_be_is_told_beside_what_was_typed(
    console: Console, wrong: dict[str, object], told: str
) -> None:
    answer = post(console.client("editor"), "/relay-sources/new", {**FORM, **wrong})
    assert answer.status_code == 422
    assert told in answer.text
    assert "12/HĐ-TS" in answer.text
    assert sources(console) == []


def test_a_source_that_is_changed_has_to_be_approved_again(console: Console) -> None:
    source = relays.approved(console)
    editor = console.client("editor")
    form = editor.get(f"/relay-sources/{source.id}/edit").text
    assert "Nguồn đã được duyệt." in form
    assert "https://stream.example/vov1.mp3" in form
    path = f"/relay-sources/{source.id}/edit"
    assert "phải được duyệt lại" in post(editor, path, {**FORM, "version": "2"}, follow_redirects=True).text
    assert sources(console)[0].state is SourceState.DRAFT
    stale = post(editor, path, {**FORM, "name": "VOV 2", "version": "2"})
    assert stale.status_code == 409
    assert 'value="VOV 2"' in stale.text
    wrong = post(editor, path, {**FORM, "name": "", "version": "3"})
    assert wrong.status_code == 422


def test_whoever_may_stop_suspends_a_source_and_says_why(console: Console) -> None:
    source = relays.approved(console)
    operator, path = console.client("operator"), f"/relay-sources/{source.id}/suspend"
    assert "Cần điền mục này." in post(operator, path, {"version": "2", "why": " "}).text
    html = post(operator, path, {"version": "2", "why": "Đài phát nhầm"}, follow_redirects=True).text
    assert "Loa không tiếp sóng nguồn này nữa." in html
    assert "Đài phát nhầm · Operator" in html


def test_a_source_of_another_commune_is_not_shown(console: Console) -> None:
    source = relays.approved(console)
    far = console.client("far-operator")
    assert "VOV1" not in far.get("/relay-sources").text
    assert far.get(f"/relay-sources/{source.id}/edit").status_code == 404


def test_how_a_source_was_last_heard_stands_beside_it(console: Console) -> None:
    source = relays.approved(console)
    now = console.clock()
    found = SourceHealth(source.id, Health.SILENT, now, now - timedelta(minutes=9), "-91 dB")
    with console.context.uow() as uow:
        uow[RelaySources].note_health([found])
        uow.commit()
    html = console.client("approver").get("/relay-sources").text
    assert "Im lặng" in html
    assert "-91 dB" in html


def bulletin_form(source: RelaySource, **more: Any) -> dict[str, object]:
    form: dict[str, object] = {
        "title": "Thời sự",
        "kind": "text",
        "text": "Sóng đang gián đoạn, mời bà con chờ trong giây lát.",
        "topic": "notice",
        "priority": "normal",
        "language": "vi",
        "after": "resume",
        "areas": [COMMUNE],
        "relay_source": source.id,
        "relay_minutes": "20",
        "s": "1",
        "s-1-kind": "once",
        "s-1-on": "2026-11-25",
        "s-1-at": "06:00",
    }
    return {**form, **more}


def test_a_relay_goes_from_the_form_to_the_plans_and_what_devices_tell_of_it_is_shown(console: Console) -> None:
    source = relays.approved(console)
    editor = console.client("editor")
    assert ">VOV1</option>" in editor.get("/bulletins/new").text
    saved = post(editor, "/bulletins/new", bulletin_form(source), follow_redirects=True)
    assert "Tiếp sóng: VOV1, 20:00." in saved.text
    bulletin_id = saved.request.path.rsplit("/", 1)[-1]
    assert f'<option value="{source.id}" selected>VOV1</option>' in editor.get(f"/bulletins/{bulletin_id}/edit").text
    submitted = bulletins.submit(console, bulletins.make_sound(console, bulletins.stored(console, bulletin_id)))
    approver = console.client("approver")
    assert "Tiếp sóng: VOV1, 20:00." in approver.get(f"/bulletins/{bulletin_id}/approval").text
    bulletin = bulletins.approve(console, submitted)
    bulletins.plan(console, COMMUNE)
    (airing,) = bulletins.airings(console, bulletin)
    assert airing.end_at - airing.start_at == timedelta(minutes=20)
    device = bulletins.devices(console)[0]
    middle = airing.start_at + timedelta(minutes=12)
    parts = (RelayRunPart("stream", airing.start_at, middle), RelayRunPart("fallback", middle, airing.end_at))
    with console.context.uow() as uow:
        (frozen,) = uow[Transmissions].of_bulletin(bulletin.id)
        uow[Deliveries].advance(
            [Delivery(device.id, device.name, airing.occurrence_id, frozen.id, DeliveryState.DONE, airing.end_at)]
        )
        uow[Deliveries].record(
            [
                AsRun(
                    device_id=device.id,
                    device_name=device.name,
                    record_id="r-relay",
                    occurrence_id=airing.occurrence_id,
                    transmission_id=frozen.id,
                    title=airing.title,
                    sha256="a" * 64,
                    planned_at=airing.start_at,
                    started_at=airing.start_at,
                    ended_at=airing.end_at,
                    result="done",
                    reason="",
                    volume_pct=80,
                    received_at=airing.end_at,
                    area_id=device.area_id,
                    relayed=RelayRun(source.id, 12 * 60_000, 8 * 60_000, parts),
                )
            ]
        )
        uow.commit()
    found = "tiếp sóng 12:00, bản thay thế 8:00"
    assert found in approver.get(f"/bulletins/{bulletin_id}/delivery").text
    assert found in approver.get("/as-run?from=2026-11-25").text
    why = approver.get(f"/why?device={device.id}&at=2026-11-25T06:05").text
    assert found in why
    assert "06:12:00" in why


@pytest.mark.parametrize("minutes", ["", "mười", "999", "0"])
def test_a_relay_without_a_length_is_told_at_its_field(console: Console, minutes: str) -> None:
    source = relays.approved(console)
    answer = post(console.client("editor"), "/bulletins/new", bulletin_form(source, relay_minutes=minutes))
    assert answer.status_code == 422
    assert "Thời lượng tiếp sóng từ 1 phút đến 4 giờ." in answer.text


def test_what_relays_nothing_says_nothing_of_it() -> None:
    assert relay_labels.how_it_went(None) == ""
    assert relay_labels.line(None) == ""
