"""Unused content: set aside, brought back by whoever asks for it, deleted a week later."""

from __future__ import annotations

import io
import os
import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from cms.audit.queries import events_of
from cms.bulletins import jobs
from cms.bulletins.queries import CONTENT, freed_bytes
from cms.bulletins.repository.sharing import SentRecordings
from cms.bulletins.service.content_collection import CollectedContent, collect
from cms.bulletins.tables.bulletins import BulletinRow
from cms.platform.store.engine import reading
from media.errors import ContentAwayError, ContentMissingError
from media.model import ShelvedContent
from media.storage import ASIDE, key_of
from province.people import program
from tests.builders import bulletins
from tests.console import Console, post
from tests.object_server import away

NOTHING = CollectedContent()
BY = program("scheduler")


@pytest.fixture
def editor(console: Console) -> FlaskClient:
    return console.client("editor")


def sent(client: FlaskClient, data: bytes) -> str:
    answer = post(client, "/uploads", {"recording": (io.BytesIO(data), "tin.wav")})
    found = re.search(r'name="original_sha256" value="(\w{64})"', answer.text)
    assert found, answer.text
    return found.group(1)


def age(console: Console, days: float, *hashes: str) -> None:
    """Let blobs lie where they are for so long, by the console's clock."""
    root = console.context.settings.content_dir
    at = (console.clock() - timedelta(days=days)).timestamp()
    for sha256 in hashes:
        path = root / key_of(sha256)
        os.utime(path if path.exists() else root / ASIDE / key_of(sha256), (at, at))


def shelved(console: Console, sha256: str) -> list[ShelvedContent]:
    return [each for each in console.context.content.shelf(int(sha256[:2], 16)) if each.sha256 == sha256]


def is_aside(console: Console, sha256: str) -> bool:
    [found] = shelved(console, sha256)
    return found.is_aside


def waiting(console: Console) -> int:
    """Return the number of recordings that wait to be used."""
    with console.context.uow.reading() as unit:
        return len(unit[SentRecordings].waiting_before(console.clock()))


def test_unused_content_is_set_aside_after_two_weeks_and_deleted_after_a_third(console: Console) -> None:
    unused = console.context.content.put_bytes(b"an older draft's sound")
    age(console, 13.9, unused)
    assert collect(console.context, BY) == NOTHING
    age(console, 14.1, unused)
    assert collect(console.context, BY) == CollectedContent(set_aside=1, set_aside_bytes=22)
    assert is_aside(console, unused)
    age(console, 6.9, unused)
    assert collect(console.context, BY) == NOTHING
    age(console, 7.1, unused)

    assert collect(console.context, BY, only_look=True) == CollectedContent(freed=1, freed_bytes=22)
    assert collect(console.context, BY) == CollectedContent(freed=1, freed_bytes=22)

    with pytest.raises(ContentMissingError):
        console.context.content.stat(unused)
    with reading(console.context.engine) as session:
        assert freed_bytes(session) == 22
        assert [each.name for each in events_of(session, CONTENT)] == ["content.collected", "content.collected"]


def test_it_is_kept_as_long_as_plans_reach(console: Console) -> None:
    console.set(plan_days=20)
    plan = console.context.content.put_bytes(b"plan")
    age(console, 19.9, plan)
    assert collect(console.context, BY) == NOTHING


def test_what_a_row_names_is_kept_however_old(console: Console) -> None:
    phrase = bulletins.record_phrase(console, "Chào bà con")
    bulletin = bulletins.make_sound(console, bulletins.write(console))
    named = {phrase.candidate_sha256, *(each.sha256 for each in bulletin.sound.renditions)}
    age(console, 400, *named)
    assert collect(console.context, BY) == NOTHING
    assert all(not is_aside(console, each) for each in named)


def test_a_device_that_still_asks_brings_it_back(console: Console) -> None:
    plan = console.context.content.put_bytes(b"a plan that was replaced an hour ago")
    age(console, 15, plan)
    collect(console.context, BY)
    assert is_aside(console, plan)

    with console.client().get(f"/content/{plan}") as answer:
        assert answer.status_code == 200

    assert not is_aside(console, plan)


