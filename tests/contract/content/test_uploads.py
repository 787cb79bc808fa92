from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

import pytest

from media.errors import RefusedAudioError, UploadGapError, UploadMissingError
from media.model import Upload
from media.ports import ContentStore, Uploads
from media.s3 import ContentCache, S3ContentStore
from media.s3_bucket import S3Bucket
from media.s3_uploads import S3Uploads
from media.storage import FolderContentStore
from media.uploads import KEPT_S, OPEN_MAX, FolderUploads
from tests.fakes.sound import delete
from tests.object_server import ObjectServer

DATA = bytes(range(250)) * 40


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ContentStore:
    if request.param == "folder":
        return FolderContentStore(tmp_path / "content")
    server: ObjectServer = request.getfixturevalue("object_server")
    bucket = S3Bucket(server.access())
    bucket.put("first", b"makes the bucket")
    return S3ContentStore(bucket, ContentCache(tmp_path / "cache", 1 << 30))


@pytest.fixture
def uploads(tmp_path: Path, store: ContentStore) -> Uploads:
    if isinstance(store, S3ContentStore):
        return S3Uploads(store.bucket, store, tmp_path)
    return FolderUploads(tmp_path / "content" / "uploads", store)


def age(uploads: Uploads, upload: Upload, by_s: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the last byte of an upload have come so long ago."""
    if isinstance(uploads, FolderUploads):
        folder = uploads._root / upload.id
        at_s = folder.stat().st_mtime - by_s
        os.utime(folder, (at_s, at_s))
        return
    assert isinstance(uploads, S3Uploads)
    listed = uploads._bucket.listed

    def aged(prefix: str) -> list[tuple[str, int, float]]:
        return [(key, size, at_s - by_s * (f"/{upload.id}/" in key)) for key, size, at_s in listed(prefix)]

    monkeypatch.setattr(uploads._bucket, "listed", aged)


def begun(uploads: Uploads, owner: str = "u-1", name: str = "tin.wav", mark: str = "") -> Upload:
    return uploads.begin(owner, name, len(DATA), mark, max_bytes=len(DATA))


def send(uploads: Uploads, upload: Upload, first: int, last: int) -> Upload:
    return uploads.write("u-1", upload.id, first, io.BytesIO(DATA[first:last]))


def test_parts_become_the_recording(uploads: Uploads, store: ContentStore) -> None:
    upload = begun(uploads)
    assert (upload.name, upload.bytes, upload.offset) == ("tin.wav", len(DATA), 0)
    assert send(uploads, upload, 0, 4000).offset == 4000
    send(uploads, upload, 4000, len(DATA))

    stored = uploads.finish("u-1", upload.id)

    assert stored.sha256 == hashlib.sha256(DATA).hexdigest()
    assert store.read_bytes(stored.sha256) == DATA
    assert uploads.finish("u-1", upload.id) == stored


def test_what_its_check_refuses_is_deleted_at_once(uploads: Uploads, store: ContentStore, tmp_path: Path) -> None:
    upload = begun(uploads)
    send(uploads, upload, 0, len(DATA))

    def refuse(path: Path) -> None:
        raise RefusedAudioError("NOT_AUDIO", path.name)

    with pytest.raises(RefusedAudioError):
        uploads.finish("u-1", upload.id, refuse)

    assert not store.has(hashlib.sha256(DATA).hexdigest())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    with pytest.raises(UploadMissingError):
        uploads.find("u-1", upload.id)


def test_the_same_file_again_goes_on_where_it_stopped(uploads: Uploads) -> None:
    send(uploads, begun(uploads), 0, 3000)

    assert begun(uploads).offset == 3000
    assert begun(uploads, mark="changed since").offset == 0
    assert begun(uploads, owner="u-2").offset == 0


def test_a_part_that_comes_twice_or_in_half_changes_nothing(uploads: Uploads, store: ContentStore) -> None:
    upload = begun(uploads)
    for first, last, offset in ((0, 4000, 4000), (0, 4000, 4000), (1000, 2000, 4000), (3000, len(DATA), len(DATA))):
        assert send(uploads, upload, first, last).offset == offset

    assert store.read_bytes(uploads.finish("u-1", upload.id).sha256) == DATA


def test_a_part_after_a_gap_is_refused_and_told_where_to_go_on(uploads: Uploads) -> None:
    upload = begun(uploads)
    send(uploads, upload, 0, 1000)

    with pytest.raises(UploadGapError) as refused:
        send(uploads, upload, 2000, 3000)
    assert refused.value.offset == 1000
    with pytest.raises(UploadGapError):
        uploads.finish("u-1", upload.id)


def test_more_than_was_told_is_refused_and_nothing_of_it_kept(uploads: Uploads) -> None:
    upload = begun(uploads)

    with pytest.raises(RefusedAudioError):
        uploads.write("u-1", upload.id, 0, io.BytesIO(DATA + b"x" * 70_000))
    assert uploads.find("u-1", upload.id).offset <= len(DATA)


@pytest.mark.parametrize(("size", "reason"), [(len(DATA) + 1, "TOO_LARGE"), (0, "NOT_AUDIO"), (-1, "NOT_AUDIO")])
def test_a_size_that_is_not_taken_is_refused_before_a_byte_is_sent(uploads: Uploads, size: int, reason: str) -> None:
    with pytest.raises(RefusedAudioError) as refused:
        uploads.begin("u-1", "tin.wav", size, "", max_bytes=len(DATA))
    assert refused.value.reason == reason


@pytest.mark.parametrize("upload_id", ["", "0" * 32, "../content", "x" * 32])
def test_an_unknown_upload_is_missing(uploads: Uploads, upload_id: str) -> None:
    with pytest.raises(UploadMissingError):
        uploads.find("u-1", upload_id)


def test_another_persons_upload_is_missing(uploads: Uploads) -> None:
    upload = begun(uploads)

    for use in (uploads.find, uploads.finish):
        with pytest.raises(UploadMissingError):
            use("u-2", upload.id)
    with pytest.raises(UploadMissingError):
        uploads.write("u-2", upload.id, 0, io.BytesIO(DATA))


def test_what_nobody_came_back_for_is_removed(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    left = begun(uploads)
    age(uploads, left, KEPT_S + 60, monkeypatch)

    begun(uploads, owner="u-2")

    with pytest.raises(UploadMissingError):
        uploads.find("u-1", left.id)


def test_the_oldest_of_very_many_makes_room(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    first = begun(uploads, mark="first")
    age(uploads, first, 60, monkeypatch)
    others = [begun(uploads, mark=str(number)) for number in range(OPEN_MAX)]

    with pytest.raises(UploadMissingError):
        uploads.find("u-1", first.id)
    assert all(uploads.find("u-1", each.id) for each in others)


def test_announced_bytes_are_held_until_the_recording_is_content(uploads: Uploads) -> None:
    upload = begun(uploads, name="Thông báo – Mũi Né.wav")
    begun(uploads, owner="u-2")
    assert uploads.held_bytes("u-1") == (2 * len(DATA), len(DATA))
    assert uploads.find("u-1", upload.id).name == "Thông báo – Mũi Né.wav"

    send(uploads, upload, 0, len(DATA))
    uploads.finish("u-1", upload.id)

    assert uploads.held_bytes("u-1") == (len(DATA), 0)
    assert uploads.find("u-1", upload.id).offset == len(DATA)


def test_a_recording_that_is_gone_since_has_to_be_sent_again(uploads: Uploads, store: ContentStore) -> None:
    upload = begun(uploads)
    send(uploads, upload, 0, len(DATA))
    checked: list[bytes] = []
    stored = uploads.finish("u-1", upload.id, lambda path: checked.append(path.read_bytes()))
    assert uploads.finish("u-1", upload.id, lambda path: checked.append(path.read_bytes())) == stored
    assert checked == [DATA, DATA]
    delete(store, stored.sha256)

    with pytest.raises(UploadMissingError):
        uploads.finish("u-1", upload.id)

    assert begun(uploads).offset == 0


def test_another_host_takes_the_next_part(uploads: Uploads, store: ContentStore, tmp_path: Path) -> None:
    upload = begun(uploads)
    send(uploads, upload, 0, 4000)
    other: Uploads
    if isinstance(store, S3ContentStore):
        bucket = S3Bucket(store.bucket._access)
        other = S3Uploads(bucket, S3ContentStore(bucket, ContentCache(tmp_path / "other", 1 << 30)), tmp_path)
    else:
        other = FolderUploads(tmp_path / "content" / "uploads", FolderContentStore(tmp_path / "content"))
    assert send(other, upload, 4000, len(DATA)).offset == len(DATA)

    assert store.read_bytes(other.finish("u-1", upload.id).sha256) == DATA
