"""Central bulletin with a sound file: fetched from its host, limited in size, then a draft as any other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from broadcast.bulletins.model import BulletinStatus, Sound, SoundState
from cms.bulletins.service import sound
from cms.exchange.jobs import CentralLinkJob
from cms.exchange.model import CentralOutcome
from cms.exchange.service.central_client import SOUND_TRIES
from tests.builders import bulletins
from tests.builders.central_system import CentralHarness, linked, sent
from tests.console import Console

O = CentralOutcome  # noqa: E741 - as S and A elsewhere
PATH = "/tep/sot-xuat-huyet.wav"
MISSING = "FETCH_FAILED HTTP_404"


@pytest.fixture
def harness(console: Console) -> Iterator[CentralHarness]:
    with linked(console) as harness:
        yield harness


def with_sound(where: str = PATH, version: int = 1, **more: Any) -> dict[str, Any]:
    return sent(version=version, LoaiBanTin="AmThanh", TepAmThanh={"DuongDan": where, **more})


def outcomes(harness: CentralHarness) -> list[tuple[CentralOutcome, str]]:
    return [(each.outcome, each.reason) for each in harness.records()]


def told(harness: CentralHarness) -> tuple[object, object]:
    """Return the last reported state of the bulletin, and its reason."""
    rows = [row for body in harness.central.reports("/trang-thai-ban-tin") for row in body["BanTin"]]
    newest = [row for row in rows if row["BanTinId"] == "TW-1"][-1]
    return newest["TrangThai"], newest["LyDo"]


def test_it_becomes_the_recording_of_the_draft(harness: CentralHarness) -> None:
    wav = bulletins.wav()
    harness.central.files[PATH] = wav
    harness.central.sent.append(with_sound(MaBam=sha256(wav).hexdigest().upper(), TenTep="Sốt xuất huyết.wav"))
    harness.step()
    draft = harness.drafted()
    assert (draft.status, draft.author_id) == (BulletinStatus.DRAFT, "central")
    assert (draft.original_sha256, draft.original_name) == (sha256(wav).hexdigest(), "Sốt xuất huyết.wav")
    assert draft.sound.state is SoundState.MAKING
    assert harness.console.context.content.read_bytes(draft.original_sha256) == wav
    assert outcomes(harness) == [(O.DRAFTED, "")]


def test_a_sound_alone_needs_no_text_and_is_named_by_its_path(harness: CentralHarness) -> None:
    harness.central.files[PATH] = bulletins.wav()
    harness.central.sent.append({**with_sound(PATH.removeprefix("/")), "NoiDung": None})
    harness.step()
    assert (harness.drafted().text, harness.drafted().original_name) == ("", "sot-xuat-huyet.wav")


def test_until_its_file_comes_there_is_no_draft_and_nothing_else_is_kept_back(harness: CentralHarness) -> None:
    harness.central.sent += [with_sound(), sent("TW-2")]
    harness.step()
    assert outcomes(harness) == [(O.AWAITS_SOUND, MISSING), (O.DRAFTED, "")]
    assert told(harness) == ("awaits_sound", MISSING)
    assert "Đang chờ tệp âm thanh" in harness.console.client("editor").get("/exchange/central").text
    harness.central.files[PATH] = bulletins.wav()
    harness.step()
    assert outcomes(harness)[0] == (O.DRAFTED, "")
    assert harness.link().failing_since_at is None


def test_a_file_that_never_comes_is_given_up_and_said_to_be_missing(harness: CentralHarness) -> None:
    harness.central.sent.append(with_sound())
    for _ in range(SOUND_TRIES - 1):
        harness.step(after_s=3700)
    assert outcomes(harness) == [(O.AWAITS_SOUND, MISSING)]
    harness.step(after_s=3700)
    assert outcomes(harness) == [(O.REFUSED, MISSING)]
    assert told(harness) == ("refused", MISSING)


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ("https://elsewhere.example/a.wav", "HOST"),
        ("//elsewhere.example/a.wav", "HOST"),
        ("file:///etc/passwd", "SCHEME"),
        ("http://127.0.0.1:9/a.wav", "HOST"),
    ],
)
def test_no_other_place_is_asked(harness: CentralHarness, where: str, reason: str) -> None:
    harness.central.sent.append(with_sound(where))
    harness.step()
    assert outcomes(harness) == [(O.REFUSED, f"FETCH_REFUSED {reason}")]


def test_no_more_is_taken_than_from_a_person(harness: CentralHarness) -> None:
    settings = harness.context.settings.model_copy(update={"upload_max_mb": 1})
    harness.central.files[PATH] = b"x" * (1024 * 1024 + 1)
    harness.central.sent.append(with_sound())
    CentralLinkJob(replace(harness.context, settings=settings)).step()
    assert outcomes(harness) == [(O.REFUSED, "SOUND TOO_LARGE")]
    assert "tệp âm thanh quá lớn" in harness.console.client("editor").get("/exchange/central").text


def test_a_process_that_is_to_end_leaves_off_in_the_middle_and_begins_again_in_its_next_life(
    harness: CentralHarness,
) -> None:
    harness.central.files[PATH] = bulletins.wav()
    harness.central.sent.append(with_sound())
    harness.job.step(lambda: True)
    assert outcomes(harness) == [(O.AWAITS_SOUND, "FETCH_FAILED STOPPING")]
    harness.step()
    assert outcomes(harness) == [(O.DRAFTED, "")]


def test_another_file_than_was_named_is_not_taken(harness: CentralHarness) -> None:
    harness.central.files[PATH] = bulletins.wav()
    harness.central.sent.append(with_sound(MaBam="0" * 64))
    harness.step()
    assert outcomes(harness) == [(O.AWAITS_SOUND, "SOUND HASH")]
    assert harness.console.context.content.has("0" * 64) is False


def test_a_newer_version_is_not_overtaken_by_the_file_of_an_older_one(harness: CentralHarness) -> None:
    harness.central.sent.append(with_sound())
    harness.step()
    harness.central.sent.append(sent(version=2))
    harness.step()
    harness.central.files[PATH] = bulletins.wav()
    harness.step(after_s=3700)
    assert [each for each, _ in outcomes(harness)] == [O.OLD, O.DRAFTED]
    assert harness.drafted().original_sha256 == ""


def test_a_new_version_with_a_sound_is_written_into_the_untouched_draft(harness: CentralHarness) -> None:
    harness.central.files[PATH] = bulletins.wav()
    harness.central.sent += [sent(), with_sound(version=2)]
    harness.step()
    assert [each for each, _ in outcomes(harness)] == [O.DRAFTED, O.REDRAFTED]
    assert harness.drafted().original_name == "sot-xuat-huyet.wav"


def test_what_the_worker_finds_to_be_no_sound_is_told(harness: CentralHarness) -> None:
    harness.central.files[PATH] = b"<html>"
    harness.central.sent.append(with_sound())
    harness.step()
    draft = harness.drafted()
    sound.finish(
        harness.context.uow(),
        draft.id,
        Sound(
            SoundState.FAILED,
            made_from=draft.sound.made_from,
            job_id=draft.sound.job_id,
            error="AUDIO_REFUSED NOT_AUDIO",
        ),
        now=harness.console.clock(),
    )
    harness.step()
    assert told(harness) == ("draft", "AUDIO_REFUSED NOT_AUDIO")
