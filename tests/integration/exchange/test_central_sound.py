"""Central bulletin with a sound file: fetched from its host, limited in size, then a draft as any other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from broadcast.bulletins.model import BulletinStatus, SoundState
from cms.bulletins.service import sound as sounding
from cms.exchange.jobs import CentralLinkJob
from cms.exchange.repository.central import CentralOutcome
from cms.exchange.service.central_sound import SOUND_TRIES
from tests.builders import bulletins
from tests.builders.central_system import CentralRoom, linked, sent
from tests.console import Console

O = CentralOutcome  # noqa: E741 - as S and A elsewhere
PATH = "/tep/sot-xuat-huyet.wav"
MISSING = "FETCH_FAILED HTTP_404"


@pytest.fixture
def room(console: Console) -> Iterator[CentralRoom]:
    with linked(console) as room:
        yield room


def with_sound(where: str = PATH, version: int = 1, **more: Any) -> dict[str, Any]:
    return sent(version=version, LoaiBanTin="AmThanh", TepAmThanh={"DuongDan": where, **more})


def outcomes(room: CentralRoom) -> list[tuple[CentralOutcome, str]]:
    return [(each.outcome, each.reason) for each in room.records()]


def told(room: CentralRoom) -> tuple[object, object]:
    """Return the last reported state of the bulletin, and its reason."""
    rows = [row for body in room.central.reports("/trang-thai-ban-tin") for row in body["BanTin"]]
    newest = [row for row in rows if row["BanTinId"] == "TW-1"][-1]
    return newest["TrangThai"], newest["LyDo"]


def test_it_becomes_the_recording_of_the_draft(room: CentralRoom) -> None:
    wav = bulletins.wav()
    room.central.files[PATH] = wav
    room.central.sent.append(with_sound(MaBam=sha256(wav).hexdigest().upper(), TenTep="Sốt xuất huyết.wav"))
    room.step()
    draft = room.drafted()
    assert (draft.status, draft.author_id) == (BulletinStatus.DRAFT, "central")
    assert (draft.original_sha256, draft.original_name) == (sha256(wav).hexdigest(), "Sốt xuất huyết.wav")
    assert draft.sound.state is SoundState.MAKING
    assert room.console.context.content.read_bytes(draft.original_sha256) == wav
    assert outcomes(room) == [(O.DRAFTED, "")]


def test_a_sound_alone_needs_no_text_and_is_named_by_its_path(room: CentralRoom) -> None:
    room.central.files[PATH] = bulletins.wav()
    room.central.sent.append({**with_sound(PATH.removeprefix("/")), "NoiDung": None})
    room.step()
    assert (room.drafted().text, room.drafted().original_name) == ("", "sot-xuat-huyet.wav")


def test_until_its_file_comes_there_is_no_draft_and_nothing_else_is_kept_back(room: CentralRoom) -> None:
    room.central.sent += [with_sound(), sent("TW-2")]
    room.step()
    assert outcomes(room) == [(O.AWAITS_SOUND, MISSING), (O.DRAFTED, "")]
    assert told(room) == ("awaits_sound", MISSING)
    assert "Đang chờ tệp âm thanh" in room.console.client("editor").get("/exchange/central").text
    room.central.files[PATH] = bulletins.wav()
    room.step()
    assert outcomes(room)[0] == (O.DRAFTED, "")
    assert room.link().failing_since_at is None


def test_a_file_that_never_comes_is_given_up_and_said_to_be_missing(room: CentralRoom) -> None:
    room.central.sent.append(with_sound())
    for _ in range(SOUND_TRIES - 1):
        room.step(after_s=3700)
    assert outcomes(room) == [(O.AWAITS_SOUND, MISSING)]
    room.step(after_s=3700)
    assert outcomes(room) == [(O.REFUSED, MISSING)]
    assert told(room) == ("refused", MISSING)


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ("https://elsewhere.example/a.wav", "HOST"),
        ("//elsewhere.example/a.wav", "HOST"),
        ("file:///etc/passwd", "SCHEME"),
        ("http://127.0.0.1:9/a.wav", "HOST"),
    ],
)
def test_no_other_place_is_asked(room: CentralRoom, where: str, reason: str) -> None:
    room.central.sent.append(with_sound(where))
    room.step()
    assert outcomes(room) == [(O.REFUSED, f"FETCH_REFUSED {reason}")]


def test_no_more_is_taken_than_from_a_person(room: CentralRoom) -> None:
    settings = room.context.settings.model_copy(update={"upload_max_mb": 1})
    room.central.files[PATH] = b"x" * (1024 * 1024 + 1)
    room.central.sent.append(with_sound())
    CentralLinkJob(replace(room.context, settings=settings)).step()
    assert outcomes(room) == [(O.REFUSED, "SOUND TOO_LARGE")]
    assert "tệp âm thanh quá lớn" in room.console.client("editor").get("/exchange/central").text


def test_a_process_that_is_to_end_leaves_off_in_the_middle_and_begins_again_in_its_next_life(room: CentralRoom) -> None:
    room.central.files[PATH] = bulletins.wav()
    room.central.sent.append(with_sound())
    room.desk.step(lambda: True)
    assert outcomes(room) == [(O.AWAITS_SOUND, "FETCH_FAILED STOPPING")]
    room.step()
    assert outcomes(room) == [(O.DRAFTED, "")]


def test_another_file_than_was_named_is_not_taken(room: CentralRoom) -> None:
    room.central.files[PATH] = bulletins.wav()
    room.central.sent.append(with_sound(MaBam="0" * 64))
    room.step()
    assert outcomes(room) == [(O.AWAITS_SOUND, "SOUND HASH")]
    assert room.console.context.content.has("0" * 64) is False


def test_a_newer_version_is_not_overtaken_by_the_file_of_an_older_one(room: CentralRoom) -> None:
    room.central.sent.append(with_sound())
    room.step()
    room.central.sent.append(sent(version=2))
    room.step()
    room.central.files[PATH] = bulletins.wav()
    room.step(after_s=3700)
    assert [each for each, _ in outcomes(room)] == [O.OLD, O.DRAFTED]
    assert room.drafted().original_sha256 == ""


def test_a_new_version_with_a_sound_is_written_into_the_untouched_draft(room: CentralRoom) -> None:
    room.central.files[PATH] = bulletins.wav()
    room.central.sent += [sent(), with_sound(version=2)]
    room.step()
    assert [each for each, _ in outcomes(room)] == [O.DRAFTED, O.REDRAFTED]
    assert room.drafted().original_name == "sot-xuat-huyet.wav"


def test_what_the_worker_finds_to_be_no_sound_is_told(room: CentralRoom) -> None:
    room.central.files[PATH] = b"<html>"
    room.central.sent.append(with_sound())
    room.step()
    draft = room.drafted()
    sounding.fail(
        room.context.uow(),
        draft.id,
        job_id=draft.sound.job_id,
        made_from=draft.sound.made_from,
        error="AUDIO_REFUSED NOT_AUDIO",
        now=room.console.clock(),
    )
    room.step()
    assert told(room) == ("draft", "AUDIO_REFUSED NOT_AUDIO")
