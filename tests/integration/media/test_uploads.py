from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

import pytest

from media.errors import RefusedAudioError, UploadGapError, UploadMissingError
from media.model import Upload
from media.storage import FolderContentStore
from media.uploads import KEPT_S, OPEN_MAX, FolderUploads

DATA = bytes(range(250)) * 40


@pytest.fixture
def store(tmp_path: Path) -> FolderContentStore:
    return FolderContentStore(tmp_path / "content")


@pytest.fixture
def uploads(tmp_path: Path, store: FolderContentStore) -> FolderUploads:
    return FolderUploads(tmp_path / "uploads", store)


def begun(uploads: FolderUploads, owner: str = "u-1", name: str = "tin.wav", mark: str = "") -> Upload:
    return uploads.begin(owner, name, len(DATA), mark, max_bytes=len(DATA))


def send(uploads: FolderUploads, upload: Upload, first: int, last: int) -> Upload:
    return uploads.write("u-1", upload.id, first, io.BytesIO(DATA[first:last]))


def test_parts_become_the_recording(uploads: FolderUploads, store: FolderContentStore) -> None:
    upload = begun(uploads)
    assert (upload.name, upload.bytes, upload.offset) == ("tin.wav", len(DATA), 0)
    assert send(uploads, upload, 0, 4000).offset == 4000
    send(uploads, upload, 4000, len(DATA))

    stored = uploads.finish("u-1", upload.id)

    assert stored.sha256 == hashlib.sha256(DATA).hexdigest()
    assert store.read_bytes(stored.sha256) == DATA
    assert uploads.finish("u-1", upload.id) == stored


def test_what_its_check_refuses_is_deleted_at_once(
    uploads: FolderUploads, store: FolderContentStore, tmp_path: Path
) -> None:
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


def test_the_same_file_again_goes_on_where_it_stopped(uploads: FolderUploads) -> None:
    send(uploads, begun(uploads), 0, 3000)

    assert begun(uploads).offset == 3000
    assert begun(uploads, mark="changed since").offset == 0
    assert begun(uploads, owner="u-2").offset == 0


def test_a_part_that_comes_twice_or_in_half_changes_nothing(uploads: FolderUploads, store: FolderContentStore) -> None:
    upload = begun(uploads)
    for first, last, offset in ((0, 4000, 4000), (0, 4000, 4000), (1000, 2000, 4000), (3000, len(DATA), len(DATA))):
        assert send(uploads, upload, first, last).offset == offset

    assert store.read_bytes(uploads.finish("u-1", upload.id).sha256) == DATA


def test_a_part_after_a_gap_is_refused_and_told_where_to_go_on(uploads: FolderUploads) -> None:
    upload = begun(uploads)
    send(uploads, upload, 0, 1000)

    with pytest.raises(UploadGapError) as refused:
        send(uploads, upload, 2000, 3000)
    assert refused.value.offset == 1000
    with pytest.raises(UploadGapError):
        uploads.finish("u-1", upload.id)


def test_more_than_was_told_is_refused_and_nothing_of_it_kept(uploads: FolderUploads) -> None:
    upload = begun(uploads)

    with pytest.raises(RefusedAudioError):
        uploads.write("u-1", upload.id, 0, io.BytesIO(DATA + b"x" * 70_000))
    assert uploads.find("u-1", upload.id).offset <= len(DATA)


@pytest.mark.parametrize(("size", "reason"), [(len(DATA) + 1, "TOO_LARGE"), (0, "NOT_AUDIO"), (-1, "NOT_AUDIO")])
def test_a_size_that_is_not_taken_is_refused_before_a_byte_is_sent(
    uploads: FolderUploads, size: int, reason: str
) -> None:
    with pytest.raises(RefusedAudioError) as refused:
        uploads.begin("u-1", "tin.wav", size, "", max_bytes=len(DATA))
    assert refused.value.reason == reason


@pytest.mark.parametrize("upload_id", ["", "0" * 32, "../content", "x" * 32])
def test_an_unknown_upload_is_missing(uploads: FolderUploads, upload_id: str) -> None:
    with pytest.raises(UploadMissingError):
        uploads.find("u-1", upload_id)


def test_another_persons_upload_is_missing(uploads: FolderUploads) -> None:
    upload = begun(uploads)

    for use in (uploads.find, uploads.finish):
        with pytest.raises(UploadMissingError):
            use("u-2", upload.id)
    with pytest.raises(UploadMissingError):
        uploads.write("u-2", upload.id, 0, io.BytesIO(DATA))


def test_what_nobody_came_back_for_is_removed(uploads: FolderUploads, tmp_path: Path) -> None:
    left = begun(uploads)
    long_ago_s = (tmp_path / "uploads" / left.id).stat().st_mtime - KEPT_S - 60
    os.utime(tmp_path / "uploads" / left.id, (long_ago_s, long_ago_s))

    begun(uploads, owner="u-2")

    with pytest.raises(UploadMissingError):
        uploads.find("u-1", left.id)


def test_the_oldest_of_very_many_makes_room(uploads: FolderUploads, tmp_path: Path) -> None:
    first = begun(uploads, mark="first")
    earlier_s = (tmp_path / "uploads" / first.id).stat().st_mtime - 60
    os.utime(tmp_path / "uploads" / first.id, (earlier_s, earlier_s))
    others = [begun(uploads, mark=str(number)) for number in range(OPEN_MAX)]

    with pytest.raises(UploadMissingError):
        uploads.find("u-1", first.id)
    assert all(uploads.find("u-1", each.id) for each in others)
