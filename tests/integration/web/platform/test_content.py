from __future__ import annotations

import io
import re
from dataclasses import replace

from sqlalchemy import insert, text

from broadcast.bulletins.model import Bulletin, Rendition, Sound, SoundState
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.service import review
from cms.bulletins.service import sound as bulletin_sound
from cms.public.tables import UnlistedBulletinRow
from tests.builders import bulletins, public_pages
from tests.console import Console, post

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
    sha256 = console.context.content.put_bytes(bulletins.wav())
    with console.client("editor").get(f"/content/{sha256}?as=mp3") as answer:
        assert answer.mimetype == "audio/mpeg"


def test_nothing_but_hashes_is_found(console: Console) -> None:
    client = console.client()
    for name in ("", "0" * 64, "0" * 63, "A" * 64, "..%2F..%2Floa.db", "partial"):
        assert client.get(f"/content/{name}").status_code == 404


def test_the_front_is_told_of_a_refusal_so_that_it_can_keep_it(console: Console) -> None:
    assert console.client().get(f"/content/{'0' * 64}?permit").status_code == 403


def played(bulletin: Bulletin) -> str:
    """Return the address from which browsers play the bulletin."""
    made = bulletin.sound.rendition("browser-mp3")
    assert made is not None
    return f"/content/{made.sha256}?as=mp3"


def test_a_drafts_sound_is_for_whoever_is_signed_in(console: Console) -> None:
    path = played(bulletins.make_sound(console, bulletins.write(console, "Bản nháp")))
    assert console.client().get(path).status_code == 404
    with console.client("operator").get(path) as answer:
        assert answer.status_code == 200
        assert "private" in answer.headers["Cache-Control"]


def sounded(console: Console, bulletin: Bulletin) -> Bulletin:
    """Finish the bulletin's sound with other bytes for each player, as the worker does, and for this bulletin alone."""
    kinds = (("device-opus", b"OggS"), ("browser-mp3", b"ID3"), ("master-flac", b"fLaC"), ("waveform", b"{"))
    content = [(kind, console.context.content.put_bytes(head + bulletin.id.encode())) for kind, head in kinds]
    bulletin_sound.finish(
        console.context.uow(),
        bulletin.id,
        Sound(
            SoundState.READY,
            made_from=bulletin.sound_input,
            job_id=bulletin.sound.job_id,
            renditions=tuple(
                [Rendition(kind, sha256, 30, bulletins.LENGTH_MS, "audio/ogg") for kind, sha256 in content]
            ),
            loudness_lufs=-16.0,
            true_peak_dbtp=-1.3,
        ),
        now=console.clock(),
    )
    return bulletins.again(console, bulletin)


def made_of(bulletin: Bulletin) -> list[str]:
    """Return the addresses of all its renditions: for devices and browsers, master and pictures."""
    return [f"/content/{each.sha256}" for each in bulletin.sound.renditions]


def withdraw(console: Console, bulletin: Bulletin) -> None:
    review.withdraw(
        console.context.uow(),
        bulletin.id,
        expected_version=bulletin.version,
        call=console.context.call(console.actor("approver"), console.clock()),
    )


def statuses(console: Console, paths: list[str], login: str = "") -> set[int]:
    client, found = console.client(login), set()
    for path in paths:
        with client.get(path) as answer:
            found.add(answer.status_code)
    return found


def test_nothing_of_a_draft_is_read_by_its_hash_without_a_right(console: Console) -> None:
    """Before, its Ogg was open to everybody, because devices fetch theirs so."""
    paths = made_of(sounded(console, bulletins.write(console, "Bản nháp")))
    assert len(paths) == 4
    assert statuses(console, paths) == {404}
    assert statuses(console, paths, "far-operator") == {404}, "another commune's person"
    assert statuses(console, paths, "operator") == {200}


