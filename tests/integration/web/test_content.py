from __future__ import annotations

from broadcast.model.bulletins import Bulletin
from broadcast.use_cases import withdrawing
from tests import newsroom, public_room
from tests.console import Console

OPUS = b"OggS" + bytes(range(256)) * 8


def test_what_devices_play_is_served_by_hash_without_sign_in(console: Console) -> None:
    data = OPUS
    sha256 = console.context.content.put_bytes(data)
    with console.client().get(f"/content/{sha256}") as answer:
        assert answer.data == data
        assert answer.headers["ETag"] == f'"{sha256}"'
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.mimetype == "application/octet-stream"


def test_content_is_fetched_in_ranges_and_resumed(console: Console) -> None:
    data = OPUS
    sha256 = console.context.content.put_bytes(data)
    with console.client().get(f"/content/{sha256}", headers={"Range": "bytes=10-19"}) as part:
        assert (part.status_code, part.data) == (206, data[10:20])
        assert part.headers["Content-Range"] == f"bytes 10-19/{len(data)}"
    with console.client().get(f"/content/{sha256}", headers={"Range": f"bytes={len(data) - 4}-"}) as rest:
        assert rest.data == data[-4:]
    with console.client().get(f"/content/{sha256}", headers={"Range": f"bytes={len(data)}-"}) as beyond:
        assert beyond.status_code == 416


def test_known_content_is_not_sent_again(console: Console) -> None:
    sha256 = console.context.content.put_bytes(b"{}")
    with console.client().get(f"/content/{sha256}", headers={"If-None-Match": f'"{sha256}"'}) as answer:
        assert answer.status_code == 304


def test_a_player_is_told_the_type(console: Console) -> None:
    sha256 = console.context.content.put_bytes(newsroom.wav())
    with console.client("editor").get(f"/content/{sha256}?as=mp3") as answer:
        assert answer.mimetype == "audio/mpeg"


def test_nothing_but_hashes_is_found(console: Console) -> None:
    client = console.client()
    for name in ("", "0" * 64, "0" * 63, "A" * 64, "..%2F..%2Floa.db", "partial"):
        assert client.get(f"/content/{name}").status_code == 404


def played(bulletin: Bulletin) -> str:
    """The address that people's browsers play it from."""
    made = bulletin.sound.rendition("browser-mp3")
    assert made is not None
    return f"/content/{made.sha256}?as=mp3"


def test_a_drafts_sound_is_for_whoever_is_signed_in(console: Console) -> None:
    path = played(newsroom.make_sound(console, newsroom.write(console, "Bản nháp")))
    assert console.client().get(path).status_code == 404
    with console.client("operator").get(path) as answer:
        assert answer.status_code == 200
        assert "private" in answer.headers["Cache-Control"]


def test_a_withdrawn_bulletins_sound_is_public_for_a_minute_more_at_the_most(console: Console) -> None:
    taken = public_room.heard(console, "Đã thu hồi", minutes_ago=90, rrule="FREQ=DAILY;COUNT=3")
    with console.client().get(played(taken)) as answer:
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "public, max-age=60")
    withdrawing.withdraw(
        console.context.uow(),
        taken.id,
        expected_version=taken.version,
        actor=console.actor("approver"),
        authority=console.context.authority,
        now=console.clock(),
    )
    assert console.client().get(played(taken)).status_code == 404


def test_what_no_bulletin_says_is_fetched_by_its_hash(console: Console) -> None:
    """Firmware, programmes and documents, by devices and stations; nobody on the way keeps it."""
    sha256 = console.context.content.put_bytes(b"\x7fELF" + bytes(64))
    with console.client().get(f"/content/{sha256}") as answer:
        assert answer.status_code == 200
        assert "private" in answer.headers["Cache-Control"]


def test_by_https_the_browser_is_told_to_stay_with_it(console: Console) -> None:
    safe = console.client().get("/sign-in", base_url="https://loa.example")
    assert "max-age=31536000" in safe.headers["Strict-Transport-Security"]
    assert all("; Secure" in cookie for cookie in safe.headers.getlist("Set-Cookie") if cookie.startswith("loa_form"))
    assert any(cookie.startswith("loa_form") for cookie in safe.headers.getlist("Set-Cookie"))
    assert "Strict-Transport-Security" not in console.client().get("/sign-in").headers