def test_what_a_row_names_again_is_brought_back_and_not_deleted(console: Console, editor: FlaskClient) -> None:
    """The same bytes were sent again, and the store had them: their row is written after the look at all rows."""
    recording = sent(editor, bulletins.wav())
    age(console, 15, recording)
    collect(console.context, BY)
    assert is_aside(console, recording)
    bulletin = bulletins.write(console)
    with console.context.uow() as unit:
        named = update(BulletinRow).where(BulletinRow.id == bulletin.id).values(original_sha256=recording)
        unit.session.execute(named)
        unit.commit()
    age(console, 8, recording)

    assert collect(console.context, BY) == CollectedContent(brought_back=1)

    assert not is_aside(console, recording)


def test_a_recording_that_nothing_uses_is_set_aside_after_three_days(console: Console, editor: FlaskClient) -> None:
    unused, used = sent(editor, bulletins.wav()), sent(editor, bulletins.wav(1.5))
    form = {"title": "Tin sáng", "kind": "audio", "areas": "bt-mui-ne", "act": "save", "language": "vi"}
    answer = post(editor, "/bulletins/new", {**form, "original_sha256": used, "original_name": "tin.wav"})
    assert answer.status_code == 302
    console.clock.pass_by(days=2.9)
    assert collect(console.context, BY) == NOTHING
    console.clock.pass_by(days=0.2)

    assert collect(console.context, BY).set_aside == 1

    assert is_aside(console, unused)
    assert not is_aside(console, used)
    assert waiting(console) == 1, "it takes room, and is for signed-in people alone"
    with console.app.test_client().get(f"/content/{unused}") as refused:
        assert refused.status_code == 404
    age(console, 8, unused)
    assert collect(console.context, BY).freed == 1
    assert waiting(console) == 0


def test_one_that_is_sent_again_waits_again(console: Console, editor: FlaskClient) -> None:
    recording = sent(editor, bulletins.wav())
    console.clock.pass_by(days=2.5)
    assert sent(console.client("operator"), bulletins.wav()) == recording
    console.clock.pass_by(days=1)
    assert collect(console.context, BY) == NOTHING
    console.clock.pass_by(days=3)
    assert collect(console.context, BY).set_aside == 1


def test_a_form_that_was_open_for_long_still_has_its_recording(console: Console, editor: FlaskClient) -> None:
    recording = sent(editor, bulletins.wav())
    console.clock.pass_by(days=4)
    collect(console.context, BY)
    form = {"title": "Tin sáng", "kind": "audio", "areas": "bt-mui-ne", "act": "save", "language": "vi"}
    again = console.client("editor")  # the session has ended
    answer = post(again, "/bulletins/new", {**form, "original_sha256": recording, "original_name": "tin.wav"})
    assert answer.status_code == 302
    assert not is_aside(console, recording)


def test_a_collection_ends_between_two_pages_and_goes_on_in_the_next_night(console: Console) -> None:
    unused = console.context.content.put_bytes(b"unused")
    age(console, 15, unused)
    waits: list[float] = []

    def stop(wait_s: float) -> bool:
        waits.append(wait_s)
        return True

    assert collect(console.context, BY, stop) == NOTHING

    assert len(waits) == 1
    assert not is_aside(console, unused)
    assert collect(console.context, BY).set_aside == 1


def test_it_is_done_once_a_night(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    nights: list[object] = []
    monkeypatch.setattr(jobs, "collect", lambda context, _by, _wait: nights.append(context.now()))
    collector = jobs.ContentCollector(console.context)
    for _hour in range(72):
        console.clock.pass_by(hours=1)
        collector.step()
    assert [f"{at:%d %H}" for at in nights] == ["24 18", "25 18", "26 18"]  # 01:00 in Vietnam


def test_a_store_that_is_away_ends_the_night_and_the_next_look_tries_again(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    collector = jobs.ContentCollector(console.context)
    unused = console.context.content.put_bytes(b"unused")
    age(console, 15, unused)
    console.clock.pass_by(days=1)
    with monkeypatch.context() as lost:
        lost.setattr(console.context.content, "shelf", away)
        with pytest.raises(ContentAwayError):
            collector.step()
    collector.step()
    assert is_aside(console, unused)