def test_devices_fetch_an_approved_sound_without_sign_in_until_it_is_withdrawn(console: Console) -> None:
    approved = public_pages.heard(console, "Đang phát", minutes_ago=90, rrule="FREQ=DAILY;COUNT=3", sound=sounded)
    device = approved.sound.rendition("device-opus")
    assert device is not None
    for_devices, for_browsers = f"/content/{device.sha256}", played(approved).partition("?")[0]
    others = sorted({*made_of(approved)} - {for_devices, for_browsers})
    assert statuses(console, [for_devices, for_browsers]) == {200}
    assert statuses(console, others) == {404}, "master and picture are for nobody outside"

    withdraw(console, approved)

    assert statuses(console, made_of(approved)) == {404}
    assert statuses(console, made_of(approved), "operator") == {200}


def test_a_sound_that_was_replaced_is_for_who_may_read_the_bulletin(console: Console) -> None:
    first = sounded(console, bulletins.write(console, "Bản nháp"))
    with console.context.uow() as uow:
        uow[Bulletins].save(replace(first, version=first.version + 1, sound=Sound()))
        uow.commit()
    assert statuses(console, made_of(first)) == {404}
    assert statuses(console, made_of(first), "far-operator") == {404}
    assert statuses(console, made_of(first), "operator") == {200}


def test_an_unlisted_bulletins_sound_is_on_no_public_page_nor_by_its_hash(console: Console) -> None:
    heard = public_pages.heard(console, "Đã nghe", minutes_ago=90, sound=sounded)
    assert statuses(console, [played(heard)]) == {200}
    with console.context.uow() as uow:
        row = {"bulletin_id": heard.id, "by": "u", "by_name": "Lan", "at": console.clock()}
        uow.session.execute(insert(UnlistedBulletinRow), [row])
        uow.commit()
    assert statuses(console, [played(heard)]) == {404}


def test_a_recording_that_is_in_nothing_yet_is_for_whoever_is_signed_in(console: Console) -> None:
    sent = {"recording": (io.BytesIO(bulletins.wav()), "tin.wav")}
    found = re.search(r'src="(/content/\w{64})"', post(console.client("editor"), "/uploads", sent).text)
    assert found
    assert statuses(console, [found.group(1)]) == {404}
    assert statuses(console, [found.group(1)], "editor") == {200}


def test_whose_content_it_is_is_found_by_an_index(console: Console) -> None:
    """A search in the text of 10,000 bulletins took 78 ms, for each fetch of each device; the index takes 0.7 ms."""
    with console.context.uow() as uow:
        query = text("EXPLAIN QUERY PLAN SELECT bulletin_id FROM bulletin_sounds WHERE sha256 = 'x'")
        plan = " ".join(str(row) for row in uow.session.execute(query))
    assert "SEARCH bulletin_sounds USING" in plan


def test_a_withdrawn_bulletins_sound_is_public_for_a_minute_more_at_the_most(console: Console) -> None:
    taken = public_pages.heard(console, "Đã thu hồi", minutes_ago=90, rrule="FREQ=DAILY;COUNT=3")
    with console.client().get(played(taken)) as answer:
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "public, max-age=60")
    withdraw(console, taken)
    assert console.client().get(played(taken)).status_code == 404


def test_what_no_bulletin_says_is_fetched_by_its_hash(console: Console) -> None:
    """Devices and stations fetch firmware, programmes and documents by hash; no proxy may cache them."""
    sha256 = console.context.content.put_bytes(b"\x7fELF" + bytes(64))
    with console.client().get(f"/content/{sha256}") as answer:
        assert answer.status_code == 200
        assert "private" in answer.headers["Cache-Control"]


def test_by_https_the_browser_is_told_to_stay_with_it(console: Console) -> None:
    safe = console.client().get("/sign-in", base_url="https://loa.example")
    assert "max-age=31536000" in safe.headers["Strict-Transport-Security"]
    (form,) = (cookie for cookie in safe.headers.getlist("Set-Cookie") if "loa_form=" in cookie)
    assert form.startswith("__Host-loa_form=")
    assert "; Secure" in form
    assert "; Path=/" in form
    assert "Domain" not in form
    plain = console.client().get("/sign-in").headers.getlist("Set-Cookie")
    assert [cookie.partition("=")[0] for cookie in plain if "loa_form=" in cookie] == ["loa_form"]
    assert "Strict-Transport-Security" not in console.client().get("/sign-in").headers
